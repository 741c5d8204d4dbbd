// What the index needs of a record: the one place that says which record changes which entry.

import { measures } from "../core/measure.ts";
import type { ClosedRecord, IntentRecord, ProctorRecord } from "../core/record.ts";
import type { Mark } from "./store.ts";

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
      readonly marks: readonly Mark[];
    }
  | { readonly type: "dispatch"; readonly at: number; readonly step: number }
  | {
      readonly type: "outcome";
      readonly at: number;
      readonly step: number;
      readonly refused: boolean;
    }
  | {
      readonly type: "offered" | "redefined" | "approval" | "task" | "malformed" | "message";
      readonly at: number;
    }
  | {
      readonly type: "closed";
      readonly at: number;
      readonly because: string;
      readonly marks: readonly Mark[];
    }
  | {
      readonly type: "erased";
      readonly at: number;
      readonly through: number;
      readonly records: number;
    };

export function factsOf(record: ProctorRecord): RecordFacts {
  const { at } = record;
  switch (record.type) {
    case "opened":
      return { type: "opened", at, task: record.task.id, taskClass: record.task.class };
    case "intent": {
      const { step, instance, dispatched } = record;
      return { type: "intent", at, step, instance, dispatched, marks: marksOfIntent(record) };
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
    case "offered":
    case "redefined":
    case "approval":
    case "task":
    case "malformed":
    case "message":
      return { type: record.type, at };
    case "closed":
      return { type: "closed", at, because: record.because, marks: marksOfScores(record) };
    case "erased": {
      const { through, records } = record;
      return { type: "erased", at, through, records };
    }
  }
}

/** `would` is what a dry-run rule or policy would have said, where that is another verdict. */
function marksOfIntent({ effects, decision }: IntentRecord): readonly Mark[] {
  const { verdict, judged, matches } = decision;
  const marks = new Set<Mark>([`verdict:${verdict}`]);
  if (judged !== verdict) marks.add(`would:${judged}`);
  for (const { kind } of effects) marks.add(`effect:${kind}`);
  for (const { rule } of matches) if (isOneWord(rule)) marks.add(`rule:${rule}`);
  return [...marks];
}

/** As the ids of rules are; marks stand beside each other with a blank between. */
function isOneWord(rule: string): boolean {
  return /^[\x21-\x7e]{1,128}$/.test(rule);
}

function marksOfScores({ scores }: ClosedRecord): readonly Mark[] {
  return measures.map((measure): Mark => `score:${measure}=${scores[measure].value}`);
}
