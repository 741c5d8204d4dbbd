// What waits in an order, and is taken from its front.

/** Into what is in order, at `from` or later; the place is nearly always the last. */
export function insert<T>(
  ordered: T[],
  one: T,
  { order, from = 0 }: { order: (a: T, b: T) => number; from?: number },
): void {
  let at = ordered.length;
  for (; at > from; at -= 1) {
    const before = ordered[at - 1];
    if (before === undefined || order(before, one) <= 0) break;
  }
  ordered.splice(at, 0, one);
}

interface Fifo<T> {
  /** Nothing goes before what was taken already. */
  add(one: T): void;
  head(): T | undefined;
  shift(): void;
  size(): number;
}

/** What was taken is let go in large parts: to take one costs the same however many wait. */
const maxTaken = 1_024;

export function createFifo<T>(order: (a: T, b: T) => number): Fifo<T> {
  let [waiting, taken]: [T[], number] = [[], 0];
  return {
    add: (one) => insert(waiting, one, { order, from: taken }),
    head: () => waiting[taken],
    shift() {
      taken += 1;
      if (taken < maxTaken && taken < waiting.length) return;
      waiting = waiting.slice(taken);
      taken = 0;
    },
    size: () => waiting.length - taken,
  };
}
