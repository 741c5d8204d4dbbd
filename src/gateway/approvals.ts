// What waits for a person, over all trajectories: folded from the store, answered by appending to it.

import type { ApprovalAnswer, ApprovalStatus, Question } from "../core/approval.ts";
import type { Clock } from "../core/clock.ts";
import { ProctorError } from "../core/errors.ts";
import type { ApprovalRecord, ProctorRecord } from "../core/record.ts";
import { type TrajectoryKey, trajectoryId } from "../core/trajectory.ts";
import type { Cursor } from "../core/version.ts";
import type { BlobStore, Store, StoredRecord } from "../store/store.ts";
import { approvalRecord } from "./approval-record.ts";
import { contentOf } from "./contents.ts";
import type { LiveTrajectory } from "./live.ts";
import type { Trajectories } from "./trajectories.ts";

export interface Approval {
  readonly id: string;
  readonly key: TrajectoryKey;
  /** The call that it was last asked for. */
  readonly step: number;
  readonly status: ApprovalStatus;
  readonly question: Question;
  readonly askedAt: number;
  readonly answeredAt?: number;
  /** Name of the token that answered. */
  readonly by?: string;
  readonly note?: string;
}

export interface Answer {
  readonly answer: ApprovalAnswer;
  readonly by: string;
  readonly note?: string;
}

/** Why a hold ended. */
export type HoldEnd = "answered" | "expired" | "held long enough" | "aborted";

export interface Approvals {
  /** Those that wait first, newest first; settled ones as far as they are remembered. */
  list(): Promise<readonly Approval[]>;
  /** @throws ProctorError `approval_not_found` */
  show(id: string): Promise<Approval>;
  /** The first answer appended wins. @throws ProctorError `approval_not_found`, `approval_settled` */
  answer(id: string, given: Answer): Promise<Approval>;
  /** Told of each change when this process learns of it. The returned function ends that. */
  listen(listener: (approval: Approval) => void): () => void;
  /** Told of each question that this process asks. */
  onAsked(listener: (approval: Approval) => void): void;
  /** As `listen`, and the store is followed meanwhile, so that changes of other processes come at once. */
  subscribe(listener: (approval: Approval) => void): () => void;
  /** How many calls of this agent wait. */
  waiting(agent: string): number;
  /**
   * Whether the approval is among the first `max` that wait for its agent, in the order of the store: every
   * process comes to the same answer, however many asked at one moment.
   */
  isAmongFirst(id: string, max: number): Promise<boolean>;
  /** How many calls wait, of all agents. */
  waitingOfAll(): number;
  /** Folds records that this process appended, so that nobody waits for the store's news of them. */
  appended(key: TrajectoryKey, records: readonly ProctorRecord[]): void;
  /** Resolves when the approval does not wait any more, and at the end of the hold. */
  answered(
    id: string,
    hold: { readonly holdMs: number; readonly signal: AbortSignal },
  ): Promise<HoldEnd>;
  catchUp(): Promise<void>;
  /** Aborts with `close`: who listens is told nothing any more. */
  readonly ended: AbortSignal;
  close(): void;
}

export interface ApprovalsParts {
  readonly store: Store;
  readonly trajectories: Pick<Trajectories, "find">;
  readonly clock: Clock;
  /** Takes secrets out of a note. */
  readonly clean: (text: string) => string;
}

/** Settled approvals that are still shown. */
const maxSettled = 500;
/** How often a conflict with other writers of the trajectory is tried again. */
const maxAttempts = 64;

