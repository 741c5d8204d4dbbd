// Builtins that read input into variables.

import { maybe } from "../branches.ts";
import type { Word } from "../command.ts";
import type { Builtin, BuiltinCall, Shell } from "../shell.ts";
import type { Input } from "../streams.ts";
import { hole, isKnown, type Text } from "../text.ts";
import { assign, indexed, lookUp, scalar, setText } from "../variables.ts";
import { inspect, quiet, readOptions, textOf } from "./call.ts";
import { assignElement } from "./elements.ts";

const read: Builtin = (call) => {
  inspect(call);
  const { shell, args } = call;
  const { options, operands } = readOptions(args, "a:d:i:n:N:p:t:u:ersE");
  const line = takeLine(shell, options);
  shell.state.status = line === undefined ? undefined : line.ended ? 1 : 0;
  const array = options.get("a");
  if (array?.value !== undefined) return readArray(shell, array.value, line?.text);
  const names = operands.length > 0 ? operands : [undefined];
  const limited = options.has("n") || options.has("N") || options.has("t");
  const known = line === undefined || limited ? undefined : line.text;
  const values =
    known === undefined ? undefined : fields(shell, known, names.length, options.has("r"));
  for (const [at, word] of names.entries()) {
    const name = word === undefined ? "REPLY" : word.value;
    if (name === undefined) continue;
    const value = word === undefined && known !== undefined ? known : values?.[at];
    assignElement(shell, name, value ?? lineHole(shell, name), setText);
  }
};

/** A line of names that are known as a pattern is still such a name. */
function lineHole(shell: Shell, name: string): Text {
  const stdin = inputOfDescriptor(shell, 0)?.rest;
  if (stdin?.kind === "unknown" && stdin.names?.length === 1) {
    const [only] = stdin.names;
    if (only !== undefined) return textOf(only);
  }
  return hole(`$${name}`);
}

interface Line {
  readonly text: string;
  /** No delimiter stood behind it, so `read` fails. */
  readonly ended: boolean;
}

function takeLine(shell: Shell, options: ReadonlyMap<string, Word | undefined>): Line | undefined {
  const descriptor = Number(options.get("u")?.value ?? "0");
  const delimiter = options.has("d") ? options.get("d")?.value?.slice(0, 1) : "\n";
  const input = inputOfDescriptor(shell, descriptor);
  if (delimiter === undefined || input === undefined) return undefined;
  if (options.has("r")) return input.takeUntil(delimiter, shell.state.uncertainty);
  return takeContinued(shell, input, delimiter);
}

/** Without `-r`, a backslash at the end of a line joins the next one to it. */
function takeContinued(shell: Shell, input: Input, delimiter: string): Line | undefined {
  let line = input.takeUntil(delimiter, shell.state.uncertainty);
  while (line !== undefined && !line.ended && /(?<!\\)(?:\\\\)*\\$/.test(line.text.slice(-64))) {
    const next = input.takeUntil(delimiter, shell.state.uncertainty);
    shell.run.budget.step();
    line = next && { text: line.text.slice(0, -1) + next.text, ended: next.ended };
  }
  return line;
}

function inputOfDescriptor(shell: Shell, descriptor: number): Input | undefined {
  const stream = shell.state.streams.get(descriptor);
  return stream?.kind === "input" ? stream.input : undefined;
}

/** A line as `read` gives it to its names: the last one gets what is left. */
function fields(
  shell: Shell,
  line: string,
  count: number,
  raw: boolean,
): readonly string[] | undefined {
  const separators = scalar(lookUp(shell, "IFS").value) ?? " \t\n";
  if (!isKnown(separators)) return undefined;
  return splitLine(raw ? [...line] : characters(line), separators, count);
}

/** A backslash makes the next character an ordinary one. */
function characters(line: string): readonly string[] {
  return line.match(/\\[\s\S]|[\s\S]/g) ?? [];
}

