// xargs(1): runs a command with arguments that it reads.

import type { CommandFamily, Produced, RunOptions, Word } from "../command.ts";
import type { Options } from "../options.ts";
import { partsOf, unmarked } from "../text.ts";
import { type Act, gnuFamily, replaced, tool, wordOf } from "../tool.ts";

/** Where one xargs makes more runs than this, they are one run with arguments that are not known. */
const maxRuns = 32;
/** More arguments than this are taken together as well. */
const maxItems = 4_096;

/** What is read: the items of each line. `exact`: nothing else is. */
interface Input {
  readonly lines: readonly (readonly Word[])[];
  readonly exact: boolean;
}

const xargs = tool(
  [
    "0,null a,arg-file: d,delimiter: E: e,eof:: I: i,replace:: L,max-lines: l:: n,max-args:",
    "o,open-tty P,max-procs: p,interactive process-slot-var: r,no-run-if-empty s,max-chars:",
    "show-limits t,verbose x,exit J: R: S:",
  ],
  (act, options) => {
    const mark = replacement(options);
    const { lines, exact } = input(act, options, mark !== undefined);
    const command = options.operands.length === 0 ? [act.scope.word("echo")] : options.operands;
    const runs = commandLines(command, lines, options, mark);
    if (runs.length === 0) return { stdout: "", status: 0 };
    const single = runs.length > maxRuns ? [lineOf(command, [unseen(act)], mark)] : runs;
    return runEach(act, single, {
      via: "xargs",
      possible: !exact || options.has("p"),
      // Commands of xargs read /dev/null, unless the items come from a file.
      ...(options.has("a") ? {} : { stdin: { kind: "text", text: "" } }),
    });
  },
  { order: "posix" },
);

type XargsOptions = Options<
  "0" | "a" | "d" | "E" | "e" | "I" | "i" | "L" | "l" | "n" | "r" | "p" | "J"
>;

function runEach(act: Act, runs: readonly (readonly Word[])[], options: RunOptions): Produced {
  const produced = runs.map((words) => act.run(words, options));
  const [only] = produced;
  return produced.length === 1 && only !== undefined && options.possible !== true ? only : {};
}

/** `-I R`; of `-I`, `-L` and `-n` the last one counts. */
function replacement(options: XargsOptions): string | undefined {
  const last = options.last("I", "i", "L", "l", "n", "J");
  if (last !== "I" && last !== "i" && last !== "J") return undefined;
  return options.value(last)?.value ?? "{}";
}

function unseen(act: Act): Word {
  return { ...act.scope.hole("what xargs reads"), many: true };
}

function input(act: Act, options: XargsOptions, byLine: boolean): Input {
  const file = options.value("a");
  if (file !== undefined && file.value !== "-") {
    act.read(file);
    const text = act.scope.contentOf(file);
    return text === undefined
      ? someItem(act)
      : { lines: itemsOf(act, text, options, byLine), exact: true };
  }
  const { stdin } = act.invocation;
  const known = act.input;
  if (known !== undefined) return { lines: itemsOf(act, known, options, byLine), exact: true };
  if (stdin.kind !== "unknown") return someItem(act);
  if (stdin.names !== undefined) return { lines: [stdin.names], exact: false };
  if (stdin.partly === undefined) return someItem(act);
  return { lines: itemsOf(act, stdin.partly, options, byLine), exact: false };
}

function someItem(act: Act): Input {
  return { lines: [[unseen(act)]], exact: false };
}

/** The command lines that result; none where there is nothing to run with. */
function commandLines(
  command: readonly Word[],
  lines: Input["lines"],
  options: XargsOptions,
  mark: string | undefined,
): readonly (readonly Word[])[] {
  const items = lines.flat();
  if (mark !== undefined && !options.has("J"))
    return items.map((item) => lineOf(command, [{ ...item, many: false }], mark));
  if (items.length === 0) return options.has("r") ? [] : [command];
  return groups(lines, options).map((group) => lineOf(command, group, mark));
}