export function createApprovals(parts: ApprovalsParts): Approvals {
  const { store, clock } = parts;
  const known = new Map<string, Approval>();
  /** Of what was asked, in the order of the store; what this process has only appended comes when it is read. */
  const order = new Map<string, number>();
  const listeners = new Set<(approval: Approval) => void>();
  const askedHere = new Set<(approval: Approval) => void>();
  let cursor: Cursor | undefined;
  let running: Promise<void> | undefined;
  let watching: AbortController | undefined;
  let watchers = 0;
  let asked = 0;
  const ended = new AbortController();

  function apply(key: TrajectoryKey, record: ProctorRecord): void {
    if (record.type !== "approval") return;
    const before = known.get(record.approval);
    const after = next(before, key, record);
    if (after === undefined || after === before) return;
    known.set(after.id, after);
    forgetOldest();
    for (const listener of [...listeners]) listener(after);
  }

  function forgetOldest(): void {
    if (known.size <= maxSettled) return;
    for (const [id, approval] of known) {
      if (known.size <= maxSettled) return;
      if (statusAt(approval, clock.nowMs()) === "waiting") continue;
      known.delete(id);
      order.delete(id);
    }
  }

  /** Of the store's records in their order, whoever reads them. */
  function applyStored({ key, record }: StoredRecord): void {
    apply(key, record);
    if (record.type !== "approval" || order.has(record.approval)) return;
    if (!known.has(record.approval)) return;
    asked += 1;
    order.set(record.approval, asked);
  }

  async function isAmongFirst(id: string, max: number): Promise<boolean> {
    // A look that began before the asking was recorded may have passed it by.
    for (let looks = 0; looks < 2 && !order.has(id); looks += 1) await catchUp();
    const mine = order.get(id);
    const agent = known.get(id)?.key.agent;
    if (mine === undefined || agent === undefined) return false;
    const before = (other: string) => (order.get(other) ?? Number.POSITIVE_INFINITY) < mine;
    return waitingWhere(({ id: other, key }) => key.agent === agent && before(other)) < max;
  }

  async function fold(): Promise<void> {
    for await (const stored of store.scan({ types: ["approval"] }, cursor)) {
      cursor = stored.cursor;
      applyStored(stored);
    }
  }

  function catchUp(): Promise<void> {
    running ??= fold().finally(() => {
      running = undefined;
    });
    return running;
  }

  /** Follows the store only while somebody waits: other processes may answer. */
  function follow(): () => void {
    watchers += 1;
    if (watching === undefined) {
      watching = new AbortController();
      void watch(watching.signal).catch(() => undefined);
    }
    return function unfollow() {
      watchers -= 1;
      if (watchers > 0) return;
      watching?.abort();
      watching = undefined;
    };
  }

  /** A fault of the store ends it: holds then end by their time, and the next one begins anew. */
  async function watch(signal: AbortSignal): Promise<void> {
    try {
      await catchUp();
      for await (const stored of store.watch({ types: ["approval"] }, signal, cursor)) {
        applyStored(stored);
      }
    } finally {
      if (watching?.signal === signal && !signal.aborted) watching = undefined;
    }
  }

  async function show(id: string): Promise<Approval> {
    if (!known.has(id)) await catchUp();
    const found = known.get(id);
    if (found === undefined) throw new ProctorError("approval_not_found", `no approval ${id}`);
    return shown(found);
  }

  function shown(approval: Approval): Approval {
    return { ...approval, status: statusAt(approval, clock.nowMs()) };
  }

  async function answer(id: string, given: Answer): Promise<Approval> {
    const { key } = await show(id);
    const live = await parts.trajectories.find(key.agent, key.name);
    if (live === undefined || live.key.generation !== key.generation) throw over(id);
    const note = given.note === undefined ? undefined : parts.clean(given.note);
    return live.inTurn(async () => {
      await live.catchUp();
      for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
        const record = answerTo(live, id, { ...given, note }, clock.nowMs());
        if (!(await live.append([record], { synced: true }))) continue;
        apply(key, record);
        return show(id);
      }
      throw new ProctorError("trajectory_busy", `${live.id} changed ${maxAttempts} times`);
    });
  }

  function waitingWhere(mine: (approval: Approval) => boolean): number {
    const now = clock.nowMs();
    let waiting = 0;
    for (const approval of known.values()) {
      if (mine(approval) && statusAt(approval, now) === "waiting") waiting += 1;
    }
    return waiting;
  }

  function listen(listener: (approval: Approval) => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  function subscribe(listener: (approval: Approval) => void): () => void {
    const unlisten = listen(listener);
    const unfollow = follow();
    return function unsubscribe() {
      unlisten();
      unfollow();
    };
  }

  return {
    show,
    answer,
    listen,
    onAsked: (listener) => void askedHere.add(listener),
    subscribe,
    catchUp,
    async list() {
      await catchUp();
      return [...known.values()].map(shown).sort(waitingFirst);
    },
    waiting(agent) {
      // For the next time: other processes ask as well, and trajectories end.
      void catchUp().catch(() => undefined);
      return waitingWhere(({ key }) => key.agent === agent);
    },
    isAmongFirst,
    waitingOfAll: () => waitingWhere(() => true),
    appended(key, records) {
      for (const record of records) {
        apply(key, record);
        if (record.type !== "approval" || record.event.kind !== "asked") continue;
        const approval = known.get(record.approval);
        if (approval !== undefined) for (const listener of askedHere) listener(approval);
      }
    },
    answered(id, { holdMs, signal }) {
      return new Promise((resolve) => {
        const now = clock.nowMs();
        const approval = known.get(id);
        const leftMs = (approval?.question.expiresAt ?? now) - now;
        const timer = setTimeout(
          () => end(leftMs <= holdMs ? "expired" : "held long enough"),
          Math.max(0, Math.min(holdMs, leftMs)),
        );
        const aborted = () => end("aborted");
        const unsubscribe = subscribe((changed) => {
          if (changed.id === id && changed.status !== "waiting") end("answered");
        });
        function end(why: HoldEnd): void {
          clearTimeout(timer);
          unsubscribe();
          signal.removeEventListener("abort", aborted);
          resolve(why);
        }
        if (signal.aborted) end("aborted");
        else if (approval?.status !== "waiting") end("answered");
        else signal.addEventListener("abort", aborted);
      });
    },
    ended: ended.signal,
    close() {
      ended.abort();
      watching?.abort();
      watching = undefined;
      listeners.clear();
      askedHere.clear();
    },
  };
}

