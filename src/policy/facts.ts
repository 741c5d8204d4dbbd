// What comes from outside of the trajectory, and a note of what was looked at.

import type { EffectKind } from "../core/effect.ts";
import type { Json } from "../core/json.ts";
import type { Facts } from "./policy.ts";

export interface FactsView {
  nowMs(): number;
  /** Names of the alarms that are latched. */
  alarms(): readonly string[];
  /** Effects of these kinds in the agent's calls not refused, in the last `windowMs`. */
  agentCount(kinds: readonly EffectKind[], windowMs: number): number;
}

/** A view of the facts that remembers what was looked at. */
export function observe(facts: Facts): { view: FactsView; seen: Map<string, Json> } {
  const seen = new Map<string, Json>();

  function nowMs(): number {
    seen.set("nowMs", facts.nowMs);
    return facts.nowMs;
  }

  return {
    seen,
    view: {
      nowMs,
      alarms() {
        seen.set("alarms", facts.alarms);
        return facts.alarms;
      },
      agentCount(kinds, windowMs) {
        const count = facts.agentHistory.count(kinds, nowMs() - windowMs);
        seen.set(`agent ${kinds.join("+")} ${windowMs}ms`, Number.isFinite(count) ? count : "many");
        return count;
      },
    },
  };
}
