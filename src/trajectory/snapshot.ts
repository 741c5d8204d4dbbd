// A state as text, so that folding is not paid again.

import type { OpenApproval } from "./approvals.ts";
import { restoredCounts, type StoredCounts, storedCounts } from "./counts.ts";
import { type Draft, waitAnew } from "./draft.ts";
import { restoredOffers, type StoredOffers, storedOffers } from "./offered.ts";
import { restoredSaid, type StoredSaid, storedSaid } from "./said.ts";
import type { KeyUse, ResumableCall, SeenCall, TrajectoryState } from "./state.ts";
import { emptyTable, restoredTable, type StoredTable, storedTable } from "./touch-table.ts";

/** Version of a serialised state. Raised whenever a fold or a table changes its meaning. */
const stateVersion = 7;

interface Snapshot
  extends Omit<
    TrajectoryState,
    | "approvals"
    | "keys"
    | "calls"
    | "resumable"
    | "counts"
    | "done"
    | "attempted"
    | "waiting"
    | "offers"
    | "said"
  > {
  readonly v: number;
  readonly approvals: readonly (readonly [string, OpenApproval])[];
  readonly keys: readonly (readonly [string, KeyUse])[];
  readonly calls: readonly (readonly [string, SeenCall])[];
  readonly resumable: readonly (readonly [string, ResumableCall])[];
  readonly counts: StoredCounts;
  readonly done: StoredTable;
  readonly attempted: StoredTable;
  readonly offers: StoredOffers;
  readonly said: StoredSaid;
}

export function serialiseState(state: TrajectoryState): string {
  const { waiting: _, ...rest } = state;
  const snapshot: Snapshot = {
    ...rest,
    v: stateVersion,
    approvals: [...state.approvals],
    keys: [...state.keys],
    calls: [...state.calls],
    resumable: [...state.resumable],
    counts: storedCounts(state.counts),
    done: storedTable(state.done),
    attempted: storedTable(state.attempted),
    offers: storedOffers(state.offers),
    said: storedSaid(state.said),
  };
  return JSON.stringify(snapshot);
}

/** undefined: written by another version, or damaged; fold the records instead. */
export function parseState(text: string): TrajectoryState | undefined {
  try {
    const { v, ...snapshot }: Snapshot = JSON.parse(text);
    if (v !== stateVersion) return undefined;
    const draft: Draft = {
      ...snapshot,
      pending: [...snapshot.pending],
      late: [...snapshot.late],
      approvals: new Map(snapshot.approvals),
      keys: new Map(snapshot.keys),
      calls: new Map(snapshot.calls),
      resumable: new Map(snapshot.resumable),
      counts: restoredCounts(snapshot.counts),
      done: restoredTable(snapshot.done),
      attempted: restoredTable(snapshot.attempted),
      offers: restoredOffers(snapshot.offers),
      waiting: emptyTable(),
      said: restoredSaid(snapshot.said),
    };
    waitAnew(draft);
    return draft;
  } catch {
    return undefined;
  }
}
