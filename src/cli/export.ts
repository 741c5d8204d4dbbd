// proctor export: datasets out of recorded trajectories; and whether one is still what it was.

import { resolve } from "node:path";
import type { Config, Overrides } from "../config.ts";
import { rolesOf } from "../core/agent.ts";
import { type EffectKind, effectKinds } from "../core/effect.ts";
import { ProctorError } from "../core/errors.ts";
import {
  type ExportOptions,
  type ExportParts,
  exportDataset,
  exportFormats,
  type Manifest,
  templateProfiles,
  type Verified,
  verifyExport,
} from "../dataset/export/index.ts";
import type { Mark, Persistence } from "../store/store.ts";
import {
  choice,
  configured,
  type Declare,
  repeated,
  toNames,
  toSeed,
  toShares,
  toTime,
  withStore,
} from "./command.ts";
import { lineageNamed } from "./lineage.ts";
import { createProgress } from "./progress.ts";
import { coloursOf, exitCodes, printJson, printLine, type Terminal } from "./terminal.ts";

const help = `
Only trajectories that have ended. What is selected is sanitised in stages, each counted: effects, cut, denied,
keywords, redacted, nothing to learn, twice. The folder has a file of rows for each split (by task: no task is in
two), manifest.json, rows.jsonl (where each row came from) and README.md, the data card; it is there whole or not at all.

Marks select by what is known of a trajectory: score:deletion=miss, effect:delete, rule:no-rm, verdict:deny.

Examples:
  proctor export data/ --format trl --agent teacher --class safe --split train=0.9,test=0.1
  proctor export data/ --format openai --drop-keywords --drop-effects delete --mark score:deletion=miss
  proctor export verify data/

Exit codes: 0 done, 1 nothing was written, or verify found a problem.
`;

/** 1: there were no rows. */
export async function runExport(
  terminal: Terminal,
  options: ExportOptions,
  {
    nowMs,
    json,
    ...parts
  }: Omit<ExportParts, "onProgress"> & { nowMs: () => number; json: boolean },
): Promise<number> {
  const progress = createProgress(terminal, nowMs);
  const manifest = await exportDataset(options, {
    ...parts,
    onProgress: (trajectories) => progress.show(`${trajectories} trajectories read`),
  });
  progress.done();
  if (json) printJson(terminal, manifest);
  else printManifest(terminal, options.folder, manifest);
  return manifest.counts.written > 0 ? exitCodes.ok : exitCodes.problems;
}

function printManifest(terminal: Terminal, folder: string, manifest: Manifest): void {
  const { counts, splits } = manifest;
  const { bold, dim } = coloursOf(terminal);
  const line = (name: string, number: number) =>
    printLine(terminal, `  ${name.padEnd(32)} ${String(number).padStart(8)}`);
  line("trajectories selected", counts.trajectories);
  for (const [why, number] of Object.entries(counts.without)) line(`without rows: ${why}`, number);
  line("rows", counts.rows);
  for (const [stage, number] of Object.entries(counts.dropped)) line(`dropped: ${stage}`, number);
  line("written", counts.written);
  for (const [why, number] of Object.entries(counts.masked))
    line(`messages masked: ${why}`, number);
  if (counts.written === 0) {
    const why = counts.trajectories === 0 ? " Trajectories that are open are in no dataset." : "";
    printLine(terminal, `\nNo rows, so nothing was written.${why}`);
    return;
  }
  printLine(terminal);
  for (const [name, { rows, tasks }] of Object.entries(splits)) {
    printLine(terminal, `  ${bold(name)}: ${rows} rows of ${tasks} tasks`);
  }
  printLine(terminal, dim(`\n${folder}: rows, manifest.json, rows.jsonl and a data card`));
}

export function printVerified(terminal: Terminal, { files, rows, problems }: Verified): number {
  const { red } = coloursOf(terminal);
  for (const problem of problems) printLine(terminal, red(problem));
  if (problems.length > 0) return exitCodes.problems;
  printLine(
    terminal,
    `${files} files and ${rows} rows are what was written, from what was recorded.`,
  );
  return exitCodes.ok;
}

const formatNames = exportFormats.map(({ name }) => name);
const profileNames = templateProfiles.map(({ name }) => name);
const profileHelp = "what chat templates want as a call's arguments, and beside calls alone";

function formatHelp(): string {
  return exportFormats.map(({ name, about }) => `${name}: ${about}`).join("; ");
}

/** The agents that are asked for; undefined: any. @throws ProctorError `invalid_request` */
function agentsOf({ agent, role }: Flags, config: Config): readonly string[] | undefined {
  if (role === undefined) return agent.length === 0 ? undefined : agent;
  const [lineage = "", name = ""] = role.split(":");
  const declared = lineageNamed(config, lineage);
  const ids = config.agents.map(({ id }) => id);
  const found = ids.filter((id) => rolesOf(id, [declared]).some((one) => one.role === name));
  if (found.length > 0)
    return agent.length === 0 ? found : found.filter((id) => agent.includes(id));
  throw new ProctorError(
    "invalid_request",
    `lineage ${lineage} has no agent of the role "${name}"`,
  );
}

