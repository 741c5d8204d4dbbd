// What a string's source says: text, with its escapes resolved, and code.

import { isDigit, isNamePart, isNameStart } from "./characters.ts";
import type { Escapes, Interpolation, Piece, Quote } from "./lexicon.ts";

/** What begins code that may hold the quote itself. */
export const codeMarks: ReadonlyMap<Interpolation, string> = new Map([
  ["dollarBrace", "${"],
  ["hashBrace", "#{"],
]);

const simpleEscapes: ReadonlyMap<string, string> = new Map([
  ["n", "\n"],
  ["t", "\t"],
  ["r", "\r"],
  ["0", "\0"],
  ["a", "\x07"],
  ["b", "\b"],
  ["f", "\f"],
  ["v", "\v"],
  ["e", "\x1b"],
  ["\n", ""],
]);

/** A string's source as known text and code. */
export function decode(source: string, quote: Pick<Quote, "escapes" | "interpolation">): Piece[] {
  const pieces: Piece[] = [];
  let text = "";
  let at = 0;
  const flush = (): undefined => {
    if (text !== "") pieces.push({ kind: "text", text });
    text = "";
  };
  while (at < source.length) {
    if (source[at] === "\\" && quote.escapes !== "verbatim") {
      const found = readEscape(source, at, quote.escapes);
      text += found.text;
      at = found.end;
      continue;
    }
    const code = readInterpolation(source, at, quote.interpolation);
    if (code === undefined) {
      text += source[at];
      at += 1;
    } else {
      flush();
      text = code.literal ?? "";
      if (code.literal === undefined) pieces.push({ kind: "code", source: code.source });
      at = code.end;
    }
  }
  flush();
  return pieces;
}

function readEscape(source: string, at: number, escapes: Escapes): { text: string; end: number } {
  const c = source[at + 1] ?? "";
  if (escapes === "quote") {
    const known = c === "\\" || c === "'" || c === '"';
    return { text: known ? c : `\\${c}`, end: at + 2 };
  }
  const digits =
    /^(?:x([0-9A-Fa-f]{1,2})|x\{([0-9A-Fa-f]{1,6})\}|u([0-9A-Fa-f]{4})|u\{([0-9A-Fa-f]{1,6})\}|U([0-9A-Fa-f]{8})|([0-7]{1,3}))/.exec(
      source.slice(at + 1, at + 11),
    );
  const hex = digits?.[1] ?? digits?.[2] ?? digits?.[3] ?? digits?.[4] ?? digits?.[5];
  const code = hex === undefined ? Number.parseInt(digits?.[6] ?? "", 8) : Number.parseInt(hex, 16);
  if (digits !== null && code <= 0x10ffff) {
    return { text: String.fromCodePoint(code), end: at + 1 + digits[0].length };
  }
  return { text: simpleEscapes.get(c) ?? c, end: at + 2 };
}

interface Interpolated {
  readonly source: string;
  readonly end: number;
  /** It stands for itself: `{{`. */
  readonly literal?: string;
}

function readInterpolation(
  source: string,
  at: number,
  how: Interpolation,
): Interpolated | undefined {
  const c = source[at];
  switch (how) {
    case "none":
      return undefined;
    case "brace":
      if ((c === "{" || c === "}") && source[at + 1] === c)
        return { source: "", end: at + 2, literal: c };
      return c === "{" ? braced(source, at + 1) : undefined;
    case "dollarBrace":
      return c === "$" && source[at + 1] === "{" ? braced(source, at + 2) : undefined;
    case "hashBrace":
      return c === "#" && source[at + 1] === "{" ? braced(source, at + 2) : undefined;
    case "dollar":
      return dollar(source, at);
  }
}

function dollar(source: string, at: number): Interpolated | undefined {
  const c = source[at] ?? "";
  const next = source[at + 1] ?? "";
  if (c === "{" && next === "$") return braced(source, at + 1);
  if (c !== "$" && c !== "@") return undefined;
  if (next === "{") return braced(source, at + 2);
  if (!isNameStart(next) && !(c === "$" && isDigit(next))) return undefined;
  let end = at + 2;
  while (isNamePart(source[end] ?? " ")) end += 1;
  return { source: source.slice(at, end), end };
}

/** Code up to the matching brace. */
export function braced(source: string, start: number): Interpolated {
  let depth = 1;
  for (let at = start; at < source.length; at += 1) {
    if (source[at] === "{") depth += 1;
    if (source[at] === "}") depth -= 1;
    if (depth === 0) return { source: source.slice(start, at), end: at + 1 };
  }
  return { source: source.slice(start), end: source.length };
}

/** `(?{ code })` in a regular expression runs. */
export function codeBlocks(text: string): Piece[] {
  return text.includes("(?{") || text.includes("(??{") ? [{ kind: "code", source: text }] : [];
}
