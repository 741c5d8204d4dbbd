// proctor policy test, proctor policy lint: policy files, looked at without running anything.

import type { Overrides } from "../config.ts";
import { visible } from "../core/display.ts";
import {
  type Finding,
  formatProblem,
  type Loaded,
  type LoadOptions,
  lintPolicy,
  loadPolicy,
  type PolicyProblem,
  type PolicySource,
  readPolicy,
} from "../policy/index.ts";
import { declareBacktest } from "./backtest.ts";
import { configured, type Declare, type Programs } from "./command.ts";
import { declareRollout } from "./rollout.ts";
import { coloursOf, exitCodes, printJson, printLine, type Terminal } from "./terminal.ts";

export interface PolicyCommand {
  /** Files and folders, which together are one policy. */
  readonly paths: readonly string[];
  readonly load: LoadOptions;
  readonly json: boolean;
  readonly nowMs?: number;
}

/**
 * Loads the policy and runs the examples of every rule. 0: all hold; 1: problems, each with its place,
 * what, found and fix; 2: there are no such files.
 */
export async function policyTest(terminal: Terminal, command: PolicyCommand): Promise<number> {
  const { json } = command;
  const opened = await open(terminal, command);
  if (typeof opened === "number") return opened;
  const { files, rules, examples, skipped, policy } = opened.loaded;
  const { digest, mode } = policy;
  if (json) printJson(terminal, { ok: true, files, rules, examples, skipped, digest, mode });
  else {
    const { green } = coloursOf(terminal);
    const all = [count(files, "file"), count(rules, "rule"), count(examples, "example")].join(", ");
    printLine(terminal, green(`${all}: all hold. Mode ${mode}, digest ${digest}.`));
    if (skipped > 0) printLine(terminal, `Not run, for want of an analyser: ${skipped}.`);
  }
  return exitCodes.ok;
}

/**
 * Says what loads and is probably not meant. 0: nothing, or notes only; 1: warnings, or the policy does
 * not load; 2: there are no such files.
 */
export async function policyLint(terminal: Terminal, command: PolicyCommand): Promise<number> {
  const opened = await open(terminal, command);
  if (typeof opened === "number") return opened;
  const findings = lintPolicy(opened.sources, { ...command.load, nowMs: command.nowMs });
  const warnings = findings.filter(({ level }) => level === "warning").length;
  if (command.json) printJson(terminal, { ok: warnings === 0, findings });
  else printFindings(terminal, findings, warnings);
  return warnings === 0 ? exitCodes.ok : exitCodes.problems;
}

interface Opened {
  readonly sources: readonly PolicySource[];
  readonly loaded: Extract<Loaded, { ok: true }>;
}

/** A policy that loads, or the exit code after its problems were printed. */
async function open(
  terminal: Terminal,
  { paths, load, json }: PolicyCommand,
): Promise<Opened | number> {
  const read = await readPolicy(paths);
  if (!read.ok) {
    printProblems(terminal, read.problems, json);
    return exitCodes.usage;
  }
  const loaded = loadPolicy(read.sources, load);
  if (loaded.ok) return { sources: read.sources, loaded };
  printProblems(terminal, loaded.problems, json);
  return exitCodes.problems;
}

function printProblems(
  terminal: Terminal,
  problems: readonly PolicyProblem[],
  json: boolean,
): void {
  if (json) {
    printJson(terminal, { ok: false, problems });
    return;
  }
  for (const problem of problems) printProblem(terminal, problem);
  const { red } = coloursOf(terminal);
  printLine(terminal, red(`${count(problems.length, "problem")}.`));
}

function printFindings(terminal: Terminal, findings: readonly Finding[], warnings: number): void {
  const { green, yellow } = coloursOf(terminal);
  for (const found of findings) {
    printProblem(terminal, { ...found, what: `${found.level}: ${found.what}` });
  }
  const notes = findings.length - warnings;
  const colour = warnings === 0 ? green : yellow;
  printLine(terminal, colour(`${count(warnings, "warning")}, ${count(notes, "note")}.`));
}

function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? "" : "s"}`;
}

function printProblem(terminal: Terminal, problem: PolicyProblem): void {
  for (const line of formatProblem(problem).split("\n")) printLine(terminal, visible(line));
}

export const declarePolicy: Declare = (line) => {
  const { program, programs, terminal, finish } = line;
  const policy = program
    .command("policy")
    .description("Test and lint policy files, and try them on what was recorded.");
  configured(policy, "test")
    .description("Run the examples of every rule.")
    .argument("[paths...]", "policy files or folders (default: those of the config)")
    .option("--json", "the result as JSON")
    .action(async (paths: string[], flags: Overrides & { json?: boolean }) => {
      finish(await policyTest(terminal, policyCommand(programs, paths, flags)));
    });
  configured(policy, "lint")
    .description("Find rules that load and are probably not what was meant.")
    .argument("[paths...]", "policy files or folders (default: those of the config)")
    .option("--json", "the findings as JSON")
    .action(async (paths: string[], flags: Overrides & { json?: boolean }) => {
      finish(await policyLint(terminal, policyCommand(programs, paths, flags)));
    });
  declareBacktest({ ...line, program: policy });
  declareRollout({ ...line, program: policy });
};

function policyCommand(
  programs: Programs,
  given: readonly string[],
  flags: Overrides & { json?: boolean },
): PolicyCommand {
  const { paths, load } = programs.policyGround(programs.loadConfig(flags));
  return {
    paths: given.length > 0 ? given : paths,
    load,
    json: flags.json ?? false,
    nowMs: programs.nowMs(),
  };
}
