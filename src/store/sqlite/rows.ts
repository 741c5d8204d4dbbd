// Rows of the tables as the vocabulary has them.

import type { TrajectoryKey } from "../../core/trajectory.ts";
import type { Tally } from "../tally.ts";
import type { Row } from "./driver.ts";
import { numberIn, textIn, textOrNullIn } from "./driver.ts";

export const tallyColumns =
  "records, steps, refused, opened_at, last_at, task, task_class, closed" as const;

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
  };
}

export function keyIn(row: Row): TrajectoryKey {
  return {
    agent: textIn(row, "agent"),
    name: textIn(row, "name"),
    generation: numberIn(row, "generation"),
  };
}
