// What a store is. One contract suite runs against every implementation.

import type { ErasedBecause, ProctorRecord, RecordType } from "../core/record.ts";
import type { TrajectoryKey } from "../core/trajectory.ts";
import type { Cursor, Version } from "../core/version.ts";

export type AppendResult =
  | { readonly ok: true; readonly version: Version }
  /** The trajectory is at `head`, not at the version that was asked for. Nothing was written. */
  | { readonly ok: false; readonly head: Version };

export interface StoredRecord {
  readonly key: TrajectoryKey;
  /** The trajectory's version with this record as its last. */
  readonly version: Version;
  readonly cursor: Cursor;
  readonly record: ProctorRecord;
}

export interface ScanQuery {
  readonly types?: readonly RecordType[];
  readonly agent?: string;
  readonly name?: string;
  /** Records at or after, before: milliseconds since the epoch. */
  readonly fromMs?: number;
  readonly beforeMs?: number;
}

/** Contents kept beside the record, by keyed digest. */
export interface Blob {
  readonly digest: string;
  readonly bytes: Uint8Array;
}

export interface AppendOptions {
  /** Wait until the records are on the disk, not only committed. */
  readonly synced: boolean;
  /** Written in the same commit. */
  readonly blobs?: readonly Blob[];
}

/**
 * Append-only records of trajectories. `append` is atomic per trajectory: of two writers after the
 * same version one wins. A fault (disk full, no permission) rejects with `store_unavailable`.
 */
export interface Store {
  append(
    key: TrajectoryKey,
    after: Version | "head",
    records: readonly ProctorRecord[],
    options: AppendOptions,
  ): Promise<AppendResult>;
  /** Records after `from`, in order. */
  read(key: TrajectoryKey, from?: Version): AsyncIterable<StoredRecord>;
  /** Records of all trajectories in the order of their cursors, up to what is there at the call. */
  scan(query: ScanQuery, after?: Cursor): AsyncIterable<StoredRecord>;
  /** As `scan`, then whatever is appended by any process, until `signal` aborts. */
  watch(query: ScanQuery, signal: AbortSignal, after?: Cursor): AsyncIterable<StoredRecord>;
}

export interface BlobStore {
  /** undefined: never written, or erased. */
  blob(digest: string): Promise<Uint8Array | undefined>;
}

/** Questions whose answers follow from the records, kept beside them; can be rebuilt. */
export interface StoreIndex {
  /** Of the newest record of any trajectory: what comes behind it is news. */
  latest(): Promise<Cursor>;
  /** As they are now, by instance: what `verify` can be told to look for later. */
  anchorHeads(): Promise<readonly AnchorHead[]>;
  /** Generation of the newest trajectory of this agent and name; 0: none. */
  latestGeneration(agent: string, name: string): Promise<number>;
  /** Intents without an outcome, of every instance. */
  pendingIntents(): AsyncIterable<PendingIntent>;
  /** Trajectories that are open, oldest activity first. */
  openTrajectories(): AsyncIterable<OpenTrajectory>;
  /** Newest first. */
  trajectories(query: TrajectoryQuery): AsyncIterable<TrajectorySummary>;
}

export interface PendingIntent {
  readonly key: TrajectoryKey;
  readonly step: number;
  readonly instance: string;
  readonly dispatched: boolean;
}

export interface OpenTrajectory {
  readonly key: TrajectoryKey;
  readonly openedAt: number;
  readonly lastAt: number;
}

export interface TrajectoryQuery {
  readonly agent?: string;
  /** Any of these. */
  readonly agents?: readonly string[];
  readonly name?: string;
  readonly taskClass?: string;
  readonly state?: "open" | "closed";
  /** All of these. */
  readonly marks?: readonly Mark[];
  /** A part of its id or of its task's, in either case as far as ASCII goes. */
  readonly text?: string;
  /** Opened at or after, before: milliseconds since the epoch. */
  readonly fromMs?: number;
  readonly beforeMs?: number;
  /** Goes on behind this one, on the next page. */
  readonly olderThan?: TrajectoryKey;
  readonly limit?: number;
}

/**
 * What can be asked of a trajectory's calls and scores without reading them: `effect:delete`,
 * `rule:no-rm`, `verdict:deny`, `would:deny`, `score:deletion=hit`.
 */
export type Mark = `${"effect" | "rule" | "verdict" | "would" | "score"}:${string}`;

export interface TrajectorySummary {
  readonly key: TrajectoryKey;
  readonly openedAt: number;
  readonly lastAt: number;
  readonly records: number;
  readonly steps: number;
  readonly refused: number;
  readonly task: string;
  readonly taskClass: string;
  /** In the order in which they came; at most `maxMarks`. */
  readonly marks: readonly Mark[];
  readonly closed?: string;
  /** Records that bear contents; 0 once they are erased. */
  readonly contents: number;
}

