// Takes the secrets out of one text.
//
// What is taken out is cut into runs between the characters that could mean something to a shell, and
// each run gives way to a placeholder. So, whatever a detector took for a secret, and whatever quotes
// the text stands in: no quote is opened or closed, no command ended, no word added or lost.

import { isIn, placeholderCharacter, startOfRun, structural } from "./characters.ts";
import type { Detector, Span } from "./detectors/index.ts";
import type { Placeholders } from "./placeholder.ts";
import type { Source } from "./source.ts";
import { createSource } from "./source.ts";
import type { Triggers } from "./triggers.ts";
import { compileTriggers } from "./triggers.ts";

export interface TextRedactor {
  readonly types: ReadonlySet<string>;
  /** Returns the text itself where there is nothing to take out. */
  redact(text: string, placeholders: Placeholders, took: (type: string) => void): string;
}

/** @param detectors where two overlap, the earlier one gives the type */
export function createTextRedactor(detectors: readonly Detector[]): TextRedactor {
  const words = detectors.flatMap((detector, rank) =>
    detector.triggers.map((trigger) => ({ trigger, detector, rank, length: trigger.length })),
  );
  const triggers = compileTriggers(words.map(({ trigger }) => trigger));
  return {
    types: new Set(detectors.flatMap((detector) => detector.types)),
    redact: (text, placeholders, took) => {
      let result = text;
      for (let pass = 0; pass < maxPasses; pass += 1) {
        const spans = findSpans(result, triggers, words);
        const next = replace(result, spans, placeholders, took);
        if (next === result) break;
        result = next;
      }
      return result;
    },
  };
}

/**
 * A placeholder can make clear what stood unclear beside its secret: it is looked again until nothing
 * is found, so that what was redacted once is redacted for good.
 */
const maxPasses = 4;

interface Word {
  readonly detector: Detector;
  readonly rank: number;
  readonly length: number;
}

interface RankedSpan extends Span {
  readonly rank: number;
}

function findSpans(
  text: string,
  triggers: Triggers,
  words: readonly Word[],
): readonly RankedSpan[] {
  const spans: RankedSpan[] = [];
  let source: Source | undefined;
  /** Up to where the secrets of each detector reach. */
  const covered: number[] = [];
  triggers.scan(text, function take(index, end) {
    const word = words[index];
    if (word === undefined) return;
    const { detector, rank } = word;
    const start = end - word.length;
    if (start < (covered[rank] ?? 0) || isInPlaceholder(text, start, end)) return;
    source ??= createSource(text);
    for (const span of detector.find(source, start, end)) {
      covered[rank] = Math.max(span.end, covered[rank] ?? 0);
      spans.push({ ...span, rank });
    }
  });
  return spans.length < 2 ? spans : merged(spans);
}

const maxPlaceholderLength = 64;

/** `REDACTED_TOKEN: x` is no token that is given a value. */
function isInPlaceholder(text: string, start: number, end: number): boolean {
  const first = startOfRun(placeholderCharacter, text, end, end - maxPlaceholderLength);
  return first < start && text.slice(first, start).includes("REDACTED_");
}

/** Overlapping ones become one, of the type of the first in rank. */
function merged(spans: RankedSpan[]): readonly RankedSpan[] {
  spans.sort((a, b) => a.start - b.start || a.rank - b.rank);
  const result: RankedSpan[] = [];
  for (const span of spans) {
    const last = result.at(-1);
    if (last === undefined || span.start >= last.end) result.push(span);
    else result[result.length - 1] = union(last, span);
  }
  return result;
}

function union(a: RankedSpan, b: RankedSpan): RankedSpan {
  const { type, rank } = a.rank <= b.rank ? a : b;
  return { start: a.start, end: Math.max(a.end, b.end), type, rank };
}

function replace(
  text: string,
  spans: readonly RankedSpan[],
  placeholders: Placeholders,
  took: (type: string) => void,
): string {
  const pieces: string[] = [];
  let from = 0;
  for (const { start, end, type } of spans) {
    const secret = text.slice(start, end);
    const redacted = withoutRuns(secret, placeholders, () => placeholders.of(type, secret));
    if (redacted === secret) continue;
    took(type);
    pieces.push(text.slice(from, start), redacted);
    from = end;
  }
  return from === 0 ? text : pieces.join("") + text.slice(from);
}

/** A run without a letter or a digit is no secret, and a placeholder is none any more. */
function withoutRuns(secret: string, { isOne }: Placeholders, placeholder: () => string): string {
  const pieces: string[] = [];
  for (let at = 0; at < secret.length; ) {
    const runStart = skipStructural(secret, at);
    const runEnd = runEndOf(secret, runStart);
    const run = secret.slice(runStart, runEnd);
    const stays = !/[\p{L}\p{N}]/u.test(run) || isOne(run);
    pieces.push(secret.slice(at, runStart), stays ? run : placeholder());
    at = runEnd;
  }
  return pieces.join("");
}

/** A backslash takes the next character with it: `\n` in a quoted text is no `n`. */
function skipStructural(text: string, start: number): number {
  let at = start;
  while (at < text.length && isIn(structural, text, at)) at += text.charAt(at) === "\\" ? 2 : 1;
  return Math.min(at, text.length);
}

function runEndOf(text: string, start: number): number {
  let at = start;
  while (at < text.length && !isIn(structural, text, at)) at += 1;
  return at;
}
