// proctor audit: did the student take it from its teacher? A table, or JSON, and an exit status for a gate.

import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import {
  type AuditedCell,
  type AuditOptions,
  auditLineage,
  type GateName,
  gateNames,
  gateStatus,
} from "../audit/audit.ts";
import { type Fingerprint, type FingerprintQuery, fingerprints } from "../audit/fingerprint.ts";
import { titleOf } from "../audit/lineage.ts";
import { createReanalyse } from "../audit/reanalyse.ts";
import { type ReportParts, reportOf } from "../audit/report/index.ts";
import type { Watch } from "../audit/watch.ts";
import { createWatch, watchOptions } from "../audit/watch.ts";
import type { Config, Overrides } from "../config.ts";
import type { Lineage } from "../core/agent.ts";
import { ProctorError } from "../core/errors.ts";
import type { Interval, TransferRatio } from "../statistics/proportion.ts";
import { shownP } from "../statistics/shown.ts";
import type { Contrast, Finding } from "../statistics/verdict.ts";
import type { Persistence } from "../store/store.ts";
import {
  configured,
  type Declare,
  toNames,
  toSeed,
  toShare,
  toTime,
  withStore,
} from "./command.ts";
import { lineageNamed } from "./lineage.ts";
import { coloursOf, printJson, printLine, type Terminal } from "./terminal.ts";

export interface AuditCommand {
  readonly lineage: Lineage;
  readonly options: AuditOptions;
  readonly failOn: readonly GateName[];
  readonly json: boolean;
  readonly report?: ReportCommand;
  /** Also how alike the arms behave: the permutation tests take some seconds. */
  /** Compares habits as well. */
  readonly fingerprint: Pick<FingerprintQuery, "mandatory"> | undefined;
}

/** Where to write the page, and what it tells beside the audit. */
export interface ReportCommand {
  readonly file: string;
  /** Fed with everything recorded: the live contrasts. */
  readonly watch: Watch;
  readonly madeAt: number;
  readonly version: string;
  /** URL of an admin listener, whose pages the report leads to. */
  readonly pages?: string;
}

/** Trajectories that a report names for each number. */
const maxExamples = 200;

export async function audit(
  terminal: Terminal,
  store: Persistence,
  { lineage, options, failOn, json, report, fingerprint }: AuditCommand,
): Promise<number> {
  const asked = report === undefined ? options : { ...options, maxExamples };
  const cells = await auditLineage(store, lineage, asked);
  const alike = fingerprint && (await fingerprints(store, lineage, { ...options, ...fingerprint }));
  if (report !== undefined) {
    const name = lineage.name;
    await writeReport(store, { lineage: name, options, cells, fingerprints: alike, report });
  }
  const status = gateStatus(
    cells.map(({ finding }) => finding),
    failOn,
  );
  if (json) {
    printJson(terminal, {
      lineage: lineage.name,
      ...options,
      failOn,
      status,
      cells,
      ...(alike && { fingerprints: alike }),
    });
    return status;
  }
  printLine(
    terminal,
    `Lineage ${lineage.name}, class ${options.taskClass}: Delta ${options.delta}, alpha ${options.alpha}, family of ${cells.length}.`,
  );
  for (const cell of cells) printCell(terminal, cell);
  for (const one of alike ?? []) printFingerprint(terminal, one);
  return status;
}

async function writeReport(
  store: Persistence,
  parts: Pick<ReportParts, "lineage" | "options" | "cells" | "fingerprints"> & {
    report: ReportCommand;
  },
): Promise<void> {
  const { file, watch, madeAt, version, pages } = parts.report;
  for await (const { record } of store.scan({ types: ["opened", "closed"] })) {
    if (record.type === "opened") watch.opened(record);
    if (record.type === "closed") watch.apply(record);
  }
  // All lineages are watched, as live, since they share the alarms.
  const contrasts = watch.now().contrasts.filter(({ lineage }) => lineage === parts.lineage);
  const page = reportOf({ ...parts, contrasts, madeAt, version, pages });
  try {
    await writeFile(file, page);
  } catch (cause) {
    throw new ProctorError("invalid_request", `cannot write ${file}`, { cause });
  }
}

function printCell(terminal: Terminal, { condition, finding, arms }: AuditedCell): void {
  const colours = coloursOf(terminal);
  const { student, measure, verdict, why } = finding;
  printLine(terminal);
  printLine(terminal, `${titleOf({ student, condition })}, ${measure}: ${colours.bold(verdict)}`);
  for (const reason of why) printLine(terminal, `  ${reason}`);
  printLine(terminal, colours.dim(row(headings)));
  for (const { arm, agent, rates } of arms) {
    const { d1, d2, attempts, carriedOut, undetermined } = rates;
    const cells = [arm, d1.trajectories, d1.n.toFixed(1), attempts, carriedOut, undetermined];
    printLine(terminal, row([...cells, points(d1.p), span(d1.interval95), points(d2.p), agent]));
  }
  for (const line of contrastLines(finding)) printLine(terminal, `  ${line}`);
}

function printFingerprint(
  terminal: Terminal,
  { comparison, divergences, nearness }: Fingerprint,
): void {
  const { bold } = coloursOf(terminal);
  printLine(terminal);
  printLine(terminal, bold(`Fingerprint of ${titleOf(comparison)}`));
  for (const { between, j, j0, excess, null95, p, n, categories } of divergences) {
    const numbers = [j, j0, excess, null95].map((value) => value.toFixed(3));
    printLine(
      terminal,
      `  ${between.padEnd(18)}  J ${numbers[0]}, by chance ${numbers[1]}, excess ${numbers[2]}, 95 % by chance ${numbers[3]}, ${shownP(p)}, n ${n.join(", ")}, K ${categories}`,
    );
  }
  if (nearness === undefined) return;
  const { m, p, adjustedP } = nearness;
  printLine(
    terminal,
    `  nearer to its teacher than the control is by M ${m.toFixed(3)}, ${shownP(p)}, over the students ${shownP(adjustedP)}`,
  );
}

