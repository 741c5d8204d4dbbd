// What each agent's calls did lately, over all of its trajectories: the ground of limits with
// `scope: agent`, so that a new name for every call sheds no history.

import type { EffectKind } from "../core/effect.ts";
import type { ProctorRecord } from "../core/record.ts";
import type { AgentHistory } from "../policy/policy.ts";

/** Effects kept per agent; beyond them a count is Infinity, so that limits match. */
const maxEventsPerAgent = 8192;
/** Longest window that a limit may look back; older events are dropped. */
export const maxWindowMs = 24 * 60 * 60 * 1000;

interface Event {
  readonly at: number;
  readonly kind: EffectKind;
}

interface Log {
  events: Event[];
  /** Events at or before this time may have been dropped. */
  forgottenUntil: number;
}

/**
 * Exact for calls of this process: an intent is counted from before it is appended. Intents of
 * other processes are counted as soon as they are seen in the store.
 */
export interface Activity {
  historyOf(agent: string): AgentHistory;
  /** Counts effects at once; the returned function takes them back. */
  reserve(agent: string, kinds: readonly EffectKind[], at: number): () => void;
  /** Counts an intent that another process appended. */
  apply(agent: string, record: ProctorRecord): void;
}

export function createActivity(): Activity {
  const logs = new Map<string, Log>();

  function logOf(agent: string): Log {
    const known = logs.get(agent);
    if (known !== undefined) return known;
    const created: Log = { events: [], forgottenUntil: Number.NEGATIVE_INFINITY };
    logs.set(agent, created);
    return created;
  }

  function add(log: Log, events: readonly Event[]): void {
    log.events.push(...events);
    // Trimmed in halves, so that the cost per event stays constant.
    if (log.events.length < 2 * maxEventsPerAgent) return;
    const dropped = log.events.splice(0, log.events.length - maxEventsPerAgent);
    for (const { at } of dropped) log.forgottenUntil = Math.max(log.forgottenUntil, at);
  }

  return {
    historyOf: (agent) => ({
      count(kinds, sinceMs) {
        const log = logs.get(agent);
        if (log === undefined) return 0;
        if (sinceMs <= log.forgottenUntil) return Number.POSITIVE_INFINITY;
        return log.events.filter(({ at, kind }) => at >= sinceMs && kinds.includes(kind)).length;
      },
    }),
    reserve(agent, kinds, at) {
      const events = kinds.map((kind) => ({ at, kind }));
      const log = logOf(agent);
      add(log, events);
      return function takeBack() {
        const taken = new Set(events);
        log.events = log.events.filter((event) => !taken.has(event));
      };
    },
    apply(agent, record) {
      if (record.type !== "intent" || record.decision.verdict !== "allow") return;
      add(
        logOf(agent),
        record.effects.map(({ kind }) => ({ at: record.at, kind })),
      );
    },
  };
}
