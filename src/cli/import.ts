// proctor import: trajectories that were recorded elsewhere, so that they can be audited here.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Overrides } from "../config.ts";
import { messageOf, ProctorError } from "../core/errors.ts";
import {
  fileSource,
  type ImportFormat,
  type ImportReport,
  type ImportSource,
  importFormats,
  importFrom,
  noAssignment,
  parseAssignment,
  type ReadTools,
  type RecordMaking,
  streamSource,
} from "../dataset/import/index.ts";
import { type CatalogueName, catalogueNames } from "../effects/index.ts";
import type { Persistence } from "../store/store.ts";
import { choice, configured, type Declare, toSeed } from "./command.ts";
import { createProgress } from "./progress.ts";
import { coloursOf, exitCodes, printJson, printLine, type Terminal } from "./terminal.ts";

/** The composed program, as far as an import needs it. */
export interface ImportGround {
  readonly store: Persistence;
  /** @param upstream the name under which the tools of the calls are known */
  makingFor(upstream: string): RecordMaking;
  /** Names of the config, whose tools calls may be of. */
  readonly upstreams: readonly string[];
  readonly tools: ReadTools;
}

export interface ImportFlags {
  readonly format: string;
  readonly agent?: string;
  readonly task?: string;
  readonly class?: string;
  readonly seed?: number;
  readonly condition?: string;
  readonly map?: string;
  readonly catalogue?: string;
  readonly upstream?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export interface ImportCommand {
  readonly files: readonly string[];
  readonly flags: ImportFlags;
  /** Ids of the config: a trajectory of another agent is imported, and said to be. */
  readonly agents: readonly string[];
  readonly nowMs: () => number;
}

/** The name of the upstream that stands for a catalogue's tools. */
export function catalogueUpstream(name: CatalogueName): string {
  return `catalogue:${name}`;
}

export const formatNames = importFormats.map(({ name }) => name);

export const importHelp = `
Formats:
${importFormats.map(({ name, about }) => `  ${name.padEnd(12)} ${about}`).join("\n")}

Agent, task, class, seed and condition come from the flags, else from the mapping file, else from members
of these names in the row, its metadata or its extra. A mapping file is YAML:

  agent: $.metadata.model        # where it stands in the row; or a value
  task: $.metadata.task_id
  class: ambiguous
  seed: $.metadata.seed?
  agents:                        # names in the data -> agents of the config
    meta-llama/Llama-3.1-8B-Instruct: llama-8b

Whose tools the calls are of is said by --catalogue, or by --upstream for tools that the config describes;
what nothing describes is unknown. A file named .gz is decompressed, one named .parquet is read as a table
of rows, each as a line would be. What is there already is left alone, so an import can be run again.

Examples:
  proctor import runs.jsonl --format openai --agent llama-8b --class ambiguous --catalogue openai
  proctor import ~/.claude/projects/*/*.jsonl --format claude-code --agent claude --dry-run
  zcat rows.jsonl.gz | proctor import - --format trl --map map.yaml --upstream files

Exit codes: 0 everything was read, 1 some lines were not (each is told with its reason), 2 wrong usage.
`;

export async function importFiles(
  terminal: Terminal,
  ground: ImportGround,
  { files, flags, agents, nowMs }: ImportCommand,
): Promise<number> {
  const format = formatNamed(flags.format);
  const making = ground.makingFor(upstreamOf(flags, format, ground));
  const assignment = assignmentOf(terminal, flags);
  const progress = createProgress(terminal, nowMs);
  const strangers = new Set<string>();
  const reports: (ImportReport & { file: string })[] = [];
  for (const file of files) {
    const report = await importFrom(sourceOf(terminal, file), format, {
      store: ground.store,
      making,
      tools: ground.tools,
      assignment,
      dryRun: flags.dryRun ?? false,
      nowMs,
      onProblem({ line, reason }) {
        progress.done();
        terminal.stderr.write(`${file}:${line}: ${reason}\n`);
      },
      onAgent(agent) {
        if (!agents.includes(agent)) strangers.add(agent);
      },
      onProgress: ({ trajectories, steps }) =>
        progress.show(`${file}: ${trajectories} trajectories, ${steps} steps`),
    });
    progress.done();
    reports.push({ ...report, file });
    if (flags.json === true) printJson(terminal, jsonOf(file, report));
    else printReport(terminal, file, report, flags.dryRun ?? false);
  }
  if (strangers.size > 0 && flags.json !== true) {
    const names = [...strangers].join(", ");
    printLine(
      terminal,
      coloursOf(terminal).yellow(`Not in the config, so in no lineage: ${names}.`),
    );
  }
  return reports.some(({ problems }) => problems > 0) ? exitCodes.problems : exitCodes.ok;
}

function formatNamed(name: string): ImportFormat {
  const found = importFormats.find((format) => format.name === name);
  if (found !== undefined) return found;
  throw new ProctorError(
    "invalid_request",
    `there is no format "${name}"; there are: ${formatNames.join(", ")}`,
  );
}

function upstreamOf(
  { catalogue, upstream }: ImportFlags,
  format: ImportFormat,
  { upstreams }: ImportGround,
): string {
  if (catalogue !== undefined && upstream !== undefined) {
    throw new ProctorError("invalid_request", "give --catalogue or --upstream, not both");
  }
  if (upstream !== undefined) {
    if (upstreams.includes(upstream)) return upstream;
    throw new ProctorError(
      "invalid_request",
      `there is no upstream "${upstream}"; there are: ${upstreams.join(", ")}`,
    );
  }
  const wanted = catalogue ?? format.catalogue ?? "embedded";
  const known = catalogueNames.find((name) => name === wanted);
  if (known !== undefined) return catalogueUpstream(known);
  throw new ProctorError(
    "invalid_request",
    `there is no catalogue "${wanted}"; there are: ${catalogueNames.join(", ")}`,
  );
}

function assignmentOf(terminal: Terminal, { map, ...flags }: ImportFlags) {
  const mapped = map === undefined ? noAssignment : readAssignment(resolve(terminal.cwd, map));
  const given = {
    agent: flags.agent,
    task: flags.task,
    class: flags.class,
    seed: flags.seed === undefined ? undefined : `${flags.seed}`,
    condition: flags.condition,
  };
  const named = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...mapped, ...Object.fromEntries(named) };
}