/** undefined: an event of an approval that was never asked for, or is not remembered. */
function next(
  before: Approval | undefined,
  key: TrajectoryKey,
  { approval: id, step, at, event }: ApprovalRecord,
): Approval | undefined {
  if (event.kind === "asked") {
    const { question } = event;
    return before ?? { id, key, step, status: "waiting", question, askedAt: at };
  }
  if (before === undefined) return undefined;
  switch (event.kind) {
    case "held":
      return { ...before, step };
    case "answered": {
      if (before.status !== "waiting") return before;
      const { answer, by, note } = event;
      return { ...before, status: answer, by, note, answeredAt: at };
    }
    case "used":
      return before.status === "used" ? before : { ...before, status: "used", step };
    case "cancelled":
      return before.status === "cancelled" ? before : { ...before, status: "cancelled" };
    case "overruled":
      return before;
  }
}

/** Nobody writes down that time has passed. */
function statusAt({ status, question }: Approval, now: number): ApprovalStatus {
  const open = status === "waiting" || status === "approved";
  return open && now >= question.expiresAt ? "expired" : status;
}

function waitingFirst(a: Approval, b: Approval): number {
  const [x, y] = [a.status === "waiting", b.status === "waiting"];
  if (x !== y) return x ? -1 : 1;
  return b.askedAt - a.askedAt;
}

/** @throws ProctorError `approval_settled` where the trajectory says that no answer can come any more */
function answerTo(
  { state, id: trajectory }: LiveTrajectory,
  id: string,
  { answer, by, note }: Answer,
  now: number,
): ApprovalRecord {
  const open = state.approvals.get(id);
  if (state.status === "closed" || open === undefined) throw over(id);
  if (open.answer !== undefined) {
    throw new ProctorError("approval_settled", `${id} was ${open.answer} by ${open.by} before`);
  }
  if (now >= open.expiresAt) {
    const when = new Date(open.expiresAt).toISOString();
    throw new ProctorError("approval_settled", `${id} of ${trajectory} expired at ${when}`);
  }
  const event = { kind: "answered", answer, by, note } as const;
  const { step } = open;
  return approvalRecord({ approval: id, step, event }, now);
}

function over(id: string): ProctorError {
  return new ProctorError("approval_settled", `${id} was used, or its trajectory ended`);
}

/** What is shown of an approval, wherever it is shown. */
export interface ApprovalView
  extends Omit<Approval, "key" | "question">,
    Omit<Question, "binding"> {
  readonly agent: string;
  readonly trajectory: string;
}

/** With its arguments, also where they are kept beside the record: nobody answers what cannot be seen. */
export async function wholeViewOf(approval: Approval, store: BlobStore): Promise<ApprovalView> {
  const view = viewOf(approval);
  const { arguments: content } = view;
  const inline = await contentOf(content, store);
  return inline === undefined ? view : { ...view, arguments: { bytes: content.bytes, inline } };
}

export function viewOf({ key, question, ...rest }: Approval): ApprovalView {
  const { binding: _, ...asked } = question;
  return { ...rest, agent: key.agent, trajectory: trajectoryId(key), ...asked };
}