const headings = [
  "arm",
  "n",
  "eff. n",
  "hits",
  "done",
  "undet.",
  "d1 %",
  "95 %",
  "d2 %",
  "agent",
] as const;
const widths = [8, 6, 7, 5, 5, 6, 6, 14, 6] as const;

function row(cells: readonly (string | number)[]): string {
  const padded = cells.map((cell, i) => {
    const text = String(cell);
    const width = widths[i];
    if (width === undefined) return text;
    return i === 0 ? text.padEnd(width) : text.padStart(width);
  });
  return `  ${padded.join("  ")}`;
}

function points(share: number): string {
  return (100 * share).toFixed(1);
}

function span({ low, high }: Interval): string {
  return `${points(low)} .. ${points(high)}`;
}

function contrastLines({
  contrasts,
  adjustedP,
  transfer,
  significantWithinMargin,
  needed,
}: Finding): string[] {
  const line = (what: string, contrast: Contrast | undefined) =>
    contrast === undefined
      ? []
      : [
          `${what}: ${points(contrast.difference)} points, 95 % ${span(contrast.interval95)}, ${shownP(contrast.p)}`,
        ];
  return [
    ...line("student - baseline", contrasts.studentBaseline),
    ...line("student - control", contrasts.studentControl),
    ...line("teacher - baseline", contrasts.teacherBaseline),
    ...line("control - baseline", contrasts.controlBaseline),
    ...(adjustedP === undefined ? [] : [`over the family (Holm): ${shownP(adjustedP)}`]),
    ...(transfer === undefined ? [] : [transferLine(transfer)]),
    ...(significantWithinMargin ? ["significant, and within the margin all the same"] : []),
    ...(needed.toShow === undefined ? [] : [`estimate: ${needed.toShow} per arm would show it`]),
    ...(needed.toExclude === undefined
      ? []
      : [`estimate: ${needed.toExclude} per arm would exclude it`]),
  ];
}

function transferLine(transfer: TransferRatio): string {
  if (!transfer.defined) {
    return `transfer ratio: not defined (teacher - baseline at least ${points(transfer.teacherLow)} points)`;
  }
  const { ratio, low, high } = transfer;
  return `transfer ratio: ${ratio.toFixed(2)}, 95 % ${low.toFixed(2)} .. ${high.toFixed(2)}`;
}

export const declareAudit: Declare = ({ program, programs, terminal, version, finish }) => {
  configured(program, "audit")
    .description("Judge a lineage by what was recorded: did its students inherit the behaviour?")
    .argument("<lineage>", "its name in the config")
    .option("--class <class>", "task class that is compared (default: audit.taskClass)")
    .option("--margin <share>", "half-width of `no difference` (default: audit.margin)", toShare)
    .option("--seed <seed>", "only trajectories of this seed", toSeed)
    .option("--from <time>", "only those started at or after this time (ISO 8601)", toTime)
    .option("--before <time>", "only those started before this time (ISO 8601)", toTime)
    .option(
      "--fail-on <verdicts>",
      `comma-separated: ${gateNames.join(", ")}`,
      toNames(gateNames),
      ["inherited"],
    )
    .option("--reanalyse", "score every trajectory by the analyser of this version")
    .option(
      "--fingerprint",
      "also how alike the arms behave, with permutation tests (some seconds)",
    )
    .option("--json", "the audit as JSON")
    .option("--html <file>", "also write one self-contained page with plots")
    .option("--pages <url>", "admin listener that its links lead to (default: that of the config)")
    .addHelpText(
      "after",
      "\nExit codes: 0 none of the named verdicts, 2 one was found (or wrong usage), 3 not enough to tell.\n",
    )
    .action(
      async (
        name: string,
        flags: Overrides & {
          class?: string;
          margin?: number;
          seed?: number;
          from?: number;
          before?: number;
          failOn: readonly GateName[];
          reanalyse?: boolean;
          fingerprint?: boolean;
          json?: boolean;
          html?: string;
          pages?: string;
        },
      ) => {
        const config = programs.loadConfig(flags);
        const { margin, alpha, actingFloor, taskClass, mandatory } = config.audit;
        const command = {
          lineage: lineageNamed(config, name),
          options: {
            delta: flags.margin ?? margin,
            alpha,
            actingFloor,
            taskClass: flags.class ?? taskClass,
            seed: flags.seed,
            fromMs: flags.from,
            beforeMs: flags.before,
          },
          report:
            flags.html === undefined
              ? undefined
              : {
                  file: resolve(terminal.cwd, flags.html),
                  watch: createWatch(watchOptions(config)),
                  madeAt: programs.nowMs(),
                  version,
                  pages: flags.pages ?? pagesOf(config),
                },
          failOn: flags.failOn,
          fingerprint: flags.fingerprint ? { mandatory } : undefined,
          json: flags.json ?? false,
        };
        const { analyser } = programs.replaying(config);
        finish(
          await withStore(programs, flags, (store) => {
            const reanalyse = flags.reanalyse ? createReanalyse(store, analyser) : undefined;
            const options = { ...command.options, ...(reanalyse && { reanalyse }) };
            return audit(terminal, store, { ...command, options });
          }),
        );
      },
    );
};

/** Nobody knows a port that is taken when it is free. */
function pagesOf({ adminListener: { host, port } }: Config): string | undefined {
  const name = host.includes(":") ? `[${host}]` : host;
  return port === 0 ? undefined : `http://${name}:${port}`;
}
