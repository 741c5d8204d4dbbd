// Bash patterns: matching known text, and their form as a `Target` pattern.
// https://www.gnu.org/software/bash/manual/html_node/Pattern-Matching.html

import { quotePattern } from "../paths.ts";
import type { WordPart } from "./command.ts";

type Token =
  | { readonly kind: "one"; readonly char: string }
  | { readonly kind: "any" }
  | { readonly kind: "star" }
  | { readonly kind: "set"; readonly accepts: (char: string) => boolean };

/** A compiled pattern; undefined: it has an extended operator, which is not followed. */
export type Pattern = readonly Token[] | undefined;

/** More comparisons than this are not made. */
const maxComparisons = 1 << 18;

/** In `source`, a backslash quotes the next character. */
export function compilePattern(source: string): Pattern {
  const tokens: Token[] = [];
  const chars = [...source];
  for (let at = 0; at < chars.length; at += 1) {
    const char = chars[at] ?? "";
    if ("?*+@!".includes(char) && chars[at + 1] === "(") return undefined;
    if (char === "\\" && at + 1 < chars.length)
      tokens.push({ kind: "one", char: chars[++at] ?? "" });
    else if (char === "?") tokens.push({ kind: "any" });
    else if (char === "*") {
      if (tokens.at(-1)?.kind !== "star") tokens.push({ kind: "star" });
    } else if (char === "[") {
      const set = bracket(chars, at);
      tokens.push(set?.token ?? { kind: "one", char });
      at = set?.end ?? at;
    } else tokens.push({ kind: "one", char });
  }
  return tokens;
}

/** Does all of `text` match? undefined: that is not decided. */
export function matches(pattern: Pattern, text: string): boolean | undefined {
  if (pattern === undefined) return undefined;
  const chars = [...text];
  if (pattern.length * chars.length > maxComparisons) return undefined;
  let token = 0;
  let at = 0;
  let star = -1;
  let resume = 0;
  while (at < chars.length) {
    const current = pattern[token];
    if (current?.kind === "star") {
      star = token++;
      resume = at;
    } else if (current !== undefined && accepts(current, chars[at] ?? "")) {
      token += 1;
      at += 1;
    } else if (star >= 0) {
      token = star + 1;
      at = ++resume;
    } else return false;
  }
  while (pattern[token]?.kind === "star") token += 1;
  return token === pattern.length;
}

/** Quotes every character that is special in a pattern. */
export function quoteForPattern(text: string): string {
  return text.replace(/[\\*?[\]@!+(){}|]/g, "\\$&");
}

/** Can this text match anything but itself, so that the shell looks for pathnames? */
export function hasGlob(text: string): boolean {
  return /[*?]|\[.*\]|[@!+]\([^()]*\)/s.test(text);
}

/**
 * Unquoted text as the parts of a word: what is a pattern in it as `glob`. A bracket expression, or
 * the `@(a|b)` of extglob, is widened to `*`, since the word stays as it is where nothing matches.
 */
export function globParts(text: string): readonly WordPart[] {
  const parts: WordPart[] = [];
  let at = 0;
  for (const match of text.matchAll(
    /[@!+*?]\([^()]*\)|\*+|\?|\[[!^]?\]?(?:\[[:.=][^\]]*\]|[^\]/])*\]/g,
  )) {
    if (match.index > at) parts.push({ kind: "text", text: text.slice(at, match.index) });
    parts.push(globPart(match[0]));
    at = match.index + match[0].length;
  }
  if (at < text.length) parts.push({ kind: "text", text: text.slice(at) });
  return parts;
}

/** A name that is there or is not: as a pattern that matches it alone. */
export function exactPattern(name: string): WordPart {
  return { kind: "glob", text: quotePattern(name), pattern: quoteForPattern(name) };
}

/** One operator of a pattern. */
export function globPart(pattern: string): WordPart {
  return { kind: "glob", text: pattern === "?" ? "?" : "*", pattern };
}

function accepts(token: Token, char: string): boolean {
  switch (token.kind) {
    case "one":
      return token.char === char;
    case "any":
      return true;
    case "star":
      return true;
    case "set":
      return token.accepts(char);
  }
}

const classes: ReadonlyMap<string, RegExp> = new Map([
  ["alpha", /[A-Za-z]/],
  ["digit", /[0-9]/],
  ["alnum", /[A-Za-z0-9]/],
  ["upper", /[A-Z]/],
  ["lower", /[a-z]/],
  ["space", /\s/],
  ["blank", /[ \t]/],
  ["punct", /[!-/:-@[-`{-~]/],
  ["xdigit", /[0-9A-Fa-f]/],
  ["word", /[A-Za-z0-9_]/],
  ["cntrl", /[\0-\x1f\x7f]/],
  ["print", /[ -~]/],
  ["graph", /[!-~]/],
]);

/** The bracket expression that begins at `start`; undefined where the bracket is an ordinary character. */
function bracket(
  chars: readonly string[],
  start: number,
): { readonly token: Token; readonly end: number } | undefined {
  let at = start + 1;
  const negated = chars[at] === "!" || chars[at] === "^";
  if (negated) at += 1;
  const tests: ((char: string) => boolean)[] = [];
  for (let first = true; at < chars.length; first = false) {
    const char = chars[at] ?? "";
    if (char === "]" && !first) {
      const accepts = (candidate: string) => tests.some((test) => test(candidate)) !== negated;
      return { token: { kind: "set", accepts }, end: at };
    }
    const named = char === "[" && chars[at + 1] === ":" ? className(chars, at) : undefined;
    if (named !== undefined) {
      const pattern = classes.get(named);
      tests.push((candidate) => pattern?.test(candidate) ?? false);
      at += named.length + 4;
      continue;
    }
    if (char === "\\") at += 1;
    const low = chars[at] ?? "";
    if (chars[at + 1] === "-" && chars[at + 2] !== "]" && at + 2 < chars.length) {
      const high = chars[at + 2] ?? "";
      tests.push((candidate) => candidate >= low && candidate <= high);
      at += 3;
    } else {
      tests.push((candidate) => candidate === low);
      at += 1;
    }
  }
  return undefined;
}

function className(chars: readonly string[], at: number): string | undefined {
  return /^\[:([a-z]+):\]/.exec(chars.slice(at, at + 12).join(""))?.[1];
}
