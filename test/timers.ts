// Time limits without time: a limit has run out when a test says so, however slow the machine is.

import { vi } from "vitest";

export interface StoppedTimers {
  /** Lets what is due within `ms` happen, and what follows from it at once. */
  pass(ms: number): Promise<void>;
  /** Waits until it is so, without letting time pass for anything else. `expect.poll` would. */
  until(isSo: () => boolean | Promise<boolean>): Promise<void>;
  /** Time limits that are under way. */
  count(): number;
}

const wait = setTimeout;

/**
 * From now on `setTimeout` waits for `pass`; sockets, processes and the clock go on. `vi.useRealTimers`
 * ends it.
 */
export function stopTimers(): StoppedTimers {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  async function pass(ms: number): Promise<void> {
    await vi.advanceTimersByTimeAsync(ms);
  }
  return {
    pass,
    async until(isSo) {
      while (!(await isSo())) {
        // What waits for no time at all does not have to wait.
        await pass(0);
        await new Promise((resolve) => wait(resolve, 5));
      }
    },
    count: () => vi.getTimerCount(),
  };
}
