// A call that only looks is written once, intent and outcome together.

import type { Clock } from "../core/clock.ts";
import type { Decision } from "../core/decision.ts";
import { type ErrorCode, ProctorError } from "../core/errors.ts";
import type { Outcome } from "../core/outcome.ts";
import type { IntentRecord } from "../core/record.ts";
import type { Answer, CallRequest, Observed, Stages } from "../gateway.ts";
import type { Forward } from "../upstream/upstream.ts";
import type { Activity } from "./activity.ts";
import { answerOf, type Carried, type CarryOut } from "./carrying.ts";
import { kindsOf, maxDecisions } from "./holding.ts";
import type { Judged, Judging } from "./judging.ts";
import type { LiveTrajectory } from "./live.ts";
import { type BecameTask, recordOf } from "./outcomes.ts";
import type { Trajectories } from "./trajectories.ts";

export interface LookingParts {
  readonly trajectories: Pick<Trajectories, "enter" | "opening" | "forget">;
  readonly judging: Pick<Judging, "decideOnce">;
  readonly carryOut: CarryOut;
  readonly activity: Activity;
  readonly clock: Clock;
  observed(live: LiveTrajectory, request: CallRequest, step: Observed): void;
}

/** A look that was carried out, and that a newer state of the trajectory does not allow. */
const withheld: Outcome = {
  kind: "cancelled",
  why: "the trajectory changed meanwhile and no longer allows it; the result was withheld",
  dispatched: true,
};

/**
 * Carried out first, since nothing needs to be on the disk before a look, and written before its
 * answer. If the trajectory has changed since, it is decided again at the version that it is appended
 * after, and what is then refused is withheld.
 */
export function createLooking(parts: LookingParts) {
  const { trajectories, clock } = parts;

  async function record(
    entered: LiveTrajectory,
    request: CallRequest,
    judged: Judged,
    carried: Carried<unknown>,
    stages: Stages,
  ): Promise<{
    live: LiveTrajectory;
    intent: IntentRecord;
    came: Outcome | BecameTask;
    conflicts: number;
  }> {
    let live = entered;
    const started = clock.monotonicMs();
    const { digest } = judged.intent.call;
    for (let conflicts = 0; conflicts < maxDecisions; conflicts += 1) {
      if (live.state.status === "closed")
        live = await trajectories.enter(request.agent, request.naming);
      const written = await live
        .inTurn(async () => {
          const fresh = live.version === judged.version && live === entered;
          const { intent, blobs } = fresh
            ? judged
            : parts.judging.decideOnce(live, request, { digest, conflicts }, stages);
          const came = intent.decision.verdict === "allow" ? carried.came : withheld;
          const records = [
            ...trajectories.opening(live, intent.call.door),
            { ...intent, dispatched: true },
            recordOf(intent.step, came, clock.nowMs()),
          ];
          const all = [...blobs, ...carried.blobs];
          return (await live.append(records, { synced: false, blobs: all }))
            ? { live, intent, came, conflicts }
            : undefined;
        })
        .catch((error: unknown) => {
          trajectories.forget(live);
          throw new ProctorError("outcome_unrecorded", `a look in ${live.id}`, { cause: error });
        });
      stages.record = clock.monotonicMs() - started;
      if (written !== undefined) {
        parts.activity.reserve(request.agent, kindsOf(written.intent), written.intent.at);
        return written;
      }
    }
    throw new ProctorError("trajectory_busy", `${live.id} changed ${maxDecisions} times`);
  }

  return async function look<T>(
    entered: LiveTrajectory,
    request: CallRequest,
    judged: Judged,
    forward: Forward<T>,
    { stages, began }: { stages: Stages; began: number },
  ): Promise<Answer<T>> {
    const ticket = Symbol("look");
    entered.started(ticket);
    try {
      const carried = await parts.carryOut(request, forward, judged.intent.effects, stages);
      const written = await record(entered, request, judged, carried, stages);
      const { live, intent, came, conflicts } = written;
      const { effects, decision, step } = intent;
      const common = { trajectory: live.id, step, effects, decision };
      stages.total = clock.monotonicMs() - began;
      const settled = (outcome: Outcome) =>
        parts.observed(live, request, { intent, outcome, stages, conflicts });
      if (came.kind === "task") live.awaitReport(step, { intent, observed: settled });
      else settled(came);
      if (decision.verdict !== "allow")
        return { kind: "refused", code: withheldCode(decision), ...common };
      return { ...answerOf(carried), ...common };
    } finally {
      entered.finished(ticket);
    }
  };
}

/** A look whose result is withheld was carried out already: there is nothing to ask about. */
function withheldCode({ verdict }: Decision): ErrorCode {
  return verdict === "ask" ? "approval_unavailable" : "denied_by_policy";
}
