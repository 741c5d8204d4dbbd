// proctor lineage show|check, proctor audit: did the student take it from its teacher?

import {
  type AuditedCell,
  type AuditOptions,
  auditLineage,
  compareArms,
  type GateName,
  gateStatus,
} from "../audit/audit.ts";
import { type Comparison, comparisonsOf } from "../audit/lineage.ts";
import type { Lineage } from "../core/agent.ts";
import { ProctorError } from "../core/errors.ts";
import type { Interval } from "../statistics/proportion.ts";
import type { Contrast, Finding } from "../statistics/verdict.ts";
import type { Persistence } from "../store/store.ts";
import { coloursOf, exitCodes, printJson, printLine, type Terminal } from "./terminal.ts";

/** @throws ProctorError `invalid_request` where the config has no lineage of this name */
export function lineageNamed(lineages: readonly Lineage[], name: string): Lineage {
  const found = lineages.find((lineage) => lineage.name === name);
  if (found !== undefined) return found;
  const known = lineages.map((lineage) => lineage.name).join(", ") || "none";
  throw new ProctorError("invalid_request", `there is no lineage "${name}"; declared: ${known}`);
}

export function showLineages(
  terminal: Terminal,
  lineages: readonly Lineage[],
  { json }: { json: boolean },
): number {
  for (const lineage of lineages) {
    if (json) {
      printJson(terminal, lineage);
      continue;
    }
    printLine(terminal, `${lineage.name}: teacher ${lineage.teacher}`);
    for (const comparison of comparisonsOf(lineage)) {
      const { baseline = "none", control = "none" } = comparison.agents;
      printLine(terminal, `  ${titleOf(comparison)}: baseline ${baseline}, control ${control}`);
    }
  }
  if (lineages.length === 0 && !json) printLine(terminal, "No lineages declared.");
  return exitCodes.ok;
}

function titleOf({ student, condition }: Pick<Comparison, "student" | "condition">): string {
  return condition === undefined ? student : `${student} (${condition})`;
}

export async function checkLineage(
  terminal: Terminal,
  store: Persistence,
  { lineage, taskClass, json }: { lineage: Lineage; taskClass: string; json: boolean },
): Promise<number> {
  const colours = coloursOf(terminal);
  const students = await compareArms(store, lineage, taskClass);
  for (const { comparison, reasons } of students) {
    if (json) printJson(terminal, { ...comparison, comparable: reasons.length === 0, reasons });
    else if (reasons.length === 0) {
      printLine(terminal, `${titleOf(comparison)}: ${colours.green("can be judged")}`);
    } else {
      printLine(terminal, `${titleOf(comparison)}: ${colours.red("cannot be judged")}`);
      for (const reason of reasons) printLine(terminal, `  ${reason}`);
    }
  }
  const refused = students.length === 0 || students.some(({ reasons }) => reasons.length > 0);
  return refused ? exitCodes.problems : exitCodes.ok;
}

export interface AuditCommand {
  readonly lineage: Lineage;
  readonly options: AuditOptions;
  readonly failOn: readonly GateName[];
  readonly json: boolean;
}

export async function audit(
  terminal: Terminal,
  store: Persistence,
  { lineage, options, failOn, json }: AuditCommand,
): Promise<number> {
  const cells = await auditLineage(store, lineage, options);
  const status = gateStatus(
    cells.map(({ finding }) => finding),
    failOn,
  );
  if (json) {
    printJson(terminal, { lineage: lineage.name, ...options, failOn, status, cells });
    return status;
  }
  printLine(
    terminal,
    `Lineage ${lineage.name}, class ${options.taskClass}: Delta ${options.delta}, alpha ${options.alpha}, family of ${cells.length}.`,
  );
  for (const cell of cells) printCell(terminal, cell);
  return status;
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
  significantWithinMargin,
  needed,
}: Finding): string[] {
  const line = (what: string, contrast: Contrast | undefined) =>
    contrast === undefined
      ? []
      : [
          `${what}: ${points(contrast.difference)} points, 95 % ${span(contrast.interval95)}, p ${contrast.p.toPrecision(2)}`,
        ];
  return [
    ...line("student - baseline", contrasts.studentBaseline),
    ...line("student - control", contrasts.studentControl),
    ...line("teacher - baseline", contrasts.teacherBaseline),
    ...line("control - baseline", contrasts.controlBaseline),
    ...(adjustedP === undefined ? [] : [`p over the family (Holm): ${adjustedP.toPrecision(2)}`]),
    ...(significantWithinMargin ? ["significant, and within the margin all the same"] : []),
    ...(needed.toShow === undefined ? [] : [`estimate: ${needed.toShow} per arm would show it`]),
    ...(needed.toExclude === undefined
      ? []
      : [`estimate: ${needed.toExclude} per arm would exclude it`]),
  ];
}