/** A trajectory that meets more rules than this is not found by the later ones. */
export const maxMarks = 128;

/** Which processes live. An instance renews; when its lease has run out, others may close its intents. */
export interface Leases {
  renew(instance: string, untilMs: number): Promise<void>;
  release(instance: string): Promise<void>;
  /** Instances whose lease is running at `nowMs`. */
  live(nowMs: number): Promise<ReadonlySet<string>>;
}

/** Serialised states of trajectories, so that folding is not paid again. A cache: losing it costs time only. */
export interface Snapshots {
  saveSnapshot(key: TrajectoryKey, version: Version, state: string): Promise<void>;
  loadSnapshot(key: TrajectoryKey): Promise<{ version: Version; state: string } | undefined>;
}

/** Contents go; that there were records, and what rates and limits rest on, stays. */
export interface Erasures {
  /**
   * Takes the contents out of all records of a closed trajectory, and the blobs that no other has,
   * and appends tombstones: the chain stays whole.
   *
   * @throws ProctorError `trajectory_not_found`, `invalid_request` while it is open
   */
  erase(key: TrajectoryKey, order: ErasureOrder): Promise<Erased>;
  /**
   * What trajectories with contents take: their records and blobs. A blob of several counts for each.
   * In no order.
   */
  sizes(): AsyncIterable<TrajectorySize>;
  /** Nothing that was erased is left in free space of the files. False: another process was reading; try again later. */
  scrub(): Promise<boolean>;
}

export interface ErasureOrder {
  readonly because: ErasedBecause;
  /** The rule's or the person's words. */
  readonly reason: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export interface Erased {
  /** That had contents; 0: there was nothing to erase. */
  readonly records: number;
  readonly blobs: number;
  /** By which records and blobs together became smaller. */
  readonly bytes: number;
}

export interface TrajectorySize {
  readonly key: TrajectoryKey;
  readonly bytes: number;
}

/** What `verify` found. */
export interface ChainReport {
  readonly trajectories: number;
  readonly records: number;
  /** Trajectories whose closing is an anchor, by the number of anchors. */
  readonly anchors: number;
  /** At most `maxChainProblems`; what is found beyond them is counted in `moreProblems`. */
  readonly problems: readonly ChainProblem[];
  readonly moreProblems: number;
  /** To be kept elsewhere and handed to a later `verify`. */
  readonly anchor: StoreAnchor;
  /** What this report does not prove, a sentence each. */
  readonly unproven: readonly string[];
}

export const maxChainProblems = 1000;

export interface ChainProblem {
  /** `agent/name~generation`, or `instance NAME` for an anchor chain, or `store`. */
  readonly trajectory: string;
  /** Position in that chain, 1-based; 0 where the problem has none. */
  readonly position: number;
  readonly kind: ChainProblemKind;
  readonly problem: string;
}

/**
 * `changed`: bytes differ from what was chained; `missing`: a record is not there; `reordered`: a
 * record stands where another was written; `anchor`: a closing does not agree with the anchors;
 * `unreadable`: chained as it is, but no record that this proctor can read; `index`: what is
 * derived from the records does not follow from them (`rebuildIndex` cures it).
 */
export type ChainProblemKind =
  | "changed"
  | "missing"
  | "reordered"
  | "anchor"
  | "unreadable"
  | "index";

/** The head of the chain that an instance keeps of the trajectories that it closed. */
export interface AnchorHead {
  readonly instance: string;
  readonly position: number;
  /** HMAC-SHA-256, hex. */
  readonly link: string;
}

/** What the store was at one moment: small, and says of a later state whether it continues this one. */
export interface StoreAnchor {
  /** Of the last record. */
  readonly place: number;
  /** SHA-256, hex, over the links of all records in the order of their places. */
  readonly digest: string;
  /** Of the chains of closed trajectories. */
  readonly heads: readonly AnchorHead[];
}

/** Everything that one store implementation offers. */
export interface Persistence extends Store, BlobStore, StoreIndex, Leases, Snapshots, Erasures {
  /** Walks every record, anchor and index entry. `known`: of earlier reports, kept elsewhere. */
  verify(known?: readonly StoreAnchor[]): Promise<ChainReport>;
  /** Derives the index anew from the records. */
  rebuildIndex(): Promise<void>;
  /** Rejects with `store_unavailable` where an append would. */
  healthy(): Promise<void>;
  /** Writes the whole store, as it is at this moment, to a new file; appends go on meanwhile. */
  backup(file: string): Promise<void>;
  close(): Promise<void>;
}
