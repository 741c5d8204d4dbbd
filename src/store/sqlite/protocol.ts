// What the main thread and the store's worker say to each other.

import type { ErrorCode } from "../../core/errors.ts";
import type { Standing } from "../erasure.ts";
import type { RecordFacts } from "../facts.ts";
import type {
  AnchorHead,
  Blob,
  ChainReport,
  Erased,
  ErasureOrder,
  OpenTrajectory,
  PendingIntent,
  ScanQuery,
  StoreAnchor,
  TrajectoryQuery,
  TrajectorySummary,
} from "../store.ts";

export interface WorkerOptions {
  readonly file: string;
  readonly instance: string;
  readonly chainKey: Uint8Array;
  readonly busyTimeoutMs: number;
  readonly checkpointPages: number;
}

/** Every operation: what is asked, and what is answered. `id` is `agent/name~generation`. */
export interface Operations {
  append: { ask: AppendAsk; answer: AppendAnswer };
  renew: { ask: { readonly instance: string; readonly untilMs: number }; answer: null };
  release: { ask: { readonly instance: string }; answer: null };
  saveSnapshot: {
    ask: { readonly id: string; readonly version: number; readonly state: string };
    answer: null;
  };
  /** Writes something, to see whether an append could. */
  probe: { ask: null; answer: null };
  rebuildIndex: { ask: null; answer: null };
  erase: {
    /** `until`: the last position to look at. */
    ask: { readonly id: string; readonly until: number; readonly order: ErasureOrder };
    answer: Erased & { readonly more: boolean };
  };
  scrub: { ask: null; answer: boolean };

  head: { ask: null; answer: number };
  anchorHeads: { ask: null; answer: readonly AnchorHead[] };
  read: { ask: ReadFrom | ReadPlaces; answer: Page<ReadRow, ReadPlaces> };
  scan: { ask: ScanAsk; answer: ScanAnswer };
  blob: { ask: { readonly digest: string }; answer: Uint8Array | null };
  latestGeneration: { ask: { readonly agent: string; readonly name: string }; answer: number };
  pendingIntents: { ask: PendingAfter; answer: Page<PendingIntent, PendingAfter> };
  openTrajectories: { ask: OpenAfter; answer: Page<OpenTrajectory, OpenAfter> };
  trajectories: {
    /** `through`: the newest to look at; null: the newest there is. */
    ask: { readonly query: TrajectoryQuery; readonly through: number | null };
    answer: Page<TrajectorySummary>;
  };
  live: { ask: { readonly nowMs: number }; answer: readonly string[] };
  /** How many records a trajectory has, and whether it is open; null: there is none. */
  standing: {
    ask: { readonly id: string };
    answer: Standing | null;
  };
  sizes: { ask: SizesAfter; answer: Page<SizedPart, SizesAfter> };
  backup: { ask: { readonly file: string }; answer: null };
  loadSnapshot: {
    ask: { readonly id: string };
    answer: { readonly version: number; readonly state: string } | null;
  };
  verify: { ask: { readonly known: readonly StoreAnchor[] }; answer: ChainReport };
  close: { ask: null; answer: null };
}

export type Operation = keyof Operations;
export type Ask<Op extends Operation> = Operations[Op]["ask"];
export type Answer<Op extends Operation> = Operations[Op]["answer"];

export interface AppendAsk {
  readonly id: string;
  /** Records that the trajectory must have; null: however many it has. */
  readonly after: number | null;
  readonly synced: boolean;
  readonly blobs: readonly Blob[];
  /** As text: a buffer for each would cost the garbage collector more than its copy costs. */
  readonly records: readonly { readonly facts: RecordFacts; readonly text: string }[];
}

/** `position`: records that the trajectory has, afterwards or instead. */
export interface AppendAnswer {
  readonly ok: boolean;
  readonly position: number;
}

/** Rows, and where to ask on; null: that was all. */
export interface Page<Item, After = number> {
  readonly rows: readonly Item[];
  readonly next: After | null;
}

export interface ReadFrom {
  readonly id: string;
  readonly from: number;
}

/** The rest of a read. */
export interface ReadPlaces {
  readonly places: readonly number[];
}

export interface ReadRow {
  readonly position: number;
  readonly place: number;
  readonly bytes: Uint8Array;
}

export interface ScanRow extends ReadRow {
  readonly id: string;
}

export interface ScanAsk {
  readonly query: ScanQuery;
  readonly after: number;
  /** The last place to look at; null: the last one there is. */
  readonly until: number | null;
}

export interface ScanAnswer extends Page<ScanRow> {
  readonly until: number;
}

export interface PendingAfter {
  readonly trajectory: number;
  readonly step: number;
}

export interface OpenAfter {
  readonly lastAt: number;
  readonly trajectory: number;
}

/** What a trajectory takes in one part of the store. */
export interface SizedPart {
  readonly id: string;
  readonly bytes: number;
}

/** First the records by their places, then the blobs by their digests. */
export type SizesAfter = { readonly place: number } | { readonly digest: string };

export type RequestOf<Op extends Operation> = {
  [P in Op]: { readonly op: P; readonly ticket: number; readonly ask: Ask<P> };
}[Op];

export type Request = RequestOf<Operation>;

/** What waited on the main thread goes in one message: a message costs more than its content. */
export type Parcel = readonly Request[];

export interface Fault {
  readonly code: ErrorCode;
  readonly message: string;
  readonly cause?: unknown;
}

export type Reply =
  | { readonly ticket: number; readonly answer: Answer<Operation> }
  | { readonly ticket: number; readonly fault: Fault };

/** The first message of a worker is about ticket 0: the file is open, or why it is not. */
export const openingTicket = 0;
