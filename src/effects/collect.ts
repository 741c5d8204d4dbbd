// Effects of one call as they are found, within the limits.

import type { Effect } from "../core/effect.ts";
import type { EffectDraft } from "./bash/command.ts";
import { LimitReached, limits } from "./limits.ts";

export interface Collector {
  readonly effects: readonly Effect[];
  /** Certain, unless the draft says otherwise. */
  add(draft: EffectDraft): void;
  /** Doubt, said once for each reason. */
  doubt(why: string): void;
  /** Effects that are complete already. */
  append(effects: readonly Effect[]): void;
}

/** `via`: the part of the call that the effects are laid to. */
export function createCollector(via: string): Collector {
  const effects: Effect[] = [];
  const doubts = new Set<string>();
  let text = 0;

  function append(more: readonly Effect[]): void {
    for (const effect of more) {
      if (effects.length === limits.effects) throw new LimitReached("effects");
      text += textLength(effect);
      if (text > limits.effectText) throw new LimitReached("effectText");
      effects.push(effect);
    }
  }

  function add(draft: EffectDraft): void {
    append([{ ...draft, certainty: draft.certainty ?? "certain", via: draft.via ?? via }]);
  }

  return {
    effects,
    append,
    add,
    doubt(why) {
      if (doubts.has(why)) return;
      doubts.add(why);
      add({ kind: "unknown", why });
    },
  };
}

/** What of an effect can be long. */
function textLength(effect: Effect): number {
  const target = "target" in effect ? (effect.target?.path.length ?? 0) : 0;
  switch (effect.kind) {
    case "move":
      return target + effect.destination.path.length;
    case "execute":
      return target + effect.words.reduce((sum, word) => sum + word.length, 0);
    case "permission":
      return target + (effect.change?.length ?? 0);
    case "unknown":
      return target + effect.why.length;
    default:
      return target;
  }
}
