// The language of awk programs, as far as it decides which commands run and which files are opened.

import { holeMark } from "../text.ts";

/** What a program does beyond computing. */
export interface AwkDeed {
  readonly kind: "run" | "write" | "append" | "read" | "load";
  /** The command or path, with marks for what is not known. */
  readonly text: string;
  /** What a command is given to read, where the program prints to it; with marks. */
  readonly input?: string;
}

interface Token {
  readonly kind: "string" | "number" | "name" | "regex" | "mark" | "newline";
  readonly text: string;
}

/** Tokens beyond this are not read: undefined. */
const maxTokens = 65_536;

/** Tokens of one expression, and deeds of one program, beyond which the program is not read. */
const maxExpression = 512;
const maxDeeds = 256;

/** What is known of a program. */
interface AwkProgram {
  readonly deeds: readonly AwkDeed[];
  /** All that it prints, where that is `BEGIN` blocks of constants. */
  readonly stdout: string | undefined;
}

/**
 * Everything that the program may run or open; undefined: it could not be read. `variables` are known
 * texts by name, among them `$0`, `$1` where the input is known.
 */
export function readAwk(
  source: string,
  variables: ReadonlyMap<string, string>,
): AwkProgram | undefined {
  const tokens = tokenise(source);
  if (tokens === undefined) return undefined;
  const known = constants(tokens, variables);
  const deeds = deedsOf(tokens, known);
  return deeds.length > maxDeeds ? undefined : { deeds, stdout: constantOutput(tokens, known) };
}

const marks = [
  "<<=",
  ">>=",
  "**=",
  "|&",
  "||",
  "&&",
  ">>",
  "<=",
  ">=",
  "==",
  "!=",
  "!~",
  "++",
  "--",
  "+=",
  "-=",
  "*=",
  "/=",
  "%=",
  "^=",
  "**",
];

function tokenise(source: string): readonly Token[] | undefined {
  const tokens: Token[] = [];
  for (let at = 0; at < source.length; ) {
    if (tokens.length > maxTokens) return undefined;
    const c = source.charAt(at);
    const token = c === "#" ? comment(source, at) : tokenAt(source, at, tokens.at(-1));
    if (token === undefined) return undefined;
    if (token.token !== undefined) tokens.push(token.token);
    at = token.end;
  }
  return tokens;
}

interface Scanned {
  readonly token: Token | undefined;
  readonly end: number;
}

function comment(source: string, at: number): Scanned {
  const end = source.indexOf("\n", at);
  return { token: undefined, end: end < 0 ? source.length : end };
}

const nameAt = /[A-Za-z_\uE0F0][\w:\uE0F0]*/y;
const numberAt = /(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|0[xX][\da-fA-F]+/y;

function tokenAt(source: string, at: number, before: Token | undefined): Scanned | undefined {
  const c = source.charAt(at);
  if (c === "\n") return { token: { kind: "newline", text: "\n" }, end: at + 1 };
  if (c === "\\" && /[\r\n]/.test(source.charAt(at + 1))) return { token: undefined, end: at + 2 };
  if (c === " " || c === "\t" || c === "\r") return { token: undefined, end: at + 1 };
  if (c === '"') return stringAt(source, at);
  if (c === "/" && beginsRegex(before)) return regexAt(source, at);
  const name = matchAt(nameAt, source, at);
  if (name !== undefined) return { token: { kind: "name", text: name }, end: at + name.length };
  const number = matchAt(numberAt, source, at);
  if (number !== undefined)
    return { token: { kind: "number", text: number }, end: at + number.length };
  const mark = marks.find((one) => source.startsWith(one, at)) ?? c;
  return { token: { kind: "mark", text: mark }, end: at + mark.length };
}

function matchAt(pattern: RegExp, source: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(source)?.[0];
}

/** A slash divides behind a value, and begins a regular expression elsewhere. */
function beginsRegex(before: Token | undefined): boolean {
  if (before === undefined || before.kind === "newline") return true;
  if (before.kind === "mark") return !/^(?:\)|\]|\$|\+\+|--)$/.test(before.text);
  return (
    before.kind === "name" && /^(?:print|printf|return|in|case|do|else|getline)$/.test(before.text)
  );
}

function regexAt(source: string, at: number): Scanned | undefined {
  let inBrackets = false;
  for (let end = at + 1; end < source.length; end += 1) {
    const c = source.charAt(end);
    if (c === "\n") return undefined;
    if (c === "\\") end += 1;
    else if (c === "[") inBrackets = true;
    else if (c === "]") inBrackets = false;
    else if (c === "/" && !inBrackets) return { token: { kind: "regex", text: "" }, end: end + 1 };
  }
  return undefined;
}

