// The state while it is made: writable, and what several steps of the fold do to it.

import type { TrajectoryKey } from "../core/trajectory.ts";
import type { OpenApproval } from "./approvals.ts";
import { addKinds, emptyCounts } from "./counts.ts";
import { noOffers } from "./offered.ts";
import { noProgress } from "./progress.ts";
import { emptySaid, type SaidDraft } from "./said.ts";
import type { KeyUse, PendingStep, ResumableCall, SeenCall, TrajectoryState } from "./state.ts";
import { emptyTable, mark } from "./touch-table.ts";

export type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** The same state, for the fold alone: it changes in place, since copying the tables costs too much. */
export interface Draft
  extends Mutable<
    Omit<
      TrajectoryState,
      "pending" | "late" | "keys" | "approvals" | "calls" | "resumable" | "said"
    >
  > {
  said: SaidDraft;
  pending: Mutable<PendingStep>[];
  late: Mutable<PendingStep>[];
  approvals: Map<string, OpenApproval>;
  keys: Map<string, KeyUse>;
  calls: Map<string, SeenCall>;
  resumable: Map<string, ResumableCall>;
}

/** Before the first record. */
export function emptyState(key: TrajectoryKey): TrajectoryState {
  return emptyDraft(key);
}

export function emptyDraft(key: TrajectoryKey): Draft {
  return {
    key,
    status: "new",
    lastAt: 0,
    steps: 0,
    pending: [],
    late: [],
    interrupted: false,
    residue: {},
    progress: noProgress,
    offers: noOffers,
    approvals: new Map(),
    keys: new Map(),
    keysForgotten: false,
    calls: new Map(),
    resumable: new Map(),
    counts: emptyCounts(),
    done: emptyTable(),
    attempted: emptyTable(),
    waiting: emptyTable(),
    said: emptySaid(),
    inherits: false,
  };
}

export function wait(draft: Draft, { touched }: PendingStep): void {
  for (const touch of touched) mark(draft.waiting, touch);
}

/** After a step has left the waiting ones: touches cannot be taken out of a table. */
export function waitAnew(draft: Draft): void {
  draft.waiting = emptyTable();
  for (const pending of draft.pending) if (!pending.dispatched) wait(draft, pending);
}

/** It may have happened: what limits look at. */
export function assume(draft: Draft, { touched, kinds, at }: PendingStep): void {
  for (const touch of touched) mark(draft.attempted, touch);
  addKinds(draft.counts, kinds, at);
}
