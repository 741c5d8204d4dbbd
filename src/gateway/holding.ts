// A call that waits for a person: held, decided again, and dispatched or refused.

import type { Clock } from "../core/clock.ts";
import type { Decision } from "../core/decision.ts";
import { type EffectKind, onlyLooks } from "../core/effect.ts";
import { asProctorError, messageOf, ProctorError } from "../core/errors.ts";
import { newId } from "../core/ids.ts";
import type { Outcome } from "../core/outcome.ts";
import { type IntentRecord, type ProctorRecord, recordVersion } from "../core/record.ts";
import type { CallRequest, Stages } from "../gateway.ts";
import type { TrajectoryState } from "../trajectory/state.ts";
import type { Activity } from "./activity.ts";
import { approvalRecord } from "./approval-record.ts";
import type { Approvals, HoldEnd } from "./approvals.ts";
import { type Asking, type Refusal, tooMany } from "./asking.ts";
import type { DecidedAt } from "./judging.ts";
import type { LiveTrajectory } from "./live.ts";

/** A refusal as it is answered and as it is recorded. */
export interface Refused extends Refusal {
  readonly outcome: Outcome;
  /** Absent: the one in the intent. */
  readonly decision?: Decision;
}

/** A call whose intent and question are recorded. */
export interface Held {
  readonly intent: IntentRecord;
  readonly approval: string;
  /** Takes its effects back from what the agent did lately; another one once it is decided again. */
  takeBack?: () => void;
}

/** `refused` absent: it was approved, and its dispatch is recorded. */
export interface HeldUntil {
  readonly heldMs: number;
  readonly refused?: Refused;
}

/**
 * Waits for a person. Then the call is decided again, and dispatched or refused.
 *
 * @throws ProctorError `store_unavailable`, `trajectory_busy`
 */
export type Hold = (
  live: LiveTrajectory,
  request: CallRequest,
  held: Held,
  stages: Stages,
) => Promise<HeldUntil>;

export interface HoldingParts {
  readonly approvals: Pick<Approvals, "appended" | "answered" | "isAmongFirst">;
  readonly asking: Asking;
  readonly activity: Activity;
  readonly maxWaitingPerAgent: number;
  /** How long a call waits for a person. */
  readonly maxHoldMs: number;
  /** The state without a step that waits. */
  readonly withoutStep: (state: TrajectoryState, step: number) => TrajectoryState;
  readonly clock: Clock;
  /** Aborts when no call may wait any longer. */
  readonly drained: AbortSignal;
  /** Against this state of the trajectory. */
  decideAt(live: LiveTrajectory, at: DecidedAt, request: CallRequest, stages: Stages): Decision;
  recordOutcome(
    live: LiveTrajectory,
    step: number,
    outcome: Outcome,
    stages: Stages,
  ): Promise<void>;
  /** The next call of the trajectory reads the store. */
  forget(live: LiveTrajectory): void;
}

/** A call is decided again at most this often when other calls of its trajectory get in between. */
export const maxDecisions = 8;

