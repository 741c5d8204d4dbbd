// Text that may be partly unknown: what a variable holds, what a substitution yields.

import { limits } from "../limits.ts";
import type { Span, Word, WordPart } from "./command.ts";

/** A string where all of it is known; else its parts, adjacent texts merged. */
export type Text = string | readonly WordPart[];

export function hole(why: string, oneOf?: readonly string[]): Text {
  return [oneOf === undefined ? { kind: "hole", why } : { kind: "hole", why, oneOf }];
}

/** What a program writes that writes only names. */
export function namesHole(why: string, names: readonly Word[] | undefined): Text {
  return [names === undefined ? { kind: "hole", why } : { kind: "hole", why, names }];
}

/** The names that a text is lines of; undefined: it is anything else. */
export function namesIn(text: Text): readonly Word[] | undefined {
  if (typeof text === "string") return undefined;
  const [only, ...others] = text;
  return only?.kind === "hole" && others.length === 0 ? only.names : undefined;
}

export function isKnown(text: Text): text is string {
  return typeof text === "string";
}

/** Is nothing known of it? */
export function isHole(text: Text): boolean {
  return typeof text !== "string" && text.every((part) => part.kind === "hole");
}

export function partsOf(text: Text): readonly WordPart[] {
  if (typeof text !== "string") return text;
  return text === "" ? [] : [{ kind: "text", text }];
}

/** Parts as a text: adjacent known ones merged, a fully known one as a string. */
export function textOfParts(parts: readonly WordPart[]): Text {
  const merged: WordPart[] = [];
  for (const part of parts) {
    const last = merged.at(-1);
    if (part.kind !== "text" || last?.kind !== "text") merged.push(part);
    else merged[merged.length - 1] = { kind: "text", text: last.text + part.text };
  }
  if (merged.length === 0) return "";
  const [only] = merged;
  return merged.length === 1 && only?.kind === "text" ? only.text : merged;
}

export function concat(...texts: readonly Text[]): Text {
  if (texts.every(isKnown)) return texts.join("");
  return textOfParts(texts.flatMap(partsOf));
}

/** Is it empty? undefined: that is not known. */
export function isEmpty(text: Text): boolean | undefined {
  if (typeof text === "string") return text === "";
  // A pathname that matched a pattern is never empty.
  if (text.some((part) => part.kind === "glob" || (part.kind === "text" && part.text !== "")))
    return false;
  const [only] = text;
  if (text.length === 1 && only?.kind === "hole" && only.oneOf?.every((one) => one !== ""))
    return false;
  return undefined;
}

export function sameText(a: Text, b: Text): boolean {
  if (typeof a === "string" || typeof b === "string") return a === b;
  return a === b || (a.length === b.length && a.every((part, i) => samePart(part, b[i])));
}

function samePart(a: WordPart, b: WordPart | undefined): boolean {
  if (b === undefined) return false;
  if (a.kind === "hole" || b.kind === "hole") {
    return a.kind === "hole" && b.kind === "hole" && a.why === b.why && a.oneOf === b.oneOf;
  }
  return a.kind === b.kind && a.text === b.text;
}

/**
 * Stands for a hole in shell text that is parsed again (`bash -c "rm $x"`): a character of the
 * private use area, which an expansion turns back into a hole. Where an input brings its own, that
 * becomes a hole as well, which is only more careful.
 */
export const holeMark = "\uE0F0";

/** The text as a string, each part that is not known as a mark. */
export function marked(text: Text): string {
  if (typeof text === "string") return text;
  return text.map((part) => (part.kind === "text" ? part.text : holeMark)).join("");
}

/** Marked text as people may read it. */
export function readable(text: string): string {
  return text.replaceAll(holeMark, "…");
}

/** The inverse of `marked`. */
export function unmarked(text: string, why: string): Text {
  if (!text.includes(holeMark)) return text;
  const parts: WordPart[] = [];
  for (const piece of text.split(holeMark))
    parts.push({ kind: "text", text: piece }, { kind: "hole", why });
  parts.pop();
  return textOfParts(parts.filter((part) => part.kind === "hole" || part.text !== ""));
}

/** A word with one exact value. */
export function literalWord(value: string, source: string, span: Span): Word {
  return { value, parts: [{ kind: "text", text: value }], many: false, source, span };
}

/** A word of this text. */
export function wordOfText(text: Text, source: string, span: Span, many = false): Word {
  if (isKnown(text)) return literalWord(text, source, span);
  return { value: undefined, parts: text, many, source, span };
}

/** A text within the limit of what is kept; a longer one is not known. */
export function bounded(text: Text): Text {
  const length = isKnown(text)
    ? text.length
    : text.reduce((sum, part) => sum + partLength(part), 0);
  return length > limits.textLength ? hole("a text longer than the limit textLength") : text;
}

function partLength(part: WordPart): number {
  return part.kind === "hole" ? 16 : part.text.length + 16;
}
