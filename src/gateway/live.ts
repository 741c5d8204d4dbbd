// One trajectory as this process knows it: its state at a version, and whose turn it is.

import type { Outcome } from "../core/outcome.ts";
import type { IntentRecord, ProctorRecord } from "../core/record.ts";
import type { Task } from "../core/task.ts";
import type { IdentifiedBy, TrajectoryKey } from "../core/trajectory.ts";
import { trajectoryId } from "../core/trajectory.ts";
import type { Version } from "../core/version.ts";
import type { AppendOptions, Store } from "../store/store.ts";
import type { PendingStep, TrajectoryState } from "../trajectory/state.ts";

/** The functions of `trajectory/`, handed in. */
export interface Folding {
  empty(key: TrajectoryKey): TrajectoryState;
  fold(state: TrajectoryState, record: ProctorRecord): TrajectoryState;
  /** The state of a successor before its first record: limits are inherited, permissions are not. */
  succeed(predecessor: TrajectoryState): TrajectoryState;
  serialise(state: TrajectoryState): string;
  /** undefined: of another version; fold the records instead. */
  parse(text: string): TrajectoryState | undefined;
}

/** What the `opened` record will say, if this process writes it. */
export interface Opening {
  readonly task: Task;
  readonly identifiedBy: IdentifiedBy;
  readonly session?: string;
  readonly traceId?: string;
}

/** A step whose door reports what came of it. */
export interface Awaited {
  readonly intent: IntentRecord;
  /** Counts the step, at its end. */
  observed(outcome: Outcome): void;
}

/** Its outcome comes by a report, or when its task is seen to end: it outlives the process that carried it out. */
export function isElsewhere({ awaitsReport, task }: PendingStep): boolean {
  return awaitsReport || task !== undefined;
}

/** How often an append to the head is tried against other writers. */
const maxHeadAttempts = 64;

export class LiveTrajectory {
  readonly key: TrajectoryKey;
  readonly id: string;
  readonly opening: Opening;
  state: TrajectoryState;
  version: Version;
  /** Outcome records that could not be written. While there are any, no call is taken. */
  readonly unrecorded: ProctorRecord[] = [];
  readonly #store: Store;
  readonly #fold: Folding["fold"];
  #turn: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  readonly #inFlight = new Set<number | symbol>();
  readonly #held = new Map<number, AbortController>();
  readonly #awaited = new Map<number, Awaited>();
  #onQuiet: (() => void)[] = [];
  #onUnheld: (() => void)[] = [];

  constructor(parts: {
    key: TrajectoryKey;
    opening: Opening;
    state: TrajectoryState;
    version: Version;
    store: Store;
    fold: Folding["fold"];
  }) {
    this.key = parts.key;
    this.id = trajectoryId(parts.key);
    this.opening = parts.opening;
    this.state = parts.state;
    this.version = parts.version;
    this.#store = parts.store;
    this.#fold = parts.fold;
  }

  /** Nothing of this process is under way in it. */
  get idle(): boolean {
    return (
      this.#waiting === 0 &&
      this.#inFlight.size === 0 &&
      this.#held.size === 0 &&
      this.unrecorded.length === 0
    );
  }

  /** Marks a step that this process carries out; until `finished` it is no orphan. Symbols: looks, which have no step yet. */
  started(step: number | symbol): void {
    this.#inFlight.add(step);
  }

  finished(step: number | symbol): void {
    this.#inFlight.delete(step);
    if (this.#inFlight.size > 0) return;
    for (const resolve of this.#onQuiet.splice(0)) resolve();
  }

  /** Marks a step that waits for a person; the signal says that the trajectory ends. */
  hold(step: number): AbortSignal {
    const ending = new AbortController();
    this.#held.set(step, ending);
    return ending.signal;
  }

  release(step: number): void {
    this.#held.delete(step);
    if (this.#held.size > 0) return;
    for (const resolve of this.#onUnheld.splice(0)) resolve();
  }

  /** Ends every hold; resolves when the outcomes of those steps are recorded. */
  async endHolds(): Promise<void> {
    if (this.#held.size === 0) return;
    for (const ending of this.#held.values()) ending.abort(new Error("the trajectory ended"));
    await new Promise<void>((resolve) => this.#onUnheld.push(resolve));
  }

  /** Marks a step that its door carries out; what is known of it is kept for its report. */
  awaitReport(step: number, awaited: Awaited): void {
    this.#awaited.set(step, awaited);
  }

  /** What this process knows of a step that awaits its report; undefined: another one decided it, or it left memory. */
  awaited(step: number): Awaited | undefined {
    return this.#awaited.get(step);
  }

  /** Its outcome is recorded. */
  settled(step: number, outcome: Outcome): void {
    this.#awaited.get(step)?.observed(outcome);
    this.#awaited.delete(step);
  }

  /** Does this process carry the step out, or hold it? */
  hasInHand(step: number): boolean {
    return this.#inFlight.has(step) || this.#held.has(step);
  }

  /** Resolves when no step of this process is under way, and after `graceMs` in any case. */
  async quiet(graceMs: number): Promise<void> {
    if (this.#inFlight.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, graceMs);
      this.#onQuiet.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** Runs `work` after everything that took its turn before. */
  async inTurn<T>(work: () => Promise<T>): Promise<T> {
    this.#waiting += 1;
    const mine = this.#turn.then(work, work);
    this.#turn = mine.catch(() => undefined);
    try {
      return await mine;
    } finally {
      this.#waiting -= 1;
    }
  }

  /**
   * Appends after exactly the version that `state` is at. False: another process was faster; its
   * records are folded, and the caller decides again. Only in turn.
   */
  async append(records: readonly ProctorRecord[], options: AppendOptions): Promise<boolean> {
    const result = await this.#store.append(this.key, this.version, records, options);
    if (!result.ok) {
      await this.catchUp();
      return false;
    }
    for (const record of records) this.state = this.#fold(this.state, record);
    this.version = result.version;
    return true;
  }

  /** Appends after whatever is there: for records that need no new decision. Only in turn. */
  async appendToHead(records: readonly ProctorRecord[], options: AppendOptions): Promise<void> {
    for (let attempt = 0; attempt < maxHeadAttempts; attempt += 1) {
      if (await this.append(records, options)) return;
    }
    throw new Error(`${this.id} was ahead of this writer ${maxHeadAttempts} times`);
  }

  async catchUp(): Promise<void> {
    for await (const { record, version } of this.#store.read(this.key, this.version)) {
      this.state = this.#fold(this.state, record);
      this.version = version;
    }
  }
}
