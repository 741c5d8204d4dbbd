// The running state of one trajectory: a bounded fold over its records, in order.

import type { Door } from "../core/call.ts";
import type { Effect, Residue } from "../core/effect.ts";
import { setNewest } from "../core/newest.ts";
import { mayHaveHappened, type Outcome, succeeded } from "../core/outcome.ts";
import type { IntentRecord, OpenedRecord, ProctorRecord } from "../core/record.ts";
import type { ClosedBecause, TrajectoryKey } from "../core/trajectory.ts";
import { applyApproval, type OpenApproval } from "./approvals.ts";
import {
  addKinds,
  type EffectCounts,
  emptyCounts,
  type KindNumbers,
  kindsOf,
  restoredCounts,
  type StoredCounts,
  storedCounts,
  takeKinds,
} from "./counts.ts";
import {
  applyOffered,
  applyRedefined,
  inheritedOffers,
  noOffers,
  type Offers,
  restoredOffers,
  type StoredOffers,
  storedOffers,
} from "./offered.ts";
import { advance, noProgress, type Progress } from "./progress.ts";
import {
  applyMessage,
  emptySaid,
  restoredSaid,
  type Said,
  type SaidDraft,
  type StoredSaid,
  storedSaid,
} from "./said.ts";
import { type Touched, touchedBy } from "./touch.ts";
import {
  doubtEverything,
  emptyTable,
  mark,
  restoredTable,
  type StoredTable,
  storedTable,
  type TouchTable,
} from "./touch-table.ts";

/** Version of a serialised state. Raised whenever a fold or a table changes its meaning. */
const stateVersion = 6;

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
  /** Steps whose outcome is `unknown` or `unobserved`, which a late one supersedes. */
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

