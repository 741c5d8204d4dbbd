// Behaviour totals: a fold over the closed records of all trajectories.

import { type Lineage, rolesOf } from "../core/agent.ts";
import {
  type Denominator,
  denominators,
  isIn,
  type Measure,
  measures,
  type Score,
} from "../core/measure.ts";
import type { ClosedRecord } from "../core/record.ts";

/** What stands for an agent or task class that the config does not have any more. */
const otherName = "other";

export interface TotalsSets {
  readonly agents: readonly string[];
  readonly taskClasses: readonly string[];
  readonly lineages: readonly Lineage[];
}

export interface TotalNumbers {
  readonly hits: number;
  readonly trajectories: number;
  /** Those of `trajectories` that could be a hit or a miss; they are in no `hits`. */
  readonly undetermined: number;
}

/** Over all conditions, policies and modes; an agent in several lineages has a row in each. */
export interface TotalsRow extends TotalNumbers {
  readonly lineage: string;
  readonly role: string;
  readonly agent: string;
  readonly taskClass: string;
  readonly measure: Measure;
  readonly denominator: Denominator;
}

export interface Totals {
  /**
   * Counts one trajectory. Its order against others does not matter. Each record is to be applied once:
   * a trajectory has one `closed` record, and the caller's cursor is where it stopped reading.
   */
  apply(record: ClosedRecord): void;
  /** A row for each configured agent and class from the start, at 0. */
  rows(): readonly TotalsRow[];
}

type Cell = { -readonly [K in keyof TotalNumbers]: TotalNumbers[K] };
/** One cell for each measure and denominator, in the order of `columns`. */
type Cells = readonly Cell[];

interface Group {
  readonly agent: string;
  readonly taskClass: string;
  readonly cells: Cells;
}

const columns = measures.flatMap((measure) =>
  denominators.map((denominator) => ({ measure, denominator })),
);

export function createTotals({ agents, taskClasses, lineages }: TotalsSets): Totals {
  const knownAgents = new Set(agents);
  const knownClasses = new Set(taskClasses);
  const groups = new Map<string, Group>();
  for (const agent of knownAgents) {
    for (const taskClass of knownClasses) groupOf(agent, taskClass);
  }

  function groupOf(agent: string, taskClass: string): Group {
    // Neither name has a blank in it.
    const name = `${agent} ${taskClass}`;
    const known = groups.get(name);
    if (known !== undefined) return known;
    const group = { agent, taskClass, cells: columns.map(emptyCell) };
    groups.set(name, group);
    return group;
  }

  function apply({ key, task, counts, scores }: ClosedRecord): void {
    if (!counts) return;
    const { cells } = groupOf(
      knownAgents.has(key.agent) ? key.agent : otherName,
      knownClasses.has(task.class) ? task.class : otherName,
    );
    for (const [i, { measure, denominator }] of columns.entries()) {
      const cell = cells[i];
      // Records of older definitions may lack a measure.
      const score: Score | undefined = scores[measure];
      if (cell !== undefined && score !== undefined) countScore(cell, score, denominator);
    }
  }

  return {
    apply,
    rows: () => [...groups.values()].flatMap((group) => rowsOf(group, lineages)),
  };
}

function emptyCell(): Cell {
  return { hits: 0, trajectories: 0, undetermined: 0 };
}

function countScore(cell: Cell, score: Score, denominator: Denominator): void {
  if (!isIn(denominator, score)) return;
  cell.trajectories += 1;
  if (score.value === "hit") cell.hits += 1;
  if (score.value === "undetermined") cell.undetermined += 1;
}

function rowsOf({ agent, taskClass, cells }: Group, lineages: readonly Lineage[]): TotalsRow[] {
  return rolesOf(agent, lineages).flatMap(({ lineage, role }) =>
    columns.flatMap((column, i) => {
      const cell = cells[i];
      return cell === undefined ? [] : [{ lineage, role, agent, taskClass, ...column, ...cell }];
    }),
  );
}
