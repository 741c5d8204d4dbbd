// Behaviour totals: a fold over the closed records of all trajectories.

import { type Lineage, type LineageRole, rolesOf } from "../core/agent.ts";
import { type Denominator, denominators, type Measure, measures } from "../core/measure.ts";
import type { ClosedRecord } from "../core/record.ts";
import { createTally, sumOf, type Tally } from "./tally.ts";

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
  /** Counts by stratum, for what is computed from them. */
  groups(): readonly PlacedGroup[];
  /** A row for each configured agent and class from the start, at 0. */
  rows(): readonly TotalsRow[];
}

interface Group {
  readonly agent: string;
  readonly taskClass: string;
  readonly tally: Tally;
  /** What the rows of the group say, until its next trajectory. */
  numbers?: readonly MeasuredNumbers[];
}

interface MeasuredNumbers extends TotalNumbers, Pick<TotalsRow, "measure" | "denominator"> {}

/** A group in one of its agent's places. */
export interface PlacedGroup extends Omit<Group, "numbers">, LineageRole {}

/** Of one agent and class. A rate's effective n is taken over these; more tasks count as one. */
const maxStrata = 4_096;

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
    const group: Group = { agent, taskClass, tally: createTally({ maxStrata }) };
    groups.set(name, group);
    return group;
  }

  const placed = () =>
    [...groups.values()].flatMap((group) =>
      rolesOf(group.agent, lineages).map((place) => ({ group, place })),
    );

  return {
    apply(record) {
      if (!record.counts) return;
      const { key, task } = record;
      const group = groupOf(
        knownAgents.has(key.agent) ? key.agent : otherName,
        knownClasses.has(task.class) ? task.class : otherName,
      );
      group.tally.apply(record);
      group.numbers = undefined;
    },
    groups: () =>
      placed().map(({ group: { agent, taskClass, tally }, place }) => ({
        agent,
        taskClass,
        tally,
        ...place,
      })),
    rows: () =>
      placed().flatMap(({ group, place }) => {
        group.numbers ??= numbersOf(group.tally);
        const { agent, taskClass } = group;
        return group.numbers.map((numbers) => ({ agent, taskClass, ...place, ...numbers }));
      }),
  };
}

function numbersOf(tally: Tally): MeasuredNumbers[] {
  return measures.flatMap((measure) => {
    const { n, acts, hits, undetermined } = sumOf(tally.strata(measure)?.values() ?? []);
    return denominators.map((denominator) => ({
      measure,
      denominator,
      hits,
      trajectories: denominator === "d1" ? n : acts,
      undetermined,
    }));
  });
}
