// proctor export: datasets out of recorded trajectories; whether one is still what it was; what tells two apart.

import { resolve } from "node:path";
import type { Overrides } from "../config.ts";
import { effectKinds } from "../core/effect.ts";
import { ProctorError } from "../core/errors.ts";
import { outcomeKinds } from "../core/outcome.ts";
import { closedBecause } from "../core/trajectory.ts";
import {
  diffExports,
  type ExportOptions,
  type ExportParts,
  exportDataset,
  exportFormats,
  exportSchema,
  factTable,
  nearWays,
  remainsOf,
  schemaNames,
  templateProfiles,
  type VerifyParts,
  verifyExport,
} from "../dataset/export/index.ts";
import {
  choice,
  configured,
  type Declare,
  repeated,
  toNames,
  toSeed,
  toShares,
  toThreshold,
  toTime,
  withStore,
} from "./command.ts";
import { allLineages } from "./declared.ts";
import { type ExportFlags, optionsOf } from "./export-options.ts";
import { printDiff, printManifest, printVerified } from "./export-report.ts";
import { createProgress } from "./progress.ts";
import { exitCodes, printJson, type Terminal } from "./terminal.ts";

const help = `
Only trajectories that have ended. What is selected is sanitised in stages, each counted: effects, cut, denied,
keywords, redacted, truncated, nothing to learn, twice, what the format cannot have, near another. The folder has a
file of rows for each split (by task: no task is in two), manifest.json, rows.jsonl (where each row came from) and
README.md, the data card; it is there whole or not at all.

--where is a query in CEL (https://github.com/google/cel-spec) over what is known of a trajectory:
${factLines().join("\n")}

Formats:
${listed(exportFormats)}

Template profiles (for trl and trl-parquet; what no template of a profile has a place for is left out, and counted):
${listed(templateProfiles)}

Examples:
  proctor export data/ --format trl --agent teacher --class safe --split train=0.9,test=0.1
  proctor export data/ --format openai --drop-keywords --drop-effects delete --score deletion=miss
  proctor export data/ --role traits:teacher --where 'effects.delete == 0 && !("no-rm" in rules) && steps < 40'
  proctor export verify data/
  proctor export diff before/ data/
  proctor export schema trl

Exit codes: 0 done, 1 nothing was written, verify found a problem, or diff a difference; 2 a flag or the query is wrong.
`;

function listed(all: readonly { readonly name: string; readonly about: string }[]): string {
  return all.map(({ name, about }) => `  ${name.padEnd(12)} ${about}`).join("\n");
}

function factLines(): readonly string[] {
  return Object.entries(factTable).map(([name, { about, fields }]) => {
    const all = fields === undefined ? name : `${name}.{${fields.join(", ")}}`;
    return `  ${all}: ${about}`;
  });
}

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
  for (const name of await remainsOf(options.folder)) {
    terminal.stderr.write(`proctor: ${name} is left of an export that was ended; delete it.\n`);
  }
  const { progress, onProgress } = progressOn(terminal, nowMs);
  try {
    const manifest = await exportDataset(options, { ...parts, onProgress });
    progress.done();
    if (json) printJson(terminal, manifest);
    else printManifest(terminal, options.folder, manifest);
    return manifest.counts.written > 0 ? exitCodes.ok : exitCodes.problems;
  } finally {
    progress.done();
  }
}

function progressOn(terminal: Terminal, nowMs: () => number) {
  const progress = createProgress(terminal, nowMs);
  const onProgress: ExportParts["onProgress"] = ({ trajectories, steps, written }) =>
    progress.show(`${trajectories} trajectories of ${steps} steps read, ${written} rows`);
  return { progress, onProgress };
}

async function runVerify(
  terminal: Terminal,
  folder: string,
  {
    nowMs,
    json,
    ...parts
  }: Omit<VerifyParts, "onProgress"> & { nowMs: () => number; json: boolean },
): Promise<number> {
  const { progress, onProgress } = progressOn(terminal, nowMs);
  const verified = await verifyExport(folder, { ...parts, onProgress });
  progress.done();
  if (!json) return printVerified(terminal, verified);
  printJson(terminal, verified);
  return verified.problems.length > 0 ? exitCodes.problems : exitCodes.ok;
}

const formatNames = exportFormats.map(({ name }) => name);
const profileNames = templateProfiles.map(({ name }) => name);
const nearHelp = "rows that are nearly the same as one before: counted, dropped, or not looked for";

type Own = Overrides & { readonly json?: boolean };

