// Outcomes are written before the answer leaves. What cannot be written is kept, and the trajectory takes no call.

import type { Clock } from "../core/clock.ts";
import type { ErrorCode } from "../core/errors.ts";
import { ProctorError } from "../core/errors.ts";
import { newId } from "../core/ids.ts";
import type { ContentRef, Outcome } from "../core/outcome.ts";
import { type OutcomeRecord, recordVersion, type TaskRecord } from "../core/record.ts";
import type { Stages } from "../gateway.ts";
import type { Blob } from "../store/store.ts";
import type { LiveTrajectory } from "./live.ts";

/** The server goes on with the call: what comes of it is not known yet. */
export interface BecameTask {
  readonly kind: "task";
  /** Keyed digest, as `Contents.taskOf` makes it. */
  readonly task: string;
  /** The handle as the client gets it, redacted. */
  readonly answer: ContentRef;
  readonly durationMs: number;
}

export interface Outcomes {
  /** @throws ProctorError `outcome_unrecorded` */
  record(
    live: LiveTrajectory,
    step: number,
    came: Outcome | BecameTask,
    blobs: readonly Blob[],
    stages: Stages,
  ): Promise<void>;
  /** As `record`, for those whose turn it is. */
  append(
    live: LiveTrajectory,
    step: number,
    came: Outcome | BecameTask,
    blobs: readonly Blob[],
  ): Promise<void>;
  /** Writes what could not be written before; only in turn. @throws ProctorError `trajectory_unrecovered` */
  recover(live: LiveTrajectory): Promise<void>;
}

export function createOutcomes(clock: Clock): Outcomes {
  async function append(
    live: LiveTrajectory,
    step: number,
    came: Outcome | BecameTask,
    blobs: readonly Blob[],
  ): Promise<void> {
    const record = recordOf(step, came, clock.nowMs());
    try {
      await live.appendToHead([record], { synced: false, blobs });
    } catch (error) {
      live.unrecorded.push(record);
      throw new ProctorError("outcome_unrecorded", `step ${step} of ${live.id}`, { cause: error });
    }
  }

  return {
    append,
    async record(live, step, came, blobs, stages) {
      const started = clock.monotonicMs();
      try {
        await live.inTurn(() => append(live, step, came, blobs));
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

/** What is written of a call when its answer is there. */
export function recordOf(
  step: number,
  came: Outcome | BecameTask,
  now: number,
): OutcomeRecord | TaskRecord {
  if (came.kind !== "task") return outcomeRecord(step, came, now);
  const { task, answer, durationMs } = came;
  return taskRecord({ step, task, event: { kind: "began", answer, durationMs } }, now);
}

export function taskRecord(
  of: Pick<TaskRecord, "step" | "task" | "event">,
  now: number,
): TaskRecord {
  return { v: recordVersion, id: newId(now), at: now, type: "task", ...of };
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
