// The index entry of one trajectory: a fold over the facts of its records.

import type { TrajectoryKey } from "../core/trajectory.ts";
import type { RecordFacts } from "./facts.ts";
import { type Mark, maxMarks, type TrajectorySummary } from "./store.ts";

/** Everything that the index says of a trajectory, except its pending intents. */
export interface Tally {
  records: number;
  steps: number;
  refused: number;
  openedAt: number;
  lastAt: number;
  task: string;
  taskClass: string;
  closed: string | null;
  readonly marks: Mark[];
  /** Records that bear contents. */
  contents: number;
  /** The position up to which contents were erased. */
  erased: number;
}

/** Before the first record. */
export function emptyTally(): Tally {
  return {
    records: 0,
    steps: 0,
    refused: 0,
    openedAt: 0,
    lastAt: 0,
    task: "",
    taskClass: "",
    closed: null,
    marks: [],
    contents: 0,
    erased: 0,
  };
}

/** Counts one record more, in place. */
export function count(tally: Tally, facts: RecordFacts): void {
  if (tally.records === 0) tally.openedAt = facts.at;
  tally.records += 1;
  tally.lastAt = facts.at;
  switch (facts.type) {
    case "opened":
      tally.task = facts.task;
      tally.taskClass = facts.taskClass;
      return;
    case "intent":
      tally.contents += 1;
      tally.steps += 1;
      mark(tally, facts.marks);
      return;
    case "outcome":
      tally.contents += 1;
      if (facts.refused) tally.refused += 1;
      return;
    case "closed":
      tally.closed = facts.because;
      mark(tally, facts.marks);
      return;
    case "offered":
    case "redefined":
    case "approval":
    case "task":
    case "malformed":
    case "message":
      tally.contents += 1;
      return;
    case "dispatch":
      return;
    case "erased":
      tally.contents = Math.max(0, tally.contents - facts.records);
      tally.erased = facts.through;
      return;
  }
}

function mark({ marks }: Tally, added: readonly Mark[]): void {
  for (const each of added) {
    if (marks.length < maxMarks && !marks.includes(each)) marks.push(each);
  }
}

export function summary(key: TrajectoryKey, tally: Tally): TrajectorySummary {
  const { closed, erased: _, ...rest } = tally;
  const counts = { ...rest, marks: [...rest.marks] };
  return closed === null ? { key, ...counts } : { key, ...counts, closed };
}

/** An intent without an outcome. */
export interface Pending {
  readonly instance: string;
  readonly dispatched: boolean;
}

/** Opens and settles the steps of one trajectory, in place. */
export function settle(pending: Map<number, Pending>, facts: RecordFacts): void {
  switch (facts.type) {
    case "intent":
      pending.set(facts.step, { instance: facts.instance, dispatched: facts.dispatched });
      return;
    case "dispatch": {
      const intent = pending.get(facts.step);
      if (intent !== undefined) pending.set(facts.step, { ...intent, dispatched: true });
      return;
    }
    case "outcome":
      pending.delete(facts.step);
      return;
    case "opened":
    case "offered":
    case "redefined":
    case "approval":
    case "task":
    case "malformed":
    case "message":
    case "closed":
    case "erased":
      return;
  }
}