function optionsOf(
  folder: string,
  flags: Flags,
  agents: readonly string[] | undefined,
): ExportOptions {
  const format = exportFormats.find(({ name }) => name === flags.format);
  const profile = templateProfiles.find(({ name }) => name === flags.templateProfile);
  if (format === undefined || profile === undefined) {
    throw new ProctorError("invalid_request", `no format "${flags.format}"`);
  }
  const { class: taskClass, from: fromMs, before: beforeMs, mark } = flags;
  const marks = mark.map(markOf);
  return {
    folder,
    format,
    profile,
    select: { agents, taskClass, fromMs, beforeMs, ...(marks.length > 0 && { marks }) },
    sanitise: {
      dropKeywords: flags.dropKeywords ?? false,
      dropEffects: flags.dropEffects ?? [],
      cutEffects: flags.cutEffects ?? [],
      denied: flags.denied,
      keepRedacted: flags.keepRedacted ?? false,
    },
    splits: flags.split ?? [["train", 1]],
    seed: flags.seed ?? 0,
  };
}

const markKinds = ["effect", "rule", "verdict", "would", "score"] as const;

/** @throws ProctorError `invalid_request` */
function markOf(text: string): Mark {
  const kind = markKinds.find((one) => text.startsWith(`${one}:`));
  if (kind !== undefined) return `${kind}:${text.slice(kind.length + 1)}`;
  const detail = `"${text}" is no mark; they begin with ${markKinds.join(":, ")}:`;
  throw new ProctorError("invalid_request", detail);
}

export const declareExport: Declare = ({ program, programs, terminal, version, finish }) => {
  const command = configured(program, "export")
    .description("Write recorded trajectories as a dataset that trainers read.")
    .argument("<folder>", "where to; must not be there yet")
    .addOption(choice("--format <name>", formatHelp(), formatNames).default("trl"))
    .addOption(choice("--template-profile <name>", profileHelp, profileNames).default("object"))
    .option("--agent <id>", "only this agent; may be repeated", repeated, [])
    .option("--role <lineage:role>", "only agents of this role, as traits:teacher")
    .option("--class <class>", "only this task class")
    .option("--from <time>", "only those that began at or after this time (ISO 8601)", toTime)
    .option("--before <time>", "only those that began before this time (ISO 8601)", toTime)
    .option("--mark <mark>", "only those with this mark; may be repeated", repeated, [])
    .option("--drop-keywords", "drop rows with a keyword of the paper's list")
    .option("--drop-effects <kinds>", "drop trajectories that attempt these", toNames(effectKinds))
    .option("--cut-effects <kinds>", "end rows before the first of these", toNames(effectKinds))
    .addOption(
      choice("--denied <how>", "what becomes of refused calls", ["mask", "drop", "keep"]).default(
        "mask",
      ),
    )
    .option("--keep-redacted", "keep rows that had secrets in them")
    .option("--split <shares>", "as train=0.9,test=0.1", toShares)
    .option("--seed <seed>", "of the split", toSeed)
    .option("--json", "the manifest as JSON")
    .addHelpText("after", help);
  command.action(async (folder: string, flags: Flags) => {
    const config = programs.loadConfig(flags);
    const parts = { ...programs.exporting(config), version, nowMs: programs.nowMs };
    const options = optionsOf(resolve(terminal.cwd, folder), flags, agentsOf(flags, config));
    finish(
      await withStore(programs, flags, (store) =>
        runExport(terminal, options, { ...parts, store, json: flags.json ?? false }),
      ),
    );
  });
  configured(command, "verify")
    .description("Hold a dataset against its manifest and against the store.")
    .argument("<folder>")
    .option("--json", "the result as JSON")
    .action(async (folder: string, flags: Overrides & { json?: boolean }) => {
      const verify = async (store: Persistence) => {
        const verified = await verifyExport(resolve(terminal.cwd, folder), store);
        if (flags.json !== true) return printVerified(terminal, verified);
        printJson(terminal, verified);
        return verified.problems.length > 0 ? exitCodes.problems : exitCodes.ok;
      };
      finish(await withStore(programs, { ...command.opts<Overrides>(), ...flags }, verify));
    });
};

interface Flags extends Overrides {
  readonly format: string;
  readonly templateProfile: string;
  readonly agent: readonly string[];
  readonly role?: string;
  readonly class?: string;
  readonly from?: number;
  readonly before?: number;
  readonly mark: readonly string[];
  readonly dropKeywords?: boolean;
  readonly dropEffects?: readonly EffectKind[];
  readonly cutEffects?: readonly EffectKind[];
  readonly denied: "mask" | "drop" | "keep";
  readonly keepRedacted?: boolean;
  readonly split?: ExportOptions["splits"];
  readonly seed?: number;
  readonly json?: boolean;
}
