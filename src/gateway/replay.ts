// The recorded outcome of a step, for a repeated Idempotency-Key.

import { ProctorError } from "../core/errors.ts";
import type { Outcome } from "../core/outcome.ts";
import type { IntentRecord } from "../core/record.ts";
import type { Ended } from "../gateway.ts";
import type { Persistence } from "../store/store.ts";
import { contentOf } from "./contents.ts";
import type { LiveTrajectory } from "./live.ts";

/**
 * Reads the trajectory for the step's outcome; the content is as recorded, so redacted.
 *
 * @throws ProctorError `idempotency_pending`
 */
export async function recordedAnswer(
  store: Persistence,
  live: LiveTrajectory,
  step: number,
): Promise<Ended> {
  const { intent, outcome } = await readStep(store, live, step);
  if (intent === undefined || outcome === undefined) {
    throw new ProctorError("idempotency_pending", `step ${step} of ${live.id} has no outcome yet`);
  }
  const { effects, decision } = intent;
  const common = { trajectory: live.id, step, effects, decision };
  switch (outcome.kind) {
    case "carried_out":
      // An erased one is answered as nothing: that it was carried out stays known.
      return {
        kind: "replayed",
        ...common,
        result: (await contentOf(outcome.result, store)) ?? null,
      };
    case "refused":
      return { kind: "refused", ...common, code: outcome.code };
    case "failed":
      return { kind: "failed", ...common, code: outcome.code, detail: outcome.detail };
    case "expired":
      return { kind: "refused", ...common, code: "approval_expired" };
    case "cancelled":
    case "unobserved":
    case "unknown":
      if (outcome.kind === "cancelled" && !outcome.dispatched) {
        return { kind: "refused", ...common, code: "approval_cancelled" };
      }
      return { kind: "failed", ...common, code: "upstream_failed", detail: outcome.kind };
  }
}

/** The last step of the call that first came with this key, for trajectories whose state has forgotten keys. */
export async function lastUse(
  store: Persistence,
  live: LiveTrajectory,
  key: string,
): Promise<{ readonly step: number; readonly digest: string } | undefined> {
  let found: { readonly step: number; readonly digest: string } | undefined;
  for await (const { record } of store.read(live.key)) {
    if (record.type !== "intent" || record.call.idempotencyKey !== key) continue;
    const { digest } = record.call;
    if ((found?.digest ?? digest) === digest) found = { step: record.step, digest };
  }
  return found;
}

async function readStep(
  store: Persistence,
  live: LiveTrajectory,
  step: number,
): Promise<{ intent?: IntentRecord; outcome?: Outcome }> {
  let intent: IntentRecord | undefined;
  let outcome: Outcome | undefined;
  for await (const { record } of store.read(live.key)) {
    if (record.type === "intent" && record.step === step) intent = record;
    if (record.type === "outcome" && record.step === step) outcome = record.outcome;
  }
  return { intent, outcome };
}
