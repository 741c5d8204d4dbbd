// Which text a syntax tree was parsed from, and where that text stands in the outermost one.

import type { Span, Word } from "./command.ts";
import { holeMark } from "./text.ts";

export interface Source {
  readonly text: string;
  /** Offset of `text` in the outermost text; undefined: it does not stand there as it is. */
  readonly base: number | undefined;
  /** Where the text came from, where `base` is undefined. */
  readonly span: Span;
  /** Holds marks for holes. */
  readonly marked: boolean;
}

export function outermost(text: string): Source {
  return sourceAt(text, { start: 0, end: text.length }, 0);
}

/** Text that was computed; effects in it bear the span of what computed it. */
export function generated(text: string, span: Span): Source {
  return sourceAt(text, span, undefined);
}

/** The text of a word: where it stands there as it is, effects bear their exact place. */
export function sourceOfWord(text: string, word: Word): Source {
  const { source, span } = word;
  const verbatim = source.length === span.end - span.start;
  if (verbatim && source === text) return sourceAt(text, span, span.start);
  if (verbatim && source.slice(1, -1) === text) return sourceAt(text, span, span.start + 1);
  return generated(text, span);
}

export function spanOf(source: Source, { pos, end }: { pos: number; end: number }): Span {
  if (source.base === undefined) return source.span;
  // The parser lets a backslash at the end of a broken text quote a character behind it.
  const { length } = source.text;
  return { start: source.base + Math.min(pos, length), end: source.base + Math.min(end, length) };
}

function sourceAt(text: string, span: Span, base: number | undefined): Source {
  return { text, base, span, marked: text.includes(holeMark) };
}