const escapes: ReadonlyMap<string, string> = new Map([
  ["n", "\n"],
  ["t", "\t"],
  ["r", "\r"],
  ["a", "\x07"],
  ["b", "\b"],
  ["f", "\f"],
  ["v", "\v"],
  ["\\", "\\"],
  ['"', '"'],
  ["/", "/"],
  ["\n", ""],
]);

function stringAt(source: string, at: number): Scanned | undefined {
  let text = "";
  for (let end = at + 1; end < source.length; end += 1) {
    const c = source.charAt(end);
    if (c === '"') return { token: { kind: "string", text }, end: end + 1 };
    if (c === "\n") return undefined;
    if (c !== "\\") text += c;
    else {
      const code = /^(?:[0-7]{1,3}|x[0-9a-fA-F]{1,2})/.exec(source.slice(end + 1, end + 4))?.[0];
      const next = source.charAt(end + 1);
      text += code === undefined ? (escapes.get(next) ?? `\\${next}`) : character(code);
      end += code === undefined ? 1 : code.length;
    }
  }
  return undefined;
}

function character(code: string): string {
  const value = code.startsWith("x")
    ? Number.parseInt(code.slice(1), 16)
    : Number.parseInt(code, 8);
  return String.fromCharCode(value & 0xff);
}

/** Variables that hold one known text wherever they are used: from `-v`, or assigned once. */
function constants(
  tokens: readonly Token[],
  variables: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const known = new Map(variables);
  const changed = new Set<string>();
  tokens.forEach((token, at) => {
    const next = tokens[at + 1];
    if (token.kind !== "name" || next?.kind !== "mark") return;
    if (next.text === "=" && !known.has(token.text) && !changed.has(token.text)) {
      known.set(token.text, textOf(tokens.slice(at + 2, expressionEnd(tokens, at + 2)), known));
    } else if (
      /^(?:=|\+\+|--|[-+*/%^]=|\*\*=)$/.test(next.text) ||
      tokens[at - 1]?.text === "getline"
    ) {
      changed.add(token.text);
      known.set(token.text, holeMark);
    }
  });
  return known;
}

/** Where an expression ends that stands in a statement: at its separator or a bracket that closes more. */
function expressionEnd(tokens: readonly Token[], from: number): number {
  let depth = 0;
  const limit = Math.min(tokens.length, from + maxExpression);
  for (let at = from; at < limit; at += 1) {
    const { kind, text } = tokens[at] ?? { kind: "newline", text: "" };
    if (kind === "newline" && depth <= 0) return at;
    if (kind !== "mark") continue;
    if (text === "(" || text === "[") depth += 1;
    else if (text === ")" || text === "]") depth -= 1;
    if (depth < 0 || (depth === 0 && /^(?:[;{},]|\||\|&|&&|\|\||>|>>|<|\?)$/.test(text))) return at;
  }
  return limit;
}

/** A concatenation as text, with marks where it is not of literals and known variables. */
function textOf(tokens: readonly Token[], known: ReadonlyMap<string, string>): string {
  let text = "";
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (token === undefined) break;
    const next = tokens[at + 1];
    const applied = next?.kind === "mark" && (next.text === "(" || next.text === "[");
    if (token.kind === "string" || token.kind === "number") text += token.text;
    else if (token.kind === "name" && !applied) text += known.get(token.text) ?? holeMark;
    else if (token.text === "$") text += known.get(`$${tokens[++at]?.text}`) ?? holeMark;
    else if (token.text !== "(" && token.text !== ")") {
      text += holeMark;
      // An element or a call: what stands in its brackets is no text of its own.
      if (applied) at = closing(tokens, at + 1);
    }
  }
  return text;
}

function closing(tokens: readonly Token[], open: number): number {
  let depth = 0;
  const limit = Math.min(tokens.length, open + maxExpression);
  for (let at = open; at < limit; at += 1) {
    const text = tokens[at]?.kind === "mark" ? tokens[at]?.text : "";
    if (text === "(" || text === "[") depth += 1;
    if (text === ")" || text === "]") depth -= 1;
    if (depth === 0) return at;
  }
  return limit;
}

