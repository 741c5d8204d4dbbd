// Where effects are collected: filled in, cut to size, counted against the limits.

import type { Certainty, Effect } from "../../core/effect.ts";
import { LimitReached, limits } from "../limits.ts";
import type { EffectDraft, Span } from "./command.ts";

/** What the place of a command adds to its effects. */
export interface Place {
  readonly certainty: Certainty;
  readonly via: string;
  readonly span: Span;
}

export class Sink {
  readonly effects: Effect[] = [];
  #text = 0;
  #repeating = 0;
  #seen: Map<string, Certainty> | undefined;

  add(draft: EffectDraft, place: Place): undefined {
    const certainty = place.certainty === "possible" ? "possible" : (draft.certainty ?? "certain");
    const { via, span } = place;
    const effect: Effect = trim({ ...draft, certainty, via: clip(via, maxVia), span });
    if (this.#repeating > 0 && this.#isRepeated(effect)) return;
    if (this.effects.length >= limits.effects) throw new LimitReached("effects");
    this.#text += textLength(effect);
    if (this.#text > limits.effectText) throw new LimitReached("effectText");
    this.effects.push(effect);
  }

  /** Within `action`, an effect that was there before in it is not added again: rounds of a loop. */
  repeating<Result>(action: () => Result): Result {
    this.#repeating += 1;
    this.#seen ??= new Map();
    try {
      return action();
    } finally {
      this.#repeating -= 1;
      if (this.#repeating === 0) this.#seen = undefined;
    }
  }

  /** Was it there before, at least as certain? */
  #isRepeated(effect: Effect): boolean {
    const key = keyOf(effect);
    const before = this.#seen?.get(key);
    if (before === "certain" || before === effect.certainty) return true;
    this.#seen?.set(key, effect.certainty);
    return false;
  }
}

/** Programs that only look are one effect of a loop, whatever words they are given. */
function keyOf(effect: Effect): string {
  const looks = effect.kind === "execute" && effect.inspects;
  return JSON.stringify(
    looks ? { ...effect, words: [], certainty: "" } : { ...effect, certainty: "" },
  );
}

const maxVia = 120;
const maxWhy = 200;

function trim(effect: Effect): Effect {
  switch (effect.kind) {
    case "execute":
      return isLong(effect.words) ? { ...effect, words: shorten(effect.words) } : effect;
    case "unknown":
      return effect.why.length > maxWhy ? { ...effect, why: clip(effect.why, maxWhy) } : effect;
    default:
      return effect;
  }
}

function isLong(words: readonly string[]): boolean {
  return (
    words.length > limits.recordedWords ||
    words.some((word) => word.length > limits.recordedWordLength)
  );
}

function shorten(words: readonly string[]): readonly string[] {
  return words.slice(0, limits.recordedWords).map((word) => clip(word, limits.recordedWordLength));
}

function clip(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}

function textLength(effect: Effect): number {
  const target = "target" in effect ? (effect.target?.path.length ?? 0) : 0;
  switch (effect.kind) {
    case "execute":
      return target + effect.words.reduce((sum, word) => sum + word.length, 0);
    case "move":
      return target + effect.destination.path.length;
    case "unknown":
      return effect.why.length;
    case "connect":
      return effect.host.length;
    default:
      return target;
  }
}