interface PendingStep {
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

interface KeyUse {
  readonly step: number;
  /** Digest of the call that came with the key. */
  readonly digest: string;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** The same state, for the fold alone: it changes in place, since copying the tables costs too much. */
interface Draft
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

function emptyDraft(key: TrajectoryKey): Draft {
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

/**
 * The state of the next generation before its first record. It has the limits of its predecessor
 * (counts, what may have been touched, a changed environment) and none of its permissions.
 */
export function inheritLimits(predecessor: TrajectoryState): TrajectoryState {
  const { key, residue } = predecessor;
  const state = emptyDraft({ ...key, generation: key.generation + 1 });
  state.counts = restoredCounts(storedCounts(predecessor.counts));
  state.attempted = restoredTable(storedTable(predecessor.attempted));
  for (const pending of predecessor.pending) if (!pending.dispatched) assume(state, pending);
  // The shell may be another one by now, or still the same.
  state.residue = residue.cwd === undefined ? residue : { ...residue, cwd: null };
  state.offers = inheritedOffers(predecessor.offers);
  state.inherits = true;
  return state;
}

/**
 * One record further. Total: a record that does not fit what came before (the outcome of no step, a
 * second opening) changes nothing but the time. The result is the argument, changed in place: whoever
 * needs the state before keeps its serialised form.
 */
export function fold(state: TrajectoryState, record: ProctorRecord): TrajectoryState {
  // The one place where a state is writable.
  const draft = state as Draft;
  draft.lastAt = Math.max(draft.lastAt, record.at);
  switch (record.type) {
    case "opened":
      open(draft, record);
      break;
    case "offered":
      draft.offers = applyOffered(draft.offers, record);
      break;
    case "redefined":
      draft.offers = applyRedefined(draft.offers, record);
      break;
    case "intent":
      propose(draft, record);
      break;
    case "approval":
      applyApproval(draft.approvals, record);
      break;
    case "dispatch":
      dispatch(draft, record.step);
      break;
    case "outcome":
      if (record.recovered === true) draft.interrupted = true;
      settle(draft, record.step, record.outcome);
      break;
    case "message":
      applyMessage(draft.said, record);
      break;
    case "malformed":
    case "erased":
      break;
    case "closed":
      draft.status = "closed";
      draft.because = record.because;
      break;
  }
  return draft;
}

function open(draft: Draft, record: OpenedRecord): void {
  if (draft.status !== "new") return;
  draft.status = "open";
  draft.opened = record;
  // Folded without its predecessor's limits: then every limit matches.
  if (record.continues && !draft.inherits) {
    doubtEverything(draft.attempted);
    draft.counts.incomplete = true;
  }
}

function propose(draft: Draft, record: IntentRecord): void {
  const { step, effects, decision, call } = record;
  draft.interrupted = false;
  draft.steps = Math.max(draft.steps, step);
  draft.progress = advance(draft.progress, step, effects, decision.verdict === "allow");
  const pending = pendingOf(record, effects);
  draft.pending.push(pending);
  if (record.dispatched) applyDispatch(draft, pending);
  else wait(draft, pending);
  if (call.idempotencyKey !== undefined) remember(draft, call.idempotencyKey, step, call.digest);
  if (call.id !== undefined && call.action !== undefined) {
    see(draft.calls, call.id, record, call.action);
  }
  if (record.resumes !== undefined) resume(draft.resumable, record.resumes);
  if (draft.pending.length > stateLimits.maxPending) forgetOldestPending(draft);
}

function pendingOf(record: IntentRecord, effects: readonly Effect[]): Mutable<PendingStep> {
  const { step, at, instance, dispatched, call, residue, awaitsReport = false } = record;
  return {
    step,
    at,
    instance,
    dispatched,
    digest: call.digest,
    touched: touchedBy(effects),
    // What another door recorded is counted there.
    kinds: kindsOf(record.sameAs === undefined ? effects : []),
    residue,
    overlaps: false,
    awaitsReport,
    sameAs: record.sameAs,
  };
}

function remember(draft: Draft, key: string, step: number, digest: string): void {
  const { maxKeys, maxKeyLength } = stateLimits;
  if (key.length > maxKeyLength) {
    draft.keysForgotten = true;
    return;
  }
  // Used again: the same call after `approval_pending`. With another call a key stays what it was.
  if ((draft.keys.get(key)?.digest ?? digest) !== digest) return;
  draft.keys.set(key, { step, digest });
  if (draft.keys.size <= maxKeys) return;
  draft.keysForgotten = true;
  for (const oldest of draft.keys.keys()) {
    draft.keys.delete(oldest);
    return;
  }
}

function see(
  calls: Map<string, SeenCall>,
  id: string,
  { step, at, effects, call: { door }, sameAs }: IntentRecord,
  action: string,
): void {
  const kinds = kindsOf(effects);
  const first = calls.get(id) ?? { step, action, at, kinds, doors: [], ambiguous: false };
  const ambiguous = first.ambiguous || (first.step !== step && sameAs === undefined);
  calls.set(id, { ...first, doors: [...new Set([...first.doors, door])], ambiguous });
  if (calls.size <= stateLimits.maxCallIds) return;
  for (const oldest of calls.keys()) {
    calls.delete(oldest);
    return;
  }
}

function resume(resumable: Map<string, ResumableCall>, digest: string): void {
  const call = resumable.get(digest);
  if (call !== undefined) resumable.set(digest, { ...call, resumed: true });
}

/** What is sent again, however often, is the call that came first. */
function awaitInput(
  { resumable }: Draft,
  { step, at, kinds, digest, sameAs }: PendingStep,
  interim: string,
): void {
  const first = [...resumable.values()].find((one) => one.step === sameAs);
  const own = { step, action: digest, at, kinds, doors: [], ambiguous: false };
  setNewest(resumable, interim, { ...(first ?? own), resumed: false }, stateLimits.maxResumable);
}

/** Whoever comes with the id of a refused call tries it another time. */
function disown(calls: Map<string, SeenCall>, step: number): void {
  for (const [id, seen] of calls) {
    if (seen.step === step) calls.set(id, { ...seen, ambiguous: true });
  }
}

function forgetOldestPending(draft: Draft): void {
  const oldest = draft.pending.shift();
  if (oldest === undefined || oldest.dispatched) return;
  assume(draft, oldest);
  waitAnew(draft);
}

function wait(draft: Draft, { touched }: PendingStep): void {
  for (const touch of touched) mark(draft.waiting, touch);
}

/** After a step has left the waiting ones: touches cannot be taken out of a table. */
function waitAnew(draft: Draft): void {
  draft.waiting = emptyTable();
  for (const pending of draft.pending) if (!pending.dispatched) wait(draft, pending);
}

function dispatch(draft: Draft, step: number): void {
  const pending = draft.pending.find((one) => one.step === step);
  if (pending === undefined || pending.dispatched) return;
  pending.dispatched = true;
  waitAnew(draft);
  applyDispatch(draft, pending);
}

/**
 * From now on it may have happened, whatever the outcome says; the environment may be another; and
 * until the outcome nobody knows the shell's folder.
 */
function applyDispatch(draft: Draft, mine: Mutable<PendingStep>): void {
  assume(draft, mine);
  const { cwd, environmentChanged } = mine.residue;
  if (environmentChanged !== undefined && draft.residue.environmentChanged === undefined) {
    draft.residue = { ...draft.residue, environmentChanged };
  }
  if (cwd === undefined) return;
  draft.residue = { ...draft.residue, cwd: null };
  for (const other of draft.pending) {
    if (other === mine || !other.dispatched || other.residue.cwd === undefined) continue;
    other.overlaps = true;
    mine.overlaps = true;
  }
}

function settle(draft: Draft, step: number, outcome: Outcome): void {
  const pending = take(draft.pending, step);
  const found = pending ?? take(draft.late, step);
  if (found === undefined) return;
  if (!found.dispatched) {
    waitAnew(draft);
    if (mayHaveHappened(outcome)) assume(draft, found);
  }
  if (!mayHaveHappened(outcome)) disown(draft.calls, step);
  if (outcome.kind === "carried_out" && outcome.interim !== undefined) {
    awaitInput(draft, found, outcome.interim);
  }
  if (succeeded(outcome)) believe(draft, found);
  else if (outcome.kind === "unknown" || outcome.kind === "unobserved") keepLate(draft, found);
}

function take(steps: Mutable<PendingStep>[], step: number): Mutable<PendingStep> | undefined {
  const index = steps.findIndex((pending) => pending.step === step);
  return index < 0 ? undefined : steps.splice(index, 1)[0];
}

/** It may have happened: what limits look at. */
function assume(draft: Draft, { touched, kinds, at }: PendingStep): void {
  for (const touch of touched) mark(draft.attempted, touch);
  addKinds(draft.counts, kinds, at);
}

/** It succeeded: what permits look at. */
function believe(draft: Draft, { touched, residue, overlaps }: PendingStep): void {
  for (const touch of touched) {
    if (touch.certain && touch.target.form === "resolved") mark(draft.done, touch);
  }
  if (residue.cwd !== undefined && !overlaps)
    draft.residue = { ...draft.residue, cwd: residue.cwd };
}

function keepLate(draft: Draft, step: Mutable<PendingStep>): void {
  draft.late.push(step);
  if (draft.late.length > stateLimits.maxLate) draft.late.shift();
}

/**
 * The state as it would be without a step that waits, or a call that another door recorded: what such
 * a call is decided against, so that it does not count against itself. The paths that a dispatched one
 * may have touched stay, since they cannot be taken out of a table.
 */
export function withoutStep(state: TrajectoryState, step: number): TrajectoryState {
  const draft: Draft = {
    ...state,
    pending: state.pending.filter((pending) => pending.step !== step || pending.dispatched),
    late: [...state.late],
    keys: new Map(state.keys),
    approvals: new Map(state.approvals),
    said: restoredSaid(storedSaid(state.said)),
    calls: new Map(state.calls),
    resumable: new Map(state.resumable),
    counts: restoredCounts(storedCounts(state.counts)),
  };
  const seen = [...state.calls.values(), ...state.resumable.values()];
  const twin = seen.find((one) => one.step === step);
  const isCounted = draft.pending.length === state.pending.length;
  if (twin !== undefined && isCounted) takeKinds(draft.counts, twin.kinds, twin.at);
  waitAnew(draft);
  return draft;
}

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
