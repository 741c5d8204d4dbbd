// Outcomes are written before the answer leaves. What cannot be written is kept, and the trajectory takes no call.

import type { Clock } from "../core/clock.ts";
import type { ErrorCode } from "../core/errors.ts";
import { ProctorError } from "../core/errors.ts";
import { newId } from "../core/ids.ts";
import type { Outcome } from "../core/outcome.ts";
import { type OutcomeRecord, recordVersion } from "../core/record.ts";
import type { Stages } from "../gateway.ts";
import type { Blob } from "../store/store.ts";
import type { LiveTrajectory } from "./live.ts";

export interface Outcomes {
  /** @throws ProctorError `outcome_unrecorded` */
  record(
    live: LiveTrajectory,
    step: number,
    outcome: Outcome,
    blobs: readonly Blob[],
    stages: Stages,
  ): Promise<void>;
  /** As `record`, for those whose turn it is. */
  append(
    live: LiveTrajectory,
    step: number,
    outcome: Outcome,
    blobs: readonly Blob[],
  ): Promise<void>;
  /** Writes what could not be written before; only in turn. @throws ProctorError `trajectory_unrecovered` */
  recover(live: LiveTrajectory): Promise<void>;
}

export function createOutcomes(clock: Clock): Outcomes {
  async function append(
    live: LiveTrajectory,
    step: number,
    outcome: Outcome,
    blobs: readonly Blob[],
  ): Promise<void> {
    const record = outcomeRecord(step, outcome, clock.nowMs());
    try {
      await live.appendToHead([record], { synced: false, blobs });
    } catch (error) {
      live.unrecorded.push(record);
      throw new ProctorError("outcome_unrecorded", `step ${step} of ${live.id}`, { cause: error });
    }
  }

  return {
    append,
    async record(live, step, outcome, blobs, stages) {
      const started = clock.monotonicMs();
      try {
        await live.inTurn(() => append(live, step, outcome, blobs));
      } finally {
        live.finished(step);
        stages.record += clock.monotonicMs() - started;
      }
    },
    async recover(live) {
      if (live.unrecorded.length === 0) return;
      try {
        await live.appendToHead(live.unrecorded, { synced: true });
        live.unrecorded.length = 0;
      } catch (error) {
        throw new ProctorError("trajectory_unrecovered", live.id, { cause: error });
      }
    },
  };
}

export function outcomeRecord(step: number, outcome: Outcome, now: number): OutcomeRecord {
  return { v: recordVersion, id: newId(now), at: now, type: "outcome", step, outcome };
}

/** What is answered where there is no result to give. */
export function failureOf(outcome: Outcome): {
  kind: "failed";
  code: ErrorCode;
  detail: string;
} {
  if (outcome.kind === "failed")
    return { kind: "failed", code: outcome.code, detail: outcome.detail };
  const detail = outcome.kind === "cancelled" ? outcome.why : outcome.kind;
  return { kind: "failed", code: "upstream_failed", detail };
}
