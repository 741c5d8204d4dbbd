// Rows of the tables as the vocabulary has them.

import type { TrajectoryKey } from "../../core/trajectory.ts";
import type { Mark } from "../store.ts";
import type { Tally } from "../tally.ts";
import type { Row } from "./driver.ts";
import { numberIn, textIn, textOrNullIn } from "./driver.ts";

export const tallyColumns =
  "records, steps, refused, opened_at, last_at, task, task_class, closed, marks, contents, erased" as const;

export function tallyIn(row: Row): Tally {
  return {
    records: numberIn(row, "records"),
    steps: numberIn(row, "steps"),
    refused: numberIn(row, "refused"),
    openedAt: numberIn(row, "opened_at"),
    lastAt: numberIn(row, "last_at"),
    task: textIn(row, "task"),
    taskClass: textIn(row, "task_class"),
    closed: textOrNullIn(row, "closed"),
    marks: marksIn(textIn(row, "marks")),
    contents: numberIn(row, "contents"),
    erased: numberIn(row, "erased"),
  };
}

/** A blank before and behind each, so that one is found whole by its text. */
export function marksText(marks: readonly Mark[]): string {
  return marks.length === 0 ? "" : ` ${marks.join(" ")} `;
}

/** What is no mark stays one: `verify` then says that the entry does not follow from the records. */
function marksIn(text: string): Mark[] {
  return text.split(" ").filter((mark): mark is Mark => mark !== "");
}

export function keyIn(row: Row): TrajectoryKey {
  return {
    agent: textIn(row, "agent"),
    name: textIn(row, "name"),
    generation: numberIn(row, "generation"),
  };
}