/** Each character is one item, with the backslash that quotes it. */
function splitLine(line: readonly string[], separators: string, count: number): readonly string[] {
  const isBlank = (at: number) => {
    const char = line[at] ?? "";
    return char !== "" && " \t\n".includes(char) && separators.includes(char);
  };
  const skip = (from: number) => {
    let at = from;
    while (isBlank(at)) at += 1;
    return at;
  };
  const found: string[] = [];
  let at = skip(0);
  while (found.length < count - 1) {
    let end = at;
    while (end < line.length && !separators.includes(line[end] ?? "")) end += 1;
    found.push(plain(line.slice(at, end)));
    at = skip(end);
    const hard = at < line.length && separators.includes(line[at] ?? "");
    if (hard) at = skip(at + 1);
  }
  return [...found, plain(withoutEnd(line.slice(at), separators))];
}

/** What is left loses blanks at its end, and one separator where it is the only one. */
function withoutEnd(rest: readonly string[], separators: string): readonly string[] {
  let end = rest.length;
  const isBlank = () =>
    " \t\n".includes(rest[end - 1] ?? "-") && separators.includes(rest[end - 1] ?? "");
  while (end > 0 && isBlank()) end -= 1;
  const kept = rest.slice(0, end);
  const last = kept.at(-1);
  const only =
    last !== undefined && kept.findIndex((char) => separators.includes(char)) === end - 1;
  return only ? kept.slice(0, -1) : kept;
}

function plain(characters: readonly string[]): string {
  return characters
    .map((char) => (char.length > 1 && char.startsWith("\\") ? char.slice(1) : char))
    .join("");
}

function readArray(shell: Shell, name: string, line: string | undefined): undefined {
  const separators = scalar(lookUp(shell, "IFS").value) ?? " \t\n";
  const blank = isKnown(separators) && [...separators].every((char) => " \t\n".includes(char));
  const known = line !== undefined && blank && separators !== "" && !line.includes("\\");
  const items = known ? line.split(/[ \t\n]+/).filter((item) => item !== "") : undefined;
  const value =
    items === undefined ? ({ kind: "array", why: `$${name}` } as const) : indexed(items);
  assign(shell, { name, value, append: false });
}

const mapfile: Builtin = quiet((call) => {
  const { shell, args } = call;
  const { options, operands } = readOptions(args, "d:n:O:s:tu:C:c:");
  const name = operands[0]?.value ?? "MAPFILE";
  callBack(call, options.get("C"));
  const input = inputOfDescriptor(shell, Number(options.get("u")?.value ?? "0"));
  const stdin = input?.drain(shell.state.uncertainty);
  const plain = !["d", "n", "O", "s"].some((letter) => options.has(letter));
  if (stdin?.kind !== "text" || !plain) {
    const names = stdin?.kind === "unknown" && stdin.names ? { names: stdin.names } : {};
    const value = { kind: "array", why: `$${name}`, ...names } as const;
    return assign(shell, { name, value, append: false });
  }
  const lines = stdin.text.split(/(?<=\n)/).filter((line) => line !== "");
  shell.run.budget.step(lines.length);
  const items = options.has("t") ? lines.map((line) => line.replace(/\n$/, "")) : lines;
  assign(shell, { name, value: indexed(items), append: false });
});

/** `mapfile -C text` runs the text now and then. */
function callBack({ shell, how }: BuiltinCall, word: Word | undefined): undefined {
  if (word === undefined) return;
  maybe(shell, (inner) =>
    inner.run.walk.words(inner, [{ ...word, value: "eval", parts: [] }, word], {
      ...how,
      assigned: [],
      lookUp: "builtins",
    }),
  );
}

/** The letters and words that getopts finds are not followed. */
const getopts: Builtin = quiet(({ shell, args }) => {
  const name = args[1]?.value;
  if (name !== undefined) setText(shell, name, hole(`$${name}`));
  setText(shell, "OPTARG", hole("$OPTARG"));
  setText(shell, "OPTIND", hole("$OPTIND"));
  shell.state.status = undefined;
});

export const input: ReadonlyMap<string, Builtin> = new Map([
  ["read", read],
  ["mapfile", mapfile],
  ["readarray", mapfile],
  ["getopts", getopts],
]);
