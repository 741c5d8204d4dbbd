// What metrics say of behaviour, folded from the store at each scrape: each record once, by cursor.

import type { ClosedRecord } from "../core/record.ts";
import type { Cursor } from "../core/version.ts";
import type { Store } from "../store/store.ts";

/** Where closed trajectories are counted. */
export interface ClosedFold {
  apply(record: ClosedRecord): void;
}

export interface Projection {
  /** Applies what was appended since the last time, by any process. One at a time. */
  catchUp(): Promise<void>;
  /** Trajectories opened and not closed. */
  open(): number;
}

export function createProjection(store: Store, totals: ClosedFold): Projection {
  let cursor: Cursor | undefined;
  let open = 0;
  let running: Promise<void> | undefined;

  async function fold(): Promise<void> {
    for await (const stored of store.scan({ types: ["opened", "closed"] }, cursor)) {
      cursor = stored.cursor;
      if (stored.record.type === "opened") open += 1;
      if (stored.record.type === "closed") {
        open -= 1;
        totals.apply(stored.record);
      }
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
