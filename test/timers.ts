// Time limits without time: a limit has run out when a test says so, however slow the machine is.

import { vi } from "vitest";

export interface StoppedTimers {
  /** Lets what is due within `ms` happen, and what follows from it at once. */
  pass(ms: number): Promise<void>;
}

/**
 * From now on `setTimeout` waits for `pass`; sockets, processes and the clock go on. `vi.useRealTimers`
 * ends it.
 */
export function stopTimers(): StoppedTimers {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  return {
    async pass(ms) {
      await vi.advanceTimersByTimeAsync(ms);
    },
  };
}
