// A command's text with its effects marked where they stand.

import { type Effect, onlyLooks } from "../core/effect.ts";
import type { Json } from "../core/json.ts";

export interface Segment {
  readonly text: string;
  /** The strongest effect of this part; absent: none is written here. */
  readonly tone?: Tone;
  /** 1-based numbers, in the call's list, of the effects that begin here. */
  readonly begins: readonly number[];
}

/** `loss`: deletes, overwrites, discards; `doubt`: not known; `change`: anything else but a look. */
export type Tone = "loss" | "doubt" | "change" | "look";

const weight: Record<Tone, number> = { look: 0, change: 1, doubt: 2, loss: 3 };

export function toneOf(effect: Effect): Tone {
  switch (effect.kind) {
    case "delete":
    case "truncate":
    case "discard":
      return "loss";
    case "move":
      return effect.overwrites === "no" ? "change" : "loss";
    case "unknown":
      return "doubt";
    case "read":
    case "list":
    case "write":
    case "permission":
    case "execute":
    case "connect":
    case "privilege":
      return onlyLooks(effect) ? "look" : "change";
  }
}

/** Where secrets were taken out of a text, the offsets are those of another. */
export function isRedacted(text: string): boolean {
  return /REDACTED_[A-Z]/.test(text);
}

/** Cut at every boundary of an effect; the parts together are the text. */
export function markedText(text: string, effects: readonly Effect[]): readonly Segment[] {
  const spans = effects.flatMap((effect, i) => {
    const { start, end } = effect.span ?? { start: 0, end: 0 };
    return start < end && end <= text.length
      ? [{ start, end, number: i + 1, tone: toneOf(effect) }]
      : [];
  });
  const cuts = [...new Set([0, text.length, ...spans.flatMap(({ start, end }) => [start, end])])];
  cuts.sort((a, b) => a - b);
  return cuts.slice(0, -1).map((from, i) => {
    const to = cuts[i + 1] ?? text.length;
    const over = spans.filter(({ start, end }) => start <= from && end >= to);
    const tones = over.map(({ tone }) => tone).sort((a, b) => weight[b] - weight[a]);
    return {
      text: text.slice(from, to),
      ...(tones[0] === undefined ? {} : { tone: tones[0] }),
      begins: over.filter(({ start }) => start === from).map(({ number }) => number),
    };
  });
}

/** Members that hold a command, in the tools of everybody; else the longest text that the spans fit. */
const commandNames = ["command", "cmd", "script", "code", "input"];

/**
 * Which argument the effects' offsets speak of. Undefined where none is long enough: then the effects
 * stand in no text.
 */
export function commandOf(
  given: Json,
  effects: readonly Effect[],
): { name: string; text: string } | undefined {
  if (typeof given !== "object" || given === null || Array.isArray(given)) return undefined;
  const end = effects.reduce((most, { span }) => Math.max(most, span?.end ?? 0), 0);
  if (end === 0) return undefined;
  const texts = Object.entries(given).flatMap(([name, value]) =>
    typeof value === "string" && value.length >= end ? [{ name, text: value }] : [],
  );
  const named = texts.find(({ name }) => commandNames.includes(name));
  return named ?? texts.sort((a, b) => b.text.length - a.text.length)[0];
}