function groups(lines: Input["lines"], options: XargsOptions): readonly (readonly Word[])[] {
  const last = options.last("L", "l", "n");
  if (last === undefined) return [lines.flat()];
  const size = Math.max(1, Number.parseInt(options.value(last)?.value ?? "1", 10) || 1);
  return last === "n"
    ? chunks(lines.flat(), size)
    : chunks(lines, size).map((chunk) => chunk.flat());
}

function chunks<T>(list: readonly T[], size: number): readonly (readonly T[])[] {
  const parts: (readonly T[])[] = [];
  for (let at = 0; at < list.length; at += size) parts.push(list.slice(at, at + size));
  return parts;
}

function lineOf(
  command: readonly Word[],
  items: readonly Word[],
  mark: string | undefined,
): readonly Word[] {
  if (mark === undefined) return [...command, ...items];
  const [item] = items;
  if (items.length === 1 && item !== undefined)
    return command.map((word) => replaced(word, mark, item));
  return command.flatMap((word) => (word.value === mark ? items : [word]));
}

function itemsOf(act: Act, text: string, options: XargsOptions, byLine: boolean): Input["lines"] {
  const delimiter = options.has("0") ? "\0" : delimiterOf(options.value("d"));
  const ends = options.last("E", "e");
  const end = ends === undefined ? undefined : options.value(ends)?.value;
  const lines =
    delimiter === undefined ? quotedItems(text, byLine, end) : [splitAt(text, delimiter)];
  if (lines.reduce((count, line) => count + line.length, 0) > maxItems) return [[unseen(act)]];
  return lines.map((line) => line.map((item) => itemWord(act, item)));
}

function itemWord(act: Act, item: string): Word {
  const known = unmarked(item, "what xargs reads");
  if (typeof known === "string") return act.scope.word(known);
  return { ...wordOf(partsOf(known), unseen(act)), many: true };
}

const escapes: ReadonlyMap<string, string> = new Map([
  ["n", "\n"],
  ["t", "\t"],
  ["0", "\0"],
  ["r", "\r"],
  ["\\", "\\"],
]);

/** `-d ,`, `-d '\n'`, `-d '\x2c'`. */
function delimiterOf(word: Word | undefined): string | undefined {
  const text = word?.value;
  if (text === undefined || !text.startsWith("\\") || text.length < 2) return text;
  const code = /^\\x([0-9a-f]{1,2})$/i.exec(text)?.[1];
  return code === undefined
    ? (escapes.get(text.slice(1)) ?? text[1])
    : String.fromCharCode(Number.parseInt(code, 16));
}

/** An item that has no end marker is an item too; an empty last one is not. */
function splitAt(text: string, delimiter: string): readonly string[] {
  const items = text.split(delimiter);
  if (items.at(-1) === "") items.pop();
  return items;
}

/**
 * Items as xargs(1) reads them without `-0` or `-d`: separated by blanks and newlines (with `-I` by
 * newlines alone), quotes and backslashes protect, and the end-of-file string ends the input.
 */
function quotedItems(
  text: string,
  byLine: boolean,
  end: string | undefined,
): readonly (readonly string[])[] {
  const lines: string[][] = [[]];
  let item: string | undefined;
  const flush = (): boolean => {
    const ended = item !== undefined && item === end;
    if (item !== undefined && !ended) lines.at(-1)?.push(item);
    item = undefined;
    return ended;
  };
  for (let at = 0; at < text.length; at += 1) {
    const c = text.charAt(at);
    if (c === "\n") {
      if (flush()) return lines;
      lines.push([]);
    } else if ((c === " " || c === "\t") && (!byLine || item === undefined)) {
      if (flush()) return lines;
    } else if (c === "\\") item = (item ?? "") + text.charAt(++at);
    else if (c === "'" || c === '"') {
      const close = text.indexOf(c, at + 1);
      item = (item ?? "") + text.slice(at + 1, close < 0 ? undefined : close);
      at = close < 0 ? text.length : close;
    } else item = (item ?? "") + c;
  }
  flush();
  return lines.filter((line) => line.length > 0);
}

export const argumentReaders: CommandFamily = gnuFamily(["xargs", xargs]);
