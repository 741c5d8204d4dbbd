// The values of string literals, with what the code in them yields.

import { partsOf, unmarked } from "../../text.ts";
import type { Language } from "../language.ts";
import type { Piece } from "../lexer/lexicon.ts";
import { concat, text, type Value } from "../values.ts";
import type { ReadCode } from "./host.ts";

export function stringValue(
  pieces: readonly Piece[],
  language: Language,
  readCode: ReadCode,
): Value {
  let value: Value = text("");
  for (const piece of pieces) {
    const next =
      piece.kind === "text" ? literal(piece.text) : readCode(formatless(piece.source, language));
    value = concat(value, next);
  }
  return value;
}

/** A literal that was put together by the shell may have holes in it. */
function literal(source: string): Value {
  return { kind: "text", parts: partsOf(unmarked(source, "a value of the shell")) };
}

/** Python's `{x!r:>10}` without what follows the expression. */
function formatless(source: string, language: Language): string {
  if (!language.lexicon.stringPrefixes) return source;
  let depth = 0;
  for (let at = 0; at < source.length; at += 1) {
    const c = source[at];
    if (c === "(" || c === "[" || c === "{") depth += 1;
    if (c === ")" || c === "]" || c === "}") depth -= 1;
    if (depth === 0 && (c === ":" || (c === "!" && source[at + 1] !== "=")))
      return source.slice(0, at);
  }
  return source;
}
