// Carries an allowed call out, and says what came of it.

import type { Clock } from "../core/clock.ts";
import type { Effect } from "../core/effect.ts";
import { asProctorError } from "../core/errors.ts";
import type { Outcome } from "../core/outcome.ts";
import type { CallRequest, Stages } from "../gateway.ts";
import type { Blob } from "../store/store.ts";
import type { Forward } from "../upstream/upstream.ts";
import type { Contents } from "./contents.ts";
import { type BecameTask, failureOf } from "./outcomes.ts";

export type Carried<T> = { readonly blobs: readonly Blob[] } & (
  | {
      readonly came: Outcome | BecameTask;
      readonly answer: { readonly kind: "carried_out"; readonly answer: T };
    }
  /** There is no result to give. */
  | { readonly came: Outcome; readonly answer?: undefined }
);

/** What is answered when it is written down. */
export function answerOf<T>(
  carried: Carried<T>,
): { readonly kind: "carried_out"; readonly answer: T } | ReturnType<typeof failureOf> {
  return carried.answer ?? failureOf(carried.came);
}

export type CarryOut = <T>(
  request: Pick<CallRequest, "call" | "abort">,
  forward: Forward<T>,
  effects: readonly Effect[],
  stages: Stages,
) => Promise<Carried<T>>;

export function createCarryOut(contents: Contents, clock: Clock): CarryOut {
  function failed(error: unknown, signal: AbortSignal, durationMs: number): Outcome {
    if (signal.aborted) {
      return { kind: "cancelled", why: asProctorError(signal.reason).message, dispatched: true };
    }
    const { code, message } = asProctorError(error);
    const at = code.startsWith("upstream_") ? "transport" : "executor";
    return { kind: "failed", at, code, detail: contents.text(message), durationMs };
  }

  return async function carryOut({ call, abort: { signal } }, forward, effects, stages) {
    const started = clock.monotonicMs();
    try {
      const {
        answer,
        observed,
        result,
        interim: state,
        task,
      } = await forward(call, signal, effects);
      const durationMs = clock.monotonicMs() - started;
      stages.upstream = durationMs;
      const { ref, blobs } = contents.keep(result);
      if (task !== undefined) {
        const digest = contents.taskOf(call.upstream, task);
        const came = { kind: "task", task: digest, answer: ref, durationMs } as const;
        return { came, blobs, answer: { kind: "carried_out", answer } };
      }
      const interim = state === undefined ? {} : { interim: contents.resumptionOf(call, state) };
      const came = { kind: "carried_out", observed, durationMs, result: ref, ...interim } as const;
      return { came, blobs, answer: { kind: "carried_out", answer } };
    } catch (error) {
      stages.upstream = clock.monotonicMs() - started;
      return { came: failed(error, signal, stages.upstream), blobs: [] };
    }
  };
}
