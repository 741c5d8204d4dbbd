// What is known of one trajectory from its records so far: bounded, and derived from them alone.

import type { Door } from "../core/call.ts";
import type { Residue } from "../core/effect.ts";
import type { OpenedRecord } from "../core/record.ts";
import type { ClosedBecause, TrajectoryKey } from "../core/trajectory.ts";
import type { OpenApproval } from "./approvals.ts";
import type { EffectCounts, KindNumbers } from "./counts.ts";
import type { Offers } from "./offered.ts";
import type { Progress } from "./progress.ts";
import type { Said } from "./said.ts";
import type { Touched } from "./touch.ts";
import type { TouchTable } from "./touch-table.ts";

export const stateLimits = {
  /** Steps without an outcome; the oldest beyond are taken to have happened. */
  maxPending: 1024,
  /** Steps of unknown outcome that a late outcome may still settle. */
  maxLate: 64,
  /** Idempotency keys; the oldest beyond are forgotten. */
  maxKeys: 1024,
  /** Longest key that is kept, UTF-16 code units. */
  maxKeyLength: 256,
  /** Call ids; the oldest beyond are forgotten, and what comes with them again is another call. */
  maxCallIds: 1024,
  /** Calls that may be sent again with input; the oldest beyond are other calls when they are. */
  maxResumable: 64,
} as const;

/**
 * What the records so far say. Read it by the functions in `history.ts` and `score.ts`; the members
 * of `counts`, `done` and `attempted` are theirs.
 */
export interface TrajectoryState {
  readonly key: TrajectoryKey;
  readonly status: "new" | "open" | "closed";
  /** The first record: task, how it was identified, session, policy, mode. */
  readonly opened?: OpenedRecord;
  readonly because?: ClosedBecause;
  /** Time of the latest record, milliseconds; 0: none. */
  readonly lastAt: number;
  /** Intents so far; the next one is `steps + 1`. */
  readonly steps: number;
  /** Steps without an outcome, oldest first. */
  readonly pending: readonly PendingStep[];
  /** Steps whose outcome is `unknown`, `unobserved` or without its result, which a late one supersedes. */
  readonly late: readonly PendingStep[];
  /** An outcome was written by recovery, and no intent came after it. */
  readonly interrupted: boolean;
  /** What earlier calls left behind for the next one. */
  readonly residue: Residue;
  readonly progress: Progress;
  /** What the model was offered. */
  readonly offers: Offers;
  /** Approvals that can still be answered or used, by their ids, oldest first. */
  readonly approvals: ReadonlyMap<string, OpenApproval>;
  /** Idempotency key -> the last use of the call that it came with first. */
  readonly keys: ReadonlyMap<string, KeyUse>;
  /** Keys were forgotten: one that is not in `keys` may have been used all the same. */
  readonly keysForgotten: boolean;
  /** Call id -> the call that it came with first, for those that several doors see. */
  readonly calls: ReadonlyMap<string, SeenCall>;
  /** By `interim` of the outcome that asked for input. */
  readonly resumable: ReadonlyMap<string, ResumableCall>;
  /** Effects of calls that were dispatched; those of waiting steps are in `pending`. */
  readonly counts: EffectCounts;
  /** Paths touched by calls that succeeded, where that is certain. */
  readonly done: TouchTable;
  /** Paths that dispatched calls may have touched. */
  readonly attempted: TouchTable;
  /** Paths that the pending steps which are not dispatched would touch. */
  readonly waiting: TouchTable;
  /** Which messages between user and model are recorded. */
  readonly said: Said;
  /** The limits of the trajectory that this one continues are in `counts` and `attempted`. */
  readonly inherits: boolean;
}

export interface PendingStep {
  readonly step: number;
  readonly at: number;
  /** The process that wrote the intent. */
  readonly instance: string;
  readonly dispatched: boolean;
  /** Digest of the call. */
  readonly digest: string;
  readonly touched: readonly Touched[];
  readonly kinds: KindNumbers;
  readonly residue: Residue;
  /** Another step that may move the shell's folder was under way with it. */
  readonly overlaps: boolean;
  /** Its door carries it out, and reports. */
  readonly awaitsReport: boolean;
  /** The step that it is the same call as. */
  readonly sameAs?: number | undefined;
  /** The server goes on with it as this task; its outcome comes when it is seen. Keyed digest. */
  readonly task?: string;
  /** The client asked for that task to be cancelled. */
  readonly cancelAsked?: true;
  /** How its task ended is known, and its result is not. */
  readonly resultUnseen?: true;
}

/** A call as its id says. */
export interface SeenCall {
  readonly step: number;
  /** Keyed digest of its effects. */
  readonly action: string;
  readonly at: number;
  readonly kinds: KindNumbers;
  readonly doors: readonly Door[];
  /** The id stands for several calls, or for one that was refused: nothing is the same call any more. */
  readonly ambiguous: boolean;
}

/** A call whose result asked for input, with which it may be sent again. */
export interface ResumableCall extends SeenCall {
  /** It was; whoever sends it once more makes another call. */
  readonly resumed: boolean;
}

export interface KeyUse {
  readonly step: number;
  /** Digest of the call that came with the key. */
  readonly digest: string;
}