export function createHold(parts: HoldingParts): Hold {
  const { clock } = parts;

  async function hold(
    live: LiveTrajectory,
    request: CallRequest,
    held: Held,
    stages: Stages,
  ): Promise<HeldUntil> {
    const { step } = held.intent;
    const started = clock.monotonicMs();
    const signal = AbortSignal.any([request.abort.signal, parts.drained, live.hold(step)]);
    try {
      const refused =
        (await crowdedOut(live, held)) ?? (await wait(live, request, { held, signal }, stages));
      const heldMs = clock.monotonicMs() - started;
      if (refused === undefined) return { heldMs };
      held.takeBack?.();
      await parts.recordOutcome(live, step, refused.outcome, stages).catch((cause: unknown) => {
        throw new ProctorError("store_unavailable", `step ${step} of ${live.id}`, { cause });
      });
      return { heldMs, refused };
    } catch (error) {
      held.takeBack?.();
      throw error;
    } finally {
      live.release(step);
    }
  }

  async function wait(
    live: LiveTrajectory,
    request: CallRequest,
    { held, signal }: { held: Held; signal: AbortSignal },
    stages: Stages,
  ): Promise<Refused | undefined> {
    const holdMs = Math.min(parts.maxHoldMs, request.holdMs ?? parts.maxHoldMs);
    const end = await parts.approvals.answered(held.approval, { holdMs, signal });
    return release(live, request, { held, end }, stages);
  }

  /**
   * Calls that ask at one moment, in several processes too, do not see each other: what is then beyond the
   * agent's limit by the order of the store is taken back.
   */
  async function crowdedOut(
    live: LiveTrajectory,
    { approval, intent: { step } }: Held,
  ): Promise<Refused | undefined> {
    const { approvals, maxWaitingPerAgent } = parts;
    if (await approvals.isAmongFirst(approval, maxWaitingPerAgent)) return undefined;
    const refusal = tooMany({ maxWaitingPerAgent });
    const event = { kind: "cancelled", why: "too many of the agent's calls wait" } as const;
    const record = approvalRecord({ approval, step, event }, clock.nowMs());
    await live.appendToHead([record], { synced: false });
    approvals.appended(live.key, [record]);
    return { ...refusal, outcome: outcomeOf(refusal) };
  }

  /** undefined: it was approved, and its dispatch is recorded after exactly the version decided at. */
  async function release(
    live: LiveTrajectory,
    request: CallRequest,
    { held, end }: { held: Held; end: HoldEnd },
    stages: Stages,
  ): Promise<Refused | undefined> {
    if (request.abort.signal.aborted) {
      return withdrawn(messageOf(request.abort.signal.reason), held.approval);
    }
    for (let conflicts = 0; conflicts < maxDecisions; conflicts += 1) {
      const found = await live.inTurn(() => dispatchHeld(live, request, { held, end }, stages));
      if (found !== "conflict") return found;
    }
    throw new ProctorError("trajectory_busy", `${live.id} changed ${maxDecisions} times`);
  }

  async function dispatchHeld(
    live: LiveTrajectory,
    request: CallRequest,
    { held, end }: { held: Held; end: HoldEnd },
    stages: Stages,
  ): Promise<Refused | "conflict" | undefined> {
    await live.catchUp();
    const { intent, approval } = held;
    // Taken for dead, and its place given to others.
    if (live.state.pending.every(({ step }) => step !== intent.step)) {
      return withdrawn("another process closed the call", approval);
    }
    // Decided as if it had not been proposed yet: it does not count against itself.
    held.takeBack?.();
    const state = parts.withoutStep(live.state, intent.step);
    const decision = parts.decideAt(live, { state, sameAs: intent.sameAs }, request, stages);
    held.takeBack = parts.activity.reserve(live.key.agent, kindsOf(intent), intent.at);
    const asked = { live, call: request.call, intent };
    const standing =
      parts.asking.released(asked, approval, decision) ??
      unanswered(parts.drained.aborted ? "held long enough" : end, approval, intent.decision);
    if (standing.kind === "refuse") return refusedAt(live, intent, standing, decision);
    const records = [...standing.records, dispatchRecord(intent)];
    const synced = !intent.effects.every(onlyLooks);
    const appended = await live.append(records, { synced }).catch((error: unknown) => {
      parts.forget(live);
      throw asProctorError(error);
    });
    if (!appended) return "conflict";
    parts.approvals.appended(live.key, standing.records);
    if (intent.awaitsReport !== true) live.started(intent.step);
    return undefined;
  }

  /** What overruled a person is written down: the intent has the decision that asked. */
  async function refusedAt(
    live: LiveTrajectory,
    { step }: IntentRecord,
    refusal: Refusal,
    decision: Decision,
  ): Promise<Refused> {
    const outcome = outcomeOf(refusal);
    const { approval } = refusal;
    if (refusal.code !== "denied_by_policy" || approval === undefined)
      return { ...refusal, outcome };
    const event = { kind: "overruled", decision } as const;
    const record = approvalRecord({ approval, step, event }, clock.nowMs());
    await live.appendToHead([record], { synced: false });
    return { ...refusal, outcome, decision };
  }

  function dispatchRecord(intent: IntentRecord): ProctorRecord {
    const now = clock.nowMs();
    const { step, instance } = intent;
    const kinds = kindsOf(intent);
    return { v: recordVersion, id: newId(now), at: now, type: "dispatch", step, instance, kinds };
  }

  return hold;
}

/** What it adds to the agent's limits; what another door recorded is counted there. */
export function kindsOf({ effects, sameAs }: IntentRecord): readonly EffectKind[] {
  return sameAs === undefined ? effects.map(({ kind }) => kind) : [];
}

function unanswered(end: HoldEnd, approval: string, { reason }: Decision): Refusal {
  switch (end) {
    case "answered":
    case "held long enough":
      return {
        kind: "refuse",
        code: "approval_pending",
        detail: `A person was asked and has not answered yet (approval ${approval}). ${reason}`,
        approval,
      };
    case "expired":
      return {
        kind: "refuse",
        code: "approval_expired",
        detail: `Nobody answered in time. ${reason}`,
        approval,
      };
    case "aborted":
      return {
        kind: "refuse",
        code: "approval_cancelled",
        detail: "The trajectory ended.",
        approval,
      };
  }
}

function withdrawn(why: string, approval: string): Refused {
  const outcome = { kind: "cancelled", why, dispatched: false } as const;
  return { kind: "refuse", code: "approval_cancelled", detail: why, approval, outcome };
}

/** Expired, refused and cancelled are different outcomes. */
function outcomeOf({ code, detail = "" }: Refusal): Outcome {
  if (code === "approval_expired") return { kind: "expired" };
  if (code === "approval_cancelled") return { kind: "cancelled", why: detail, dispatched: false };
  return { kind: "refused", code };
}
