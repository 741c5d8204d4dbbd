// Two doors see one call, or one id stands for two.

import type { ToolCall } from "../core/call.ts";
import type { IntentRecord } from "../core/record.ts";
import type { AgentHistory } from "../policy/policy.ts";
import type { SeenCall, TrajectoryState } from "../trajectory/state.ts";

/** What the intent says of it. */
export type Join = Pick<IntentRecord, "sameAs" | "idReused" | "resumes">;

/**
 * One step only if agent and trajectory, call id and what the call does agree, and each door saw it
 * once; else an id that came before is flagged, and the steps are two. Each door decides all the same.
 */
export function joinOf(
  { calls, resumable }: Pick<TrajectoryState, "calls" | "resumable">,
  { id, door }: ToolCall,
  action: string | undefined,
  resumes: string | undefined,
): Join {
  // Decided anew, and counted once: the client has only added what its first result asked for.
  const first = resumes === undefined ? undefined : resumable.get(resumes);
  if (first?.resumed === false) return { sameAs: first.step, resumes };
  const seen = id === undefined ? undefined : calls.get(id);
  if (seen === undefined) return {};
  const { step, doors, ambiguous } = seen;
  if (ambiguous || seen.action !== action || doors.includes(door)) return { idReused: true };
  return { sameAs: step };
}

/** The call that was recorded before, where it is the same: by another door, or to be sent again. */
export function twinOf(
  { calls, resumable }: Pick<TrajectoryState, "calls" | "resumable">,
  { sameAs }: Join,
): SeenCall | undefined {
  if (sameAs === undefined) return undefined;
  return [...calls.values(), ...resumable.values()].find(({ step }) => step === sameAs);
}

/** The agent's history without it: a call does not count against itself. */
export function without(twin: SeenCall | undefined, history: AgentHistory): AgentHistory {
  if (twin === undefined) return history;
  return {
    count(kinds, sinceMs) {
      const own = twin.at < sinceMs ? [] : twin.kinds.filter(([kind]) => kinds.includes(kind));
      return history.count(kinds, sinceMs) - own.reduce((sum, [, number]) => sum + number, 0);
    },
  };
}
