// How many calls are under way, and how that ends.

import { ProctorError } from "../core/errors.ts";

export interface UnderWay {
  /** @throws ProctorError `shutting_down`, `overloaded` */
  admit<T>(abort: AbortController, work: () => Promise<T>): Promise<T>;
  /** Takes nothing new; resolves when all has ended. After `graceMs` it is aborted. */
  drain(graceMs: number): Promise<void>;
  /** Aborts with `drain`. */
  readonly drained: AbortSignal;
}

export function createUnderWay(maxCallsInFlight: number): UnderWay {
  const underWay = new Map<Promise<unknown>, AbortController>();
  const drained = new AbortController();

  function abortAll(): void {
    for (const abort of underWay.values()) abort.abort(new Error("proctor was shut down"));
  }

  return {
    drained: drained.signal,
    admit(abort, work) {
      if (drained.signal.aborted) throw new ProctorError("shutting_down", "no new calls");
      if (underWay.size >= maxCallsInFlight) {
        throw new ProctorError("overloaded", `${underWay.size} calls are under way`);
      }
      const running = work();
      underWay.set(running, abort);
      const done = () => underWay.delete(running);
      running.then(done, done);
      return running;
    },
    async drain(graceMs) {
      // Who waits for a person is told to come again: the question outlives this process.
      drained.abort();
      const timer = setTimeout(abortAll, graceMs);
      await Promise.allSettled(underWay.keys());
      clearTimeout(timer);
    },
  };
}
