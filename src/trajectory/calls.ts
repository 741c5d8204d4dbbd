// Which calls are one call: ids that several doors see, and calls that are sent again with input.

import { setNewest } from "../core/newest.ts";
import type { IntentRecord } from "../core/record.ts";
import { kindsOf } from "./counts.ts";
import type { Draft } from "./draft.ts";
import { type PendingStep, type ResumableCall, type SeenCall, stateLimits } from "./state.ts";

export function see(
  calls: Map<string, SeenCall>,
  id: string,
  { step, at, effects, call: { door }, sameAs }: IntentRecord,
  action: string,
): void {
  const kinds = kindsOf(effects);
  const first = calls.get(id) ?? { step, action, at, kinds, doors: [], ambiguous: false };
  const ambiguous = first.ambiguous || (first.step !== step && sameAs === undefined);
  calls.set(id, { ...first, doors: [...new Set([...first.doors, door])], ambiguous });
  if (calls.size <= stateLimits.maxCallIds) return;
  for (const oldest of calls.keys()) {
    calls.delete(oldest);
    return;
  }
}

export function resume(resumable: Map<string, ResumableCall>, digest: string): void {
  const call = resumable.get(digest);
  if (call !== undefined) resumable.set(digest, { ...call, resumed: true });
}

/** What is sent again, however often, is the call that came first. */
export function awaitInput(
  { resumable }: Draft,
  { step, at, kinds, digest, sameAs }: PendingStep,
  interim: string,
): void {
  const first = [...resumable.values()].find((one) => one.step === sameAs);
  const own = { step, action: digest, at, kinds, doors: [], ambiguous: false };
  setNewest(resumable, interim, { ...(first ?? own), resumed: false }, stateLimits.maxResumable);
}

/** Whoever comes with the id of a refused call tries it another time. */
export function disown(calls: Map<string, SeenCall>, step: number): void {
  for (const [id, seen] of calls) {
    if (seen.step === step) calls.set(id, { ...seen, ambiguous: true });
  }
}
