// Command lines of the form `tool [options] command subcommand [options] words`, as tables of what each does.

import type { Target } from "../../core/effect.ts";
import type { Command, Produced, Word } from "./command.ts";
import { dropText, leadingText } from "./options.ts";
import { type Act, type Place, program, textOf } from "./tool.ts";

/** What was given behind a tool's name. */
export interface Line {
  /** The words that named the command: `volume rm`. */
  readonly command: string;
  /** Words behind the command that are no options. */
  readonly operands: readonly Word[];
  /** The words behind the command as they stand. */
  readonly rest: readonly Word[];
  /** The words from the first operand on. */
  readonly inner: readonly Word[];
  has(...names: readonly string[]): boolean;
  /** The last value of an option, under any of its names. */
  value(...names: readonly string[]): Word | undefined;
}

export type LineAction = (act: Act, line: Line) => Produced | undefined;

/**
 * Commands with a bar between them, and what they all do. The longest that fits is taken; an option
 * counts where no command stands (`pipenv --rm`).
 */
export type LineRow = readonly [commands: string, action: LineAction];

export interface Cli {
  /** Options that take the next word. */
  readonly values?: string;
  /** Options with which it only looks. */
  readonly dry?: string;
  readonly rows: readonly LineRow[];
  /** A command that no row names. */
  readonly otherwise: LineAction;
}

/** Words of one command line that are looked at. */
const maxCommandWords = 4;

export function cli({ values = "", dry = "", rows, otherwise }: Cli): Command {
  const actions = new Map<string, LineAction>();
  for (const [commands, action] of rows) {
    for (const command of commands.split("|")) actions.set(command.trim(), action);
  }
  const taking = new Set(words(values));
  const looking = [...words(dry), "--help", "--version"];
  return program((act) => {
    const parsed = parse(act.args, taking);
    const at = longest(parsed.operands, actions);
    const command = parsed.operands.slice(0, at.length).map(textOf).join(" ");
    const line = lineOf(parsed, command, at.length, act.args);
    const next = parsed.operands[at.length];
    if (at.length === 0 && next !== undefined && next.value === undefined) {
      return act.unknown(`${act.invocation.program} ${next.source} is not known`);
    }
    if (line.has(...looking)) return act.inspect();
    const byOption = parsed.operands.length === 0 ? named(parsed.options, actions) : undefined;
    return (at.action ?? byOption ?? otherwise)(act, line);
  });
}

export function words(list: string): readonly string[] {
  return list.split(/\s+/).filter((word) => word !== "");
}

interface ParsedLine {
  readonly operands: readonly Word[];
  /** Where each operand stands among the arguments. */
  readonly places: readonly number[];
  readonly options: ReadonlyMap<string, Word | undefined>;
}

function parse(args: readonly Word[], taking: ReadonlySet<string>): ParsedLine {
  const operands: Word[] = [];
  const places: number[] = [];
  const options = new Map<string, Word | undefined>();
  let ended = false;
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at];
    if (word === undefined) break;
    const text = leadingText(word);
    if (ended || !text.startsWith("-") || text === "-") {
      operands.push(word);
      places.push(at);
    } else if (word.value === "--") ended = true;
    else {
      const equals = text.indexOf("=");
      const name = equals < 0 ? text : text.slice(0, equals);
      const next = equals < 0 && taking.has(name) ? args[++at] : undefined;
      options.set(name, equals < 0 ? next : dropText(word, equals + 1));
      if (equals < 0 && /^-[A-Za-z]{2,}$/.test(name))
        for (const c of name.slice(1)) options.set(`-${c}`, undefined);
    }
  }
  return { operands, places, options };
}

/** `pipenv --rm`: an option in the place of a command. */
function named(
  options: ParsedLine["options"],
  actions: ReadonlyMap<string, LineAction>,
): LineAction | undefined {
  for (const option of options.keys()) {
    const action = actions.get(option);
    if (action !== undefined) return action;
  }
  return undefined;
}

function longest(operands: readonly Word[], actions: ReadonlyMap<string, LineAction>) {
  for (let length = Math.min(maxCommandWords, operands.length); length > 0; length -= 1) {
    const named = operands.slice(0, length).map((word) => word.value);
    if (named.includes(undefined)) continue;
    const action = actions.get(named.join(" "));
    if (action !== undefined) return { length, action };
  }
  return { length: 0, action: undefined };
}

function lineOf(
  { operands, places, options }: ParsedLine,
  command: string,
  length: number,
  args: readonly Word[],
): Line {
  const last = places[length - 1];
  const first = places[length];
  return {
    command,
    operands: operands.slice(length),
    rest: last === undefined ? args : args.slice(last + 1),
    inner: first === undefined ? [] : args.slice(first),
    has: (...names) => names.some((name) => options.has(name)),
    value: (...names) => names.map((name) => options.get(name)).find((word) => word !== undefined),
  };
}

// What many of them do

export const looks: LineAction = (act) => act.inspect();
export const acts: LineAction = (act, { command }) =>
  act.execute(command === "" ? {} : { via: viaOf(act, command) });

function viaOf(act: Act, command: string): string {
  return command === "" ? act.invocation.program : `${act.invocation.program} ${command}`;
}

/** Runs what the files of the project say. */
export const runsProject: LineAction = (act, { command }) =>
  executesProject(act, command === "" ? {} : { via: viaOf(act, command) });

/** As `runsProject`, for programs with a command line of another form. */
export function executesProject(
  act: Act,
  { folder = ".", via }: { readonly folder?: Place; readonly via?: string } = {},
): undefined {
  return act.emit({
    kind: "execute",
    program: act.invocation.program,
    words: act.args.map(textOf),
    code: "project",
    inspects: false,
    target: act.target(folder),
    ...(via === undefined ? {} : { via }),
  });
}

/**
 * A thing that is no file of this machine, by a name that says what it is: `s3://bucket/key`,
 * `docker volume data`. It is compared with no path.
 */
export function thing(name: string): Target {
  return { form: "unresolved", path: name };
}

/** Deletes things of a kind that are no files here: what the operands name, or all of them. */
export function removes(kind: string, { all = false } = {}): LineAction {
  return function removeThings(act, { command, operands }) {
    const named = all ? [] : operands.map(textOf);
    const targets = named.length === 0 ? [kind] : named.map((name) => `${kind} ${name}`);
    for (const target of targets) {
      act.delete(thing(target), {
        recursive: true,
        certainty: "certain",
        via: viaOf(act, command),
      });
    }
    return undefined;
  };
}

/** One after another. */
export function each(...actions: readonly LineAction[]): LineAction {
  return function doEach(act, line) {
    for (const action of actions) action(act, line);
    return undefined;
  };
}

/** The rest of the words is another command. */
export function runsRest({
  skip = 0,
  elsewhere,
}: {
  readonly skip?: number;
  readonly elsewhere?: string;
} = {}): LineAction {
  return function runRest(act, { inner, command }) {
    const words = inner.slice(skip);
    if (words.length === 0) return act.execute();
    return act.run(words, {
      via: viaOf(act, command),
      ...(elsewhere === undefined ? {} : { elsewhere, environmentUnknown: true }),
    });
  };
}