function readAssignment(file: string) {
  try {
    return parseAssignment(readFileSync(file, "utf8"), file);
  } catch (cause) {
    if (cause instanceof ProctorError) throw cause;
    throw new ProctorError("invalid_request", `cannot read ${file}: ${messageOf(cause)}`, {
      cause,
    });
  }
}

function sourceOf(terminal: Terminal, file: string): ImportSource {
  if (file === "-") return streamSource("-", terminal.stdin);
  return fileSource(resolve(terminal.cwd, file));
}

function jsonOf(file: string, { leftOut, undescribed, ...counts }: ImportReport) {
  return {
    file,
    ...counts,
    leftOut: Object.fromEntries(leftOut),
    undescribed: Object.fromEntries(undescribed),
  };
}

function printReport(
  terminal: Terminal,
  file: string,
  { trajectories, steps, alreadyThere, problems, leftOut, undescribed }: ImportReport,
  dryRun: boolean,
): void {
  const colours = coloursOf(terminal);
  const done = dryRun ? "to import" : "imported";
  printLine(terminal, `${file}: trajectories ${done}: ${trajectories}, steps: ${steps}.`);
  if (alreadyThere > 0) printLine(terminal, `  There already: ${alreadyThere}.`);
  for (const [what, count] of leftOut) printLine(terminal, `  Left out: ${what}: ${count}.`);
  if (undescribed.size > 0) {
    const tools = [...undescribed].map(([tool, count]) => `${JSON.stringify(tool)} ${count}`);
    const hint = "Nothing describes these tools, so what they do is unknown";
    printLine(terminal, colours.yellow(`  ${hint}: ${tools.join(", ")}.`));
  }
  if (problems > 0) printLine(terminal, colours.red(`  Could not be read: ${problems}.`));
}

export const declareImport: Declare = ({ program, programs, terminal, finish }) => {
  configured(program, "import")
    .description("Take in trajectories that were recorded elsewhere.")
    .argument("<files...>", "files, or - for standard input")
    .addOption(choice("--format <format>", "what the files are", formatNames, { required: true }))
    .option("--agent <id>", "whose they are")
    .option("--task <id>", "the task that they were for")
    .option("--class <class>", "its class (default: production)")
    .option("--seed <seed>", "its seed", toSeed)
    .option("--condition <condition>", "its condition")
    .option("--map <file>", "where the data says all this (YAML, see below)")
    .option("--catalogue <name>", "whose tools the calls are of")
    .option("--upstream <name>", "the upstream of the config that describes the tools")
    .option("--dry-run", "read, analyse and count; write nothing")
    .option("--json", "a JSON line for each file")
    .addHelpText("after", importHelp)
    .action(async (files: string[], flags: Overrides & ImportFlags) => {
      const config = programs.loadConfig(flags);
      const ground = await programs.openImport(config);
      try {
        const agents = config.agents.map(({ id }) => id);
        const { nowMs } = programs;
        finish(await importFiles(terminal, ground, { files, flags, agents, nowMs }));
      } finally {
        await ground.store.close();
      }
    });
};
