// What each agent's calls did lately, over all of its trajectories: the ground of limits with
// `scope: agent`, so that a new name for every call sheds no history.

import type { EffectKind } from "../core/effect.ts";
import type { ProctorRecord } from "../core/record.ts";
import type { AgentHistory } from "../policy/policy.ts";

/** Effects kept per agent and kind; beyond them a count is Infinity, so that limits match. */
const maxTimesPerKind = 8192;
/** Longest window that a limit may look back; older events are dropped. */
export const maxWindowMs = 24 * 60 * 60 * 1000;

/** When effects of one kind were, ascending. */
interface Log {
  readonly times: number[];
  /** Effects at or before this time may have been dropped. */
  forgottenUntil: number;
}

/**
 * Exact for calls of this process: an intent is counted from before it is appended. Intents of
 * other processes are counted as soon as they are seen in the store.
 */
export interface Activity {
  historyOf(agent: string): AgentHistory;
  /** Counts effects at once; the returned function takes them back, once however often it is called. */
  reserve(agent: string, kinds: readonly EffectKind[], at: number): () => void;
  /** Counts an intent or a dispatch that another process appended. */
  apply(agent: string, record: ProctorRecord): void;
}

export function createActivity(): Activity {
  const agents = new Map<string, Map<EffectKind, Log>>();

  function logOf(agent: string, kind: EffectKind): Log {
    const logs = agents.get(agent) ?? new Map<EffectKind, Log>();
    const log = logs.get(kind) ?? { times: [], forgottenUntil: Number.NEGATIVE_INFINITY };
    agents.set(agent, logs);
    logs.set(kind, log);
    return log;
  }

  function add(agent: string, kinds: readonly EffectKind[], at: number): void {
    for (const kind of kinds) insert(logOf(agent, kind), at);
  }

  return {
    historyOf: (agent) => ({
      count(kinds, sinceMs) {
        const logs = agents.get(agent);
        if (logs === undefined) return 0;
        let count = 0;
        for (const kind of new Set(kinds)) count += countSince(logs.get(kind), sinceMs);
        return count;
      },
    }),
    reserve(agent, kinds, at) {
      add(agent, kinds, at);
      let left = kinds;
      return function takeBack() {
        for (const kind of left) remove(logOf(agent, kind), at);
        left = [];
      };
    },
    apply(agent, record) {
      add(agent, carriedKinds(record), record.at);
    },
  };
}

/** What goes ahead with this record. */
function carriedKinds(record: ProctorRecord): readonly EffectKind[] {
  if (record.type === "dispatch") return record.kinds;
  if (record.type !== "intent" || !record.dispatched || record.sameAs !== undefined) return [];
  return record.effects.map(({ kind }) => kind);
}

function countSince(log: Log | undefined, sinceMs: number): number {
  if (log === undefined) return 0;
  if (sinceMs <= log.forgottenUntil) return Number.POSITIVE_INFINITY;
  return log.times.length - firstFrom(log.times, sinceMs);
}

/** Nearly always at the end: clocks of several processes differ by little. */
function insert(log: Log, at: number): void {
  const last = log.times.at(-1);
  if (last === undefined || last <= at) log.times.push(at);
  else log.times.splice(firstFrom(log.times, at), 0, at);
  // Trimmed in halves, so that the cost per effect stays constant.
  if (log.times.length < 2 * maxTimesPerKind) return;
  const dropped = log.times.splice(0, log.times.length - maxTimesPerKind);
  log.forgottenUntil = Math.max(log.forgottenUntil, dropped.at(-1) ?? log.forgottenUntil);
}

/** One effect at exactly this time, if it is still kept. */
function remove(log: Log, at: number): void {
  const place = firstFrom(log.times, at);
  if (log.times[place] === at) log.times.splice(place, 1);
}

/** Index of the first time at or after `sinceMs`, by bisection. */
function firstFrom(times: readonly number[], sinceMs: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] ?? Number.POSITIVE_INFINITY) < sinceMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
