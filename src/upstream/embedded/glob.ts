// Globs over relative paths, as search_files takes them. Matching is quadratic at worst, never more.

import { ToolFailure } from "./failure.ts";

const maxLength = 1_024;
/** Patterns that the braces of one may stand for. */
const maxAlternatives = 64;

/**
 * `*` and `?` within a name, `[a-z]`, `[!a-z]`, `{a,b}`, and `**` for any number of folders. A
 * leading dot is like any other character; a backslash quotes.
 *
 * @throws ToolFailure where the glob is too long or its braces stand for too much
 */
export function compileGlob(glob: string): (path: string) => boolean {
  if (glob.length > maxLength) throw new ToolFailure(`the pattern is longer than ${maxLength}`);
  const alternatives = expandBraces(glob).map(compilePattern);
  return function matchGlob(path) {
    const names = path.split("/");
    return alternatives.some((pattern) => matchAll(pattern, names, matchName));
  };
}

/** `any`: matches any number of items, none included. */
type Item<T> = T | "any";

/** Greedy, going back to the last `any` alone: earlier ones need never be tried again. */
function matchAll<Pattern, Thing>(
  pattern: readonly Item<Pattern>[],
  things: readonly Thing[],
  matches: (pattern: Pattern, thing: Thing) => boolean,
): boolean {
  let at = 0;
  let next = 0;
  let lastAny = -1;
  let resume = 0;
  while (next < things.length) {
    const item = pattern[at];
    const thing = things[next];
    if (item === "any") {
      lastAny = at;
      at += 1;
      resume = next;
    } else if (item !== undefined && thing !== undefined && matches(item, thing)) {
      at += 1;
      next += 1;
    } else if (lastAny >= 0) {
      at = lastAny + 1;
      resume += 1;
      next = resume;
    } else return false;
  }
  while (pattern[at] === "any") at += 1;
  return at === pattern.length;
}

/** A `**` at the end stands for what is in the folder before it, and so for one name at least. */
function compilePattern(pattern: string): readonly Item<readonly Item<Char>[]>[] {
  const items = splitNames(pattern).map(compileName);
  return items.at(-1) === "any" ? [...items.slice(0, -1), anyName, "any"] : items;
}

const anyName: readonly Item<Char>[] = ["any"];

/** One character of a name. */
type Char = (char: string) => boolean;

function matchName(pattern: readonly Item<Char>[], name: string): boolean {
  return matchAll(pattern, [...name], (char, actual) => char(actual));
}

function compileName(name: string): Item<readonly Item<Char>[]> {
  if (name === "**") return "any";
  const items: Item<Char>[] = [];
  const chars = [...name];
  for (let at = 0; at < chars.length; at += 1) {
    const char = chars[at] ?? "";
    const set = char === "[" ? readSet(chars, at) : undefined;
    if (char === "*") items.push("any");
    else if (char === "?") items.push(() => true);
    else if (set !== undefined) {
      items.push(set.matches);
      at = set.end;
    } else {
      if (char === "\\" && at + 1 < chars.length) at += 1;
      const literal = chars[at] ?? "";
      items.push((actual) => actual === literal);
    }
  }
  return items;
}

/** undefined: no `]` follows, so the bracket means itself. */
function readSet(
  chars: readonly string[],
  open: number,
): { matches: Char; end: number } | undefined {
  const negated = chars[open + 1] === "!" || chars[open + 1] === "^";
  const first = open + (negated ? 2 : 1);
  // Directly behind the opening, `]` is a member.
  const end = chars.indexOf("]", first + 1);
  if (end < 0) return undefined;
  const ranges = toRanges(chars.slice(first, end));
  const inSet: Char = (char) => ranges.some(([from, to]) => from <= char && char <= to);
  return { end, matches: negated ? (char) => !inSet(char) : inSet };
}

function toRanges(members: readonly string[]): [from: string, to: string][] {
  const ranges: [string, string][] = [];
  for (let at = 0; at < members.length; at += 1) {
    const from = members[at] ?? "";
    const to = members[at + 1] === "-" ? members[at + 2] : undefined;
    if (to !== undefined) at += 2;
    ranges.push([from, to ?? from]);
  }
  return ranges;
}

/** Slashes within a set do not occur in names, so splitting first is right. */
function splitNames(pattern: string): string[] {
  return pattern.split("/").filter((name) => name !== "" && name !== ".");
}

function expandBraces(glob: string): string[] {
  let pending = [glob];
  // Each round takes the first innermost brace of every pattern.
  for (;;) {
    const next = pending.flatMap(expandFirst);
    if (next.length > maxAlternatives) {
      throw new ToolFailure(`the braces stand for more than ${maxAlternatives} patterns`);
    }
    if (next.length === pending.length) return next;
    pending = next;
  }
}

function expandFirst(pattern: string): string[] {
  const [whole, inner] = /\{([^{}]*,[^{}]*)\}/.exec(pattern) ?? [];
  if (whole === undefined || inner === undefined) return [pattern];
  const at = pattern.indexOf(whole);
  const before = pattern.slice(0, at);
  const after = pattern.slice(at + whole.length);
  return inner.split(",").map((choice) => before + choice + after);
}
