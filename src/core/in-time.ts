// A promise that is waited for no longer than a time allows, and not beyond an abort.

export interface TimeAllowed {
  readonly timeoutMs: number;
  /** How much of it is over. */
  readonly spentMs?: number;
  readonly signal: AbortSignal;
  /** What it is rejected with when the time is over. */
  late(timeoutMs: number): Error;
}

/** What the promise stands for goes on; whoever waits says so to it, where that is possible. */
export function inTime<T>(
  promise: Promise<T>,
  { timeoutMs, spentMs = 0, signal, late }: TimeAllowed,
): Promise<T> {
  return new Promise(function awaitInTime(resolve, reject) {
    const timer = setTimeout(() => reject(late(timeoutMs)), timeoutMs - spentMs);
    const aborted = () => reject(signal.reason);
    if (signal.aborted) aborted();
    else signal.addEventListener("abort", aborted, { once: true });
    promise.then(resolve, reject).finally(function settle() {
      clearTimeout(timer);
      signal.removeEventListener("abort", aborted);
    });
  });
}
