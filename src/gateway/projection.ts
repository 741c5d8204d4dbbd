// What metrics say of behaviour, folded from the store at each scrape: each record once, by cursor.

import type { ClosedRecord, OpenedRecord, ProctorRecord } from "../core/record.ts";
import type { Cursor } from "../core/version.ts";
import type { Store } from "../store/store.ts";

/** Where trajectories are counted. */
export interface TrajectoryFold {
  opened?(record: OpenedRecord): void;
  apply(record: ClosedRecord): void;
}

export interface Projection {
  /** Applies what was appended since the last time, by any process. One at a time. */
  catchUp(): Promise<void>;
  /** Trajectories opened and not closed. */
  open(): number;
}

export function createProjection(store: Store, folds: readonly TrajectoryFold[]): Projection {
  let cursor: Cursor | undefined;
  let open = 0;
  let running: Promise<void> | undefined;

  function count(record: ProctorRecord): void {
    if (record.type === "opened") {
      open += 1;
      for (const each of folds) each.opened?.(record);
    }
    if (record.type === "closed") {
      open -= 1;
      for (const each of folds) each.apply(record);
    }
  }

  async function fold(): Promise<void> {
    for await (const stored of store.scan({ types: ["opened", "closed"] }, cursor)) {
      cursor = stored.cursor;
      count(stored.record);
    }
  }

  return {
    catchUp() {
      running ??= fold().finally(() => {
        running = undefined;
      });
      return running;
    },
    open: () => open,
  };
}
