// What the declarations of commands share. The only importer of commander.

import { type Command, InvalidArgumentError, Option } from "commander";
import type { BacktestParts } from "../audit/backtest.ts";
import type { Config, Overrides } from "../config.ts";
import type { ExportParts } from "../dataset/export/index.ts";
import type { Analyser } from "../effects/analyse.ts";
import type { EvalGround } from "../eval/run.ts";
import type { Collected, RetentionRule } from "../gateway/retention.ts";
import type { LoadOptions } from "../policy/index.ts";
import type { Persistence } from "../store/store.ts";
import type { CheckCommand } from "./check.ts";
import type { ImportGround } from "./import.ts";
import type { RunRequest } from "./run.ts";
import type { Terminal } from "./terminal.ts";

export { Command, CommanderError, Option } from "commander";

/** What commands need of the composed program. */
export interface Programs {
  /** Wall time, milliseconds since the Unix epoch. */
  nowMs(): number;
  loadConfig(flags: Overrides): Config;
  /** Absolute paths of Node and of proctor's entry: what starts this program again. */
  readonly self: readonly string[];
  /** Of the process; undefined where the system has none. */
  readonly uid: number | undefined;
  /** Runs until a signal; resolves with the exit code. */
  serve(config: Config): Promise<number>;
  /** Runs a command with the guard around it; resolves with its exit status. */
  run(request: RunRequest): Promise<number>;
  checker(config: Config): Promise<CheckCommand>;
  /** The policy files of the config, and what loading any takes. */
  policyGround(config: Config): { readonly paths: readonly string[]; readonly load: LoadOptions };
  /** Opens the recorded trajectories for reading. */
  openStore(config: Config): Promise<Persistence>;
  /** A guard for running task suites. */
  openEval(
    config: Config,
    of: { readonly agents: readonly string[]; readonly url: string | undefined },
  ): Promise<EvalGround>;
  /** Where the shipped suites are. */
  readonly suitesFolder: string;
  /** Aborts when the process is asked to end. */
  interrupted(): AbortSignal;
  /** Opens them for what was recorded elsewhere. */
  openImport(config: Config): Promise<ImportGround>;
  /** What goes through recorded trajectories again. */
  replaying(config: Config): Replaying;
  /** Erases what the rules do not keep. */
  collect(
    store: Persistence,
    options: { readonly rules: readonly RetentionRule[]; readonly dryRun: boolean },
  ): Promise<Collected>;
  /** What an export takes beside the store. */
  exporting(config: Config): Pick<ExportParts, "redactor" | "newId">;
  backUp(
    store: Persistence,
    what: { readonly data: string; readonly folder: string; readonly secrets: boolean },
  ): Promise<void>;
  restore(what: { readonly data: string; readonly folder: string }): Promise<void>;
}

export interface Replaying extends Pick<BacktestParts, "activity"> {
  readonly analyser: Analyser;
}

/** What a command is declared on, and what it runs with. */
export interface CommandLine {
  /** The program, or the command that this one is a part of. */
  readonly program: Command;
  readonly terminal: Terminal;
  readonly programs: Programs;
  readonly version: string;
  /** With the exit code. */
  finish(code: number): void;
}

/** Adds a command, with its options and its help, to the program. */
export type Declare = (line: CommandLine) => void;

/** A command that reads the config. */
export function configured(program: Command, usage: string): Command {
  return program
    .command(usage)
    .option("-c, --config <file>", "config file (default: proctor.yaml, if there is one)")
    .option("--data <folder>", "folder of the database and keys")
    .option("--workspace <folder>", "folder of the embedded tools");
}

/** With the store open for reading, and closed afterwards. Resolves with the exit code of `work`. */
export async function withStore(
  programs: Programs,
  flags: Overrides,
  work: (store: Persistence) => Promise<number>,
): Promise<number> {
  const store = await programs.openStore(programs.loadConfig(flags));
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** `--name <one of some>`; `required`: the command does not run without. */
export function choice(
  flags: string,
  description: string,
  choices: readonly string[],
  { required = false } = {},
): Option {
  return new Option(flags, description).choices(choices).makeOptionMandatory(required);
}

export function toPort(text: string): number {
  if (/^[0-9]{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new InvalidArgumentError("must be a port from 0 to 65535");
}

export function toCount(text: string): number {
  if (/^[1-9][0-9]{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("must be a number from 1");
}

export function toSeed(text: string): number {
  if (/^[0-9]{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("must be a whole number from 0");
}

/** Milliseconds since the Unix epoch. */
export function toTime(text: string): number {
  const ms = /^[0-9]{4}-/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(ms)) return ms;
  throw new InvalidArgumentError("must be a time as 2026-01-31 or 2026-01-31T12:00:00Z");
}

export function toShare(text: string): number {
  const share = Number(text);
  if (/^0?\.[0-9]{1,6}$/.test(text) && share > 0) return share;
  throw new InvalidArgumentError("must be a share between 0 and 1, as 0.1");
}

export function toThreshold(text: string): number {
  const threshold = Number(text);
  if (/^(0?\.[0-9]{1,3}|1(\.0)?)$/.test(text) && threshold >= 0.5) return threshold;
  throw new InvalidArgumentError("must be a resemblance from 0.5 to 1, as 0.8");
}

/** For an option that may be given several times. */
export function repeated(text: string, before: readonly string[]): readonly string[] {
  return [...before, text];
}

/** Names with shares that add up to 1: `train=0.9,test=0.1`. */
export function toShares(text: string): readonly (readonly [string, number])[] {
  const shares = text.split(",").map((part) => {
    const [, name = "", share = ""] =
      /^([a-z][a-z0-9_-]{0,31})=(0?\.[0-9]{1,6}|1)$/.exec(part) ?? [];
    return [name, Number(share)] as const;
  });
  const sum = shares.reduce((before, [, share]) => before + share, 0);
  const names = new Set(shares.map(([name]) => name));
  if (!names.has("") && names.size === shares.length && Math.abs(sum - 1) < 1e-9) return shares;
  throw new InvalidArgumentError(
    "must be names with shares that add up to 1, as train=0.9,test=0.1",
  );
}

/** Reads a comma-separated list of some of these names. */
export function toNames<Name extends string>(known: readonly Name[]) {
  return (text: string): readonly Name[] =>
    text.split(",").map((part) => {
      const found = known.find((name) => name === part.trim());
      if (found !== undefined) return found;
      throw new InvalidArgumentError(`"${part.trim()}" is none of ${known.join(", ")}`);
    });
}
