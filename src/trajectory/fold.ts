// The state of a trajectory, record by record.

import type { Effect } from "../core/effect.ts";
import { mayHaveHappened, type Outcome, succeeded } from "../core/outcome.ts";
import type { IntentRecord, OpenedRecord, ProctorRecord, TaskRecord } from "../core/record.ts";
import { applyApproval } from "./approvals.ts";
import { awaitInput, disown, resume, see } from "./calls.ts";
import { kindsOf, restoredCounts, storedCounts, takeKinds } from "./counts.ts";
import { assume, type Draft, emptyDraft, type Mutable, wait, waitAnew } from "./draft.ts";
import { applyOffered, applyRedefined, inheritedOffers } from "./offered.ts";
import { advance } from "./progress.ts";
import { applyMessage, restoredSaid, storedSaid } from "./said.ts";
import { type PendingStep, stateLimits, type TrajectoryState } from "./state.ts";
import { touchedBy } from "./touch.ts";
import { doubtEverything, mark, restoredTable, storedTable } from "./touch-table.ts";

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
    case "task":
      goOnAsTask(draft, record);
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

function forgetOldestPending(draft: Draft): void {
  const oldest = draft.pending.shift();
  if (oldest === undefined || oldest.dispatched) return;
  assume(draft, oldest);
  waitAnew(draft);
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

function goOnAsTask(draft: Draft, { step, task, event }: TaskRecord): void {
  const pending = draft.pending.find((one) => one.step === step);
  if (pending === undefined) return;
  switch (event.kind) {
    case "began":
      pending.task = task;
      break;
    case "cancel_asked":
      pending.cancelAsked = true;
      break;
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
  if (outcome.kind === "carried_out" && outcome.resultUnseen) {
    keepLate(draft, { ...found, resultUnseen: true });
  } else if (outcome.kind === "unknown" || outcome.kind === "unobserved") keepLate(draft, found);
}

function take(steps: Mutable<PendingStep>[], step: number): Mutable<PendingStep> | undefined {
  const index = steps.findIndex((pending) => pending.step === step);
  return index < 0 ? undefined : steps.splice(index, 1)[0];
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