function deedsOf(tokens: readonly Token[], known: ReadonlyMap<string, string>): readonly AwkDeed[] {
  const deeds: AwkDeed[] = [];
  const add = (kind: AwkDeed["kind"], from: number, to: number, input?: string): void => {
    const text = textOf(tokens.slice(from, to), known);
    deeds.push(input === undefined ? { kind, text } : { kind, text, input });
  };
  /** Where the `print` stands whose statement this is. */
  let print = -1;
  let depth = 0;
  for (let at = 0; at < tokens.length && deeds.length <= maxDeeds; at += 1) {
    const { kind, text } = tokens[at] ?? { kind: "newline", text: "" };
    if (kind === "name") {
      if (text === "print" || text === "printf") [print, depth] = [at, 0];
      if (text === "system" && tokens[at + 1]?.text === "(")
        add("run", at + 2, closing(tokens, at + 1));
      if (text === "getline") fromGetline(tokens, at, add);
    }
    if (kind === "newline") print = -1;
    if (kind !== "mark") continue;
    if (text === ";" || text === "}" || text === "{") print = -1;
    if (text === "(") depth += 1;
    if (text === ")") depth -= 1;
    if (text === "@") deeds.push({ kind: "load", text: tokens[at + 2]?.text ?? holeMark });
    if ((text === "|" || text === "|&") && tokens[at + 1]?.text !== "getline") {
      const printed = print < 0 ? undefined : printedText(tokens, print, at, known);
      add("run", at + 1, expressionEnd(tokens, at + 1), printed);
    }
    if (print < 0 || depth !== 0) continue;
    if (text === ">") add("write", at + 1, expressionEnd(tokens, at + 1));
    if (text === ">>") add("append", at + 1, expressionEnd(tokens, at + 1));
  }
  return deeds;
}

/** What a `print` between two tokens writes, with marks. */
function printedText(
  tokens: readonly Token[],
  print: number,
  end: number,
  known: ReadonlyMap<string, string>,
): string {
  const values = tokens.slice(print + 1, Math.min(end, print + maxExpression));
  const listed = values.some((token) => token.kind === "mark" && token.text === ",");
  if (tokens[print]?.text === "printf") {
    const format = textOf(values, known);
    return listed || format.includes("%") ? holeMark : format;
  }
  if (values.length === 0) return `${known.get("$0") ?? holeMark}\n`;
  return listed ? `${holeMark}\n` : `${textOf(values, known)}\n`;
}

/** `BEGIN { print "a"; print "b" }` and nothing else: what it prints. */
function constantOutput(
  tokens: readonly Token[],
  known: ReadonlyMap<string, string>,
): string | undefined {
  const code = tokens.filter((token) => token.kind !== "newline");
  if (code[0]?.text !== "BEGIN" || code[1]?.text !== "{" || code.at(-1)?.text !== "}")
    return undefined;
  let stdout = "";
  let at = 2;
  while (at < code.length - 1) {
    const name = code[at]?.text;
    if (code[at]?.kind === "mark" && name === ";") at += 1;
    else if (name !== "print" && name !== "printf") return undefined;
    else {
      const end = code.findIndex(
        (token, index) => index > at && token.kind === "mark" && /^[;}]$/.test(token.text),
      );
      if (code.slice(at, end).some((token) => token.kind === "mark" && /[|>{]/.test(token.text)))
        return undefined;
      stdout += printedText(code, at, end, known);
      at = end;
    }
  }
  return stdout.includes(holeMark) ? undefined : stdout;
}

/** `"command" | getline line`, `getline line < file`. */
function fromGetline(
  tokens: readonly Token[],
  at: number,
  add: (kind: AwkDeed["kind"], from: number, to: number) => void,
): void {
  const before = tokens[at - 1]?.text;
  if (before === "|" || before === "|&") {
    add("run", expressionStart(tokens, at - 2), at - 1);
    return;
  }
  for (let next = at + 1; next < Math.min(at + 8, tokens.length); next += 1) {
    const token = tokens[next];
    if (token?.kind === "newline" || /^[;{})]$/.test(token?.text ?? "")) return;
    if (token?.kind === "mark" && token.text === "<") {
      add("read", next + 1, expressionEnd(tokens, next + 1));
      return;
    }
  }
}

/** Where the expression begins that ends here. */
function expressionStart(tokens: readonly Token[], last: number): number {
  let depth = 0;
  const limit = Math.max(0, last - maxExpression);
  for (let at = last; at >= limit; at -= 1) {
    const { kind, text } = tokens[at] ?? { kind: "newline", text: "" };
    if (kind === "newline" && depth <= 0) return at + 1;
    if (kind !== "mark") continue;
    if (text === ")" || text === "]") depth += 1;
    else if (text === "(" || text === "[") depth -= 1;
    if (depth < 0 || (depth === 0 && /^(?:[;{}=!]|&&|\|\|)$/.test(text))) return at + 1;
  }
  return limit;
}
