// What the index needs of a record: the one place that says which record changes which entry.

import type { ProctorRecord } from "../core/record.ts";

/** The few members of a record that the index rests on; small, since they travel beside the bytes. */
export type RecordFacts =
  | {
      readonly type: "opened";
      readonly at: number;
      readonly task: string;
      readonly taskClass: string;
    }
  | {
      readonly type: "intent";
      readonly at: number;
      readonly step: number;
      readonly instance: string;
      readonly dispatched: boolean;
    }
  | { readonly type: "dispatch"; readonly at: number; readonly step: number }
  | {
      readonly type: "outcome";
      readonly at: number;
      readonly step: number;
      readonly refused: boolean;
    }
  | { readonly type: "approval"; readonly at: number }
  | { readonly type: "malformed"; readonly at: number }
  | { readonly type: "closed"; readonly at: number; readonly because: string };

export function factsOf(record: ProctorRecord): RecordFacts {
  const { at } = record;
  switch (record.type) {
    case "opened":
      return { type: "opened", at, task: record.task.id, taskClass: record.task.class };
    case "intent": {
      const { step, instance, dispatched } = record;
      return { type: "intent", at, step, instance, dispatched };
    }
    case "dispatch":
      return { type: "dispatch", at, step: record.step };
    case "outcome":
      return {
        type: "outcome",
        at,
        step: record.step,
        refused: record.outcome.kind === "refused",
      };
    case "approval":
    case "malformed":
      return { type: record.type, at };
    case "closed":
      return { type: "closed", at, because: record.because };
  }
}
