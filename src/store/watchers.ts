// Wakes whoever watches for appended records. Nothing is queued here, so nothing can overflow: a
// watcher that wakes reads on from where it was.

import type { TrajectoryKey } from "../core/trajectory.ts";
import type { RecordFacts } from "./facts.ts";
import { asksForRecord } from "./query.ts";
import type { ScanQuery } from "./store.ts";

export interface Watchers {
  enter(query: ScanQuery): Watcher;
  /** Wakes those who ask for one of these. */
  appended(key: TrajectoryKey, records: readonly RecordFacts[]): void;
  wakeAll(): void;
  size(): number;
}

export interface Watcher {
  /** How often it was woken. Take it before reading: news during a read is then no news missed. */
  woken(): number;
  /** Resolves once it has been woken more than `seen` times, or when `signal` aborts. */
  news(seen: number, signal: AbortSignal): Promise<void>;
  leave(): void;
}

interface Place extends Watcher {
  readonly query: ScanQuery;
  wake(): void;
}

export function createWatchers(): Watchers {
  const places = new Set<Place>();
  return {
    enter: (query) => {
      const place = createPlace(query, () => places.delete(place));
      places.add(place);
      return place;
    },
    appended: (key, records) => {
      for (const place of places) {
        if (records.some((facts) => asksForRecord(place.query, { key, ...facts }))) place.wake();
      }
    },
    wakeAll: () => {
      for (const place of places) place.wake();
    },
    size: () => places.size,
  };
}

function createPlace(query: ScanQuery, leave: () => void): Place {
  let woken = 0;
  let resume: (() => void) | undefined;
  return {
    query,
    leave,
    woken: () => woken,
    wake: () => {
      woken += 1;
      resume?.();
    },
    news: (seen, signal) =>
      new Promise((resolve) => {
        if (woken !== seen || signal.aborted) return resolve();
        resume = () => {
          signal.removeEventListener("abort", settle);
          resolve();
        };
        const settle = resume;
        signal.addEventListener("abort", settle);
      }),
  };
}
