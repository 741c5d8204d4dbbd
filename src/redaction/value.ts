// Where a value ends that begins at an offset: after `password=`, after `--token `, after `-u `.

import { alphabets, isIn } from "./characters.ts";
import type { Quote, Source } from "./source.ts";

export interface Value {
  readonly start: number;
  readonly end: number;
  readonly quoted: boolean;
}

/** A quoted value may be so long; without its closing quote within that it is taken as unquoted. */
const maxQuotedLength = 8192;
/** `\\\"`: JSON in a string of JSON in a string. */
const maxBackslashes = 3;

/**
 * @param opens a quote at `at` opens for certain; else it does unless it closes one that is open
 * @returns undefined where no value stands there
 */
export function valueAt(source: Source, at: number, opens = false): Value | undefined {
  const { text } = source;
  const delimiter = delimiterAt(text, at);
  if (delimiter === undefined) return unquoted(text, at);
  const start = at + delimiter.length;
  if (!opens && delimiter.length === 1 && source.quoteAt(at) === delimiter) return undefined;
  const end = closingOf(text, start, delimiter);
  if (end === undefined) return unquoted(text, start);
  return end > start ? { start, end, quoted: true } : undefined;
}

/** A quote, and the backslashes that stand before it where a text is quoted in another. */
export function delimiterAt(text: string, at: number): string | undefined {
  let quote = at;
  while (quote < at + maxBackslashes && text.charAt(quote) === "\\") quote += 1;
  return isQuote(text.charAt(quote)) ? text.slice(at, quote + 1) : undefined;
}

function isQuote(character: string): character is Quote {
  return character === "'" || character === '"';
}

function closingOf(text: string, start: number, delimiter: string): number | undefined {
  const limit = Math.min(text.length, start + maxQuotedLength);
  for (let i = start; i < limit; i += 1) {
    if (text.startsWith(delimiter, i)) return i;
    // In double quotes a backslash takes the meaning from what follows.
    if (delimiter === '"' && text.charAt(i) === "\\") i += 1;
  }
  return undefined;
}

function unquoted(text: string, start: number): Value | undefined {
  let end = start;
  while (end < text.length) {
    const character = text.charAt(end);
    if (endsValue.has(character)) break;
    if (character === "\\") {
      if (!isLetterEscaped(text, end)) end += 2;
      else break;
    } else if (isQuote(character) && !continuesWord(text, end + 1)) {
      break;
    } else end += 1;
  }
  const last = withoutPunctuation(text, start, Math.min(end, text.length));
  return last > start ? { start, end: last, quoted: false } : undefined;
}

/** A quote before a comma or a blank closes what the value stands in; else it is amid one word. */
function continuesWord(text: string, at: number): boolean {
  return isIn(alphabets.alphanumeric, text, at) || text.charCodeAt(at) > 127;
}

const endsValue = new Set([..." \t\n\r\v\f\0;&|<>()`$,"]);

/** `\n` and `\"` in a text that is quoted in another: the end of a line, or of the text. */
function isLetterEscaped(text: string, backslash: number): boolean {
  return `nrt"'\\`.includes(text.charAt(backslash + 1));
}

/** Punctuation behind an unquoted value is the sentence's, or the bracket's that it stands in. */
function withoutPunctuation(text: string, start: number, end: number): number {
  let last = end;
  while (last > start && ".:!?]}".includes(text.charAt(last - 1))) last -= 1;
  return last;
}
