// Time limits without time: a limit has run out when a test says so, however slow the machine is.

import { vi } from "vitest";

export interface StoppedTimers {
  /** Lets what is due within `ms` happen, and what follows from it at once. */
  pass(ms: number): Promise<void>;
  /**
   * Waits until it is so, as `expect.poll` does, which lets time pass for all timers meanwhile. Here
   * none does, or so much at each look.
   */
  until(isSo: () => boolean | Promise<boolean>, eachMs?: number): Promise<void>;
  /** How many were set that are at least so long; what clients do about connections is shorter. */
  count(atLeastMs: number): number;
}

const wait = setTimeout;

/**
 * From now on `setTimeout` waits for `pass`; sockets, processes and the clock go on. `vi.useRealTimers`
 * ends it.
 */
export function stopTimers(): StoppedTimers {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const set = vi.spyOn(globalThis, "setTimeout");
  async function pass(ms: number): Promise<void> {
    await vi.advanceTimersByTimeAsync(ms);
  }
  return {
    pass,
    async until(isSo, eachMs = 0) {
      while (!(await isSo())) {
        // What waits for no time at all does not have to wait.
        await pass(eachMs);
        await new Promise((resolve) => wait(resolve, 5));
      }
    },
    count: (atLeastMs) => set.mock.calls.filter(([, ms = 0]) => ms >= atLeastMs).length,
  };
}