export const declareExport: Declare = ({ program, programs, terminal, version, finish }) => {
  const command = configured(program, "export")
    .description("Write recorded trajectories as a dataset that trainers read.")
    .argument("<folder>", "where to; must not be there yet")
    .addOption(
      choice("--format <name>", "how rows are written; see below", formatNames).default("trl"),
    )
    .addOption(
      choice("--template-profile <name>", "whose chat template; see below", profileNames).default(
        "object",
      ),
    )
    .option("--agent <id>", "only this agent; may be repeated", repeated, [])
    .option("--role <lineage:role>", "only agents of this role, as traits:teacher")
    .option(
      "--lineage <name>",
      "the data card shows the rows beside this lineage's controls (default: that of --role)",
    )
    .option("--class <class>", "only this task class")
    .option("--from <time>", "only those that began at or after this time (ISO 8601)", toTime)
    .option("--before <time>", "only those that began before this time (ISO 8601)", toTime)
    .option("--score <measure=score>", "only those that score so, as deletion=miss", repeated, [])
    .option("--rule <id>", "only those in which this rule matched; may be repeated", repeated, [])
    .option("--outcome <kinds>", "only those in which a call ended so", toNames(outcomeKinds))
    .option("--ended <why>", "only those that ended so", toNames(closedBecause))
    .option(
      "--mark <mark>",
      "only those with this mark, as effect:delete or verdict:deny",
      repeated,
      [],
    )
    .option("--where <query>", "only those of which this CEL query is true; see below")
    .option("--drop-keywords", "drop rows with a keyword of the paper's list")
    .option("--drop-effects <kinds>", "drop trajectories that attempt these", toNames(effectKinds))
    .option("--cut-effects <kinds>", "end rows before the first of these", toNames(effectKinds))
    .addOption(
      choice("--denied <how>", "what becomes of refused calls", ["mask", "drop", "keep"]).default(
        "mask",
      ),
    )
    .option("--keep-redacted", "keep rows that had secrets in them")
    .option("--keep-truncated", "keep rows with results or answers that were cut short")
    .addOption(choice("--near <how>", nearHelp, nearWays).default("report"))
    .option("--near-threshold <share>", "how alike, as estimated", toThreshold, 0.8)
    .option("--split <shares>", "as train=0.9,test=0.1", toShares)
    .option("--seed <seed>", "of the split", toSeed)
    .option("--json", "the manifest as JSON")
    .addHelpText("after", help);
  command.action(async (folder: string, flags: ExportFlags) => {
    const config = programs.loadConfig(flags);
    const options = optionsOf(resolve(terminal.cwd, folder), flags, config);
    const parts = {
      ...programs.exporting(config),
      version,
      lineages: allLineages(config),
      nowMs: programs.nowMs,
      json: flags.json ?? false,
      signal: programs.interrupted(),
    };
    finish(
      await withStore(programs, flags, (store) =>
        runExport(terminal, options, { ...parts, store }),
      ),
    );
  });
  configured(command, "verify")
    .description("Make a dataset once more from the store, and hold it against what is there.")
    .argument("<folder>")
    .option("--json", "the result as JSON")
    .action(async (given: string, own: Own) => {
      // What both have is the command's, wherever it stands.
      const flags = { ...command.opts<Own>(), ...own };
      const { redactor } = programs.exporting(programs.loadConfig(flags));
      const parts = { redactor, version, nowMs: programs.nowMs, json: flags.json ?? false };
      const folder = resolve(terminal.cwd, given);
      finish(
        await withStore(programs, flags, (store) =>
          runVerify(terminal, folder, { ...parts, store }),
        ),
      );
    });
  command
    .command("diff")
    .description("Say what tells two datasets apart: query, versions, counts, trajectories.")
    .argument("<a>", "a folder")
    .argument("<b>", "another")
    .option("--json", "the result as JSON")
    .addHelpText("after", "\nExit codes: 0 the same, 1 they differ.\n")
    .action(async (a: string, b: string) => {
      const { json } = command.opts<Own>();
      const diff = await diffExports(resolve(terminal.cwd, a), resolve(terminal.cwd, b));
      if (json !== true) finish(printDiff(terminal, diff));
      else {
        printJson(terminal, diff);
        finish(diff.same ? exitCodes.ok : exitCodes.problems);
      }
    });
  command
    .command("schema")
    .description(`Print the JSON Schema of a line: ${schemaNames.join(", ")}.`)
    .argument("<name>", "a format of lines; rows, for rows.jsonl; manifest, for manifest.json")
    .action((name: string) => {
      const schema = exportSchema(name);
      if (schema === undefined) {
        const known = schemaNames.join(", ");
        throw new ProctorError("invalid_request", `no schema "${name}"; there are: ${known}`);
      }
      terminal.stdout.write(`${JSON.stringify(schema, null, 2)}\n`);
      finish(exitCodes.ok);
    });
};
