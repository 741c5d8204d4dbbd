// One trajectory as a person reads it: its records put together, step by step.

import type { Measure, Score } from "../core/measure.ts";
import type {
  ApprovalRecord,
  ClosedRecord,
  DispatchRecord,
  IntentRecord,
  MalformedRecord,
  MessageRecord,
  OpenedRecord,
  OutcomeRecord,
  ProctorRecord,
  TaskRecord,
} from "../core/record.ts";

/** A call with everything that was recorded of it. */
export interface TimelineStep {
  readonly kind: "step";
  readonly intent: IntentRecord;
  readonly approvals: readonly ApprovalRecord[];
  readonly dispatch?: DispatchRecord;
  /** It went on as a task of its server. */
  readonly task: readonly TaskRecord[];
  /** The last one: a late outcome supersedes an unknown one. */
  readonly outcome?: OutcomeRecord;
  /** Measures that this step settles. */
  readonly settles: readonly { readonly measure: Measure; readonly score: Score }[];
}

export type TimelineEntry =
  | TimelineStep
  | { readonly kind: "malformed"; readonly record: MalformedRecord }
  | { readonly kind: "message"; readonly record: MessageRecord };

export interface Timeline {
  readonly opened?: OpenedRecord;
  readonly closed?: ClosedRecord;
  /** In the order in which they came. */
  readonly entries: readonly TimelineEntry[];
  readonly scores: Scored;
}

/** Of an open trajectory those that are settled. */
export type Scored = { readonly [M in Measure]?: Score };

/** @param settled what an open trajectory's calls settled so far */
export function timelineOf(records: readonly ProctorRecord[], settled: Scored): Timeline {
  const closed = records.find((record) => record.type === "closed");
  const scores = closed?.scores ?? settled;
  const steps = new Map<number, Building>();
  const entries: (Building | Exclude<TimelineEntry, TimelineStep>)[] = [];
  let opened: OpenedRecord | undefined;
  for (const record of records) {
    switch (record.type) {
      case "opened":
        opened ??= record;
        break;
      case "intent": {
        const settles = entriesOf(scores).filter(({ score }) => score.step === record.step);
        const step: Building = { kind: "step", intent: record, approvals: [], task: [], settles };
        steps.set(record.step, step);
        entries.push(step);
        break;
      }
      case "approval":
        steps.get(record.step)?.approvals.push(record);
        break;
      case "task":
        steps.get(record.step)?.task.push(record);
        break;
      case "dispatch":
        amend(steps.get(record.step), (step) => {
          step.dispatch = record;
        });
        break;
      case "outcome":
        amend(steps.get(record.step), (step) => {
          step.outcome = record;
        });
        break;
      case "malformed":
        entries.push({ kind: "malformed", record });
        break;
      case "message":
        entries.push({ kind: "message", record });
        break;
      case "offered":
      case "redefined":
      case "closed":
        break;
    }
  }
  return {
    ...(opened === undefined ? {} : { opened }),
    ...(closed === undefined ? {} : { closed }),
    entries,
    scores,
  };
}

interface Building extends TimelineStep {
  readonly approvals: ApprovalRecord[];
  readonly task: TaskRecord[];
  dispatch?: DispatchRecord;
  outcome?: OutcomeRecord;
}

function amend(step: Building | undefined, change: (step: Building) => void): void {
  if (step !== undefined) change(step);
}

function entriesOf(scores: Scored): { measure: Measure; score: Score }[] {
  return Object.entries(scores).map(([measure, score]) => ({ measure: measure as Measure, score }));
}
