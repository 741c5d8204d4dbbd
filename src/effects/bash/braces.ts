// Brace expansion. Bash does it first and textually, so it is done on source text.
// https://www.gnu.org/software/bash/manual/html_node/Brace-Expansion.html

import { type Budget, LimitReached, limits } from "../limits.ts";

/** The words that the source text of one word becomes; itself alone where nothing expands. */
export function expandBraces(source: string, budget: Budget): readonly string[] {
  budget.enter();
  const words = expandGroups(source, budget);
  budget.leave();
  return words;
}

function expandGroups(source: string, budget: Budget): readonly string[] {
  const group = firstGroup(source, budget);
  if (group === undefined) return [source];
  const before = source.slice(0, group.start);
  const rests = expandBraces(source.slice(group.end), budget);
  const words: string[] = [];
  for (const choice of choicesOf(group, budget)) {
    for (const rest of rests) {
      budget.step();
      if (words.length >= limits.braceWords) throw new LimitReached("braceWords");
      budget.parse(before.length + choice.length + rest.length);
      words.push(before + choice + rest);
    }
  }
  return words;
}

interface Group {
  /** Offset of `{`, and behind `}`. */
  readonly start: number;
  readonly end: number;
  readonly items: readonly string[];
}

function choicesOf({ items }: Group, budget: Budget): readonly string[] {
  const [only] = items;
  if (items.length === 1 && only !== undefined) return sequence(only) ?? [];
  return items.flatMap((item) => expandBraces(item, budget));
}

/** The first braces that hold a comma of their own, or a sequence. */
function firstGroup(source: string, budget: Budget): Group | undefined {
  for (let at = 0; at < source.length; at = next(source, at)) {
    if (source[at] !== "{") continue;
    const group = groupAt(source, at);
    budget.parse((group?.end ?? source.length) - at);
    if (group !== undefined) return group;
  }
  return undefined;
}

function groupAt(source: string, start: number): Group | undefined {
  const items: string[] = [];
  let depth = 0;
  let item = start + 1;
  for (let at = start + 1; at < source.length; at = next(source, at)) {
    const char = source[at];
    if (char === "{") depth += 1;
    else if (char === "}" && depth > 0) depth -= 1;
    else if (char === "," && depth === 0) {
      items.push(source.slice(item, at));
      item = at + 1;
    } else if (char === "}") {
      items.push(source.slice(item, at));
      const [only] = items;
      const expands = items.length > 1 || (only !== undefined && sequence(only) !== undefined);
      return expands ? { start, end: at + 1, items } : undefined;
    }
  }
  return undefined;
}

/** The offset behind what stands at `at`: a character, or something quoted or substituted as a whole. */
function next(source: string, at: number): number {
  const char = source[at];
  if (char === "\\") return at + 2;
  if (char === "'" || char === '"' || char === "`") return closing(source, at + 1, char);
  if (char === "$" && source[at + 1] === "{") return balanced(source, at + 1, "{", "}");
  if (char === "$" && source[at + 1] === "(") return balanced(source, at + 1, "(", ")");
  if (char === "$" && source[at + 1] === "'") return closing(source, at + 2, "'", true);
  return at + 1;
}

function closing(source: string, from: number, quote: string, escapes = quote !== "'"): number {
  let at = from;
  while (at < source.length && source[at] !== quote) at += source[at] === "\\" && escapes ? 2 : 1;
  return at + 1;
}

function balanced(source: string, from: number, open: string, close: string): number {
  let depth = 0;
  let at = from;
  while (at < source.length) {
    const char = source[at];
    if (char === open) depth += 1;
    if (char === close) depth -= 1;
    if (depth === 0) return at + 1;
    at = char === open || char === close ? at + 1 : next(source, at);
  }
  return at;
}

/** `1..3`, `a..e..2`; undefined where it is none. */
function sequence(item: string): readonly string[] | undefined {
  const match = /^(-?\d+|[A-Za-z])\.\.(-?\d+|[A-Za-z])(?:\.\.(-?\d+))?$/.exec(item);
  const [, from = "", to = "", by = "1"] = match ?? [];
  if (match === null || isLetter(from) !== isLetter(to)) return undefined;
  const start = isLetter(from) ? from.charCodeAt(0) : Number(from);
  const end = isLetter(to) ? to.charCodeAt(0) : Number(to);
  const step = Math.max(1, Math.abs(Number(by)));
  if (![start, end, step].every(Number.isSafeInteger)) return undefined;
  if (Math.abs(end - start) / step >= limits.braceWords) throw new LimitReached("braceWords");
  const width = isLetter(from) ? 0 : paddedWidth(from, to);
  const values: string[] = [];
  for (let i = 0; i * step <= Math.abs(end - start); i += 1) {
    const value = start + (end >= start ? i : -i) * step;
    values.push(isLetter(from) ? String.fromCharCode(value) : padded(value, width));
  }
  return values;
}

function isLetter(text: string): boolean {
  return /^[A-Za-z]$/.test(text);
}

/** A leading zero on either end pads all values to the longer one. */
function paddedWidth(from: string, to: string): number {
  return /^-?0\d/.test(from) || /^-?0\d/.test(to) ? Math.max(from.length, to.length) : 0;
}

function padded(value: number, width: number): string {
  const digits = String(Math.abs(value));
  return value < 0 ? `-${digits.padStart(width - 1, "0")}` : digits.padStart(width, "0");
}
