// The audit of a lineage: from closed trajectories to rates and findings.

import type { Lineage } from "../core/agent.ts";
import { type Measure, primaryMeasures, type Score } from "../core/measure.ts";
import type { ClosedRecord } from "../core/record.ts";
import { trajectoryId } from "../core/trajectory.ts";
import {
  type ArmName,
  type Cell,
  type Finding,
  judge,
  type VerdictOptions,
} from "../statistics/verdict.ts";
import type { Store } from "../store/store.ts";
import { createTally, type Tally } from "../trajectory/tally.ts";
import {
  type Comparison,
  comparisonsOf,
  reasonsIncomparable,
  reasonsIncomplete,
} from "./lineage.ts";
import { asks, type RateQuery, type Rates, ratesOf } from "./rates.ts";
import type { Reanalyse } from "./reanalyse.ts";

/** Which trajectories are asked about, of every arm alike. */
export interface AuditQuery extends Pick<RateQuery, "seed" | "fromMs" | "beforeMs"> {
  readonly taskClass: string;
  /** How many trajectories to name for each number; none as usual. */
  readonly maxExamples?: number;
  /** Scores every trajectory anew, so that arms of several analysers can be compared. */
  readonly reanalyse?: Reanalyse;
}

export interface AuditOptions extends VerdictOptions, AuditQuery {}

export interface AuditedArm {
  readonly arm: ArmName;
  readonly agent: string;
  readonly rates: Rates;
  /** Ids of trajectories behind the numbers, where they were asked for. */
  readonly examples?: Examples;
}

/** Oldest first, bounded. */
export interface Examples {
  readonly hits: readonly string[];
  readonly undetermined: readonly string[];
}

export interface AuditedCell {
  readonly condition?: string;
  readonly finding: Finding;
  readonly arms: readonly AuditedArm[];
}

export interface AuditedStudent {
  readonly comparison: Comparison;
  /** Why it may not be judged, a sentence each; both empty: it may. Arms that are not there: */
  readonly incomplete: readonly string[];
  /** Arms that may not be compared: */
  readonly incomparable: readonly string[];
  readonly tallies: { readonly [A in ArmName]?: Tally };
  readonly examplesOf: (arm: ArmName, measure: Measure) => Examples | undefined;
}

/** Traffic that nothing randomised supports no verdict. */
const productionClass = "production";

/** Reads what was recorded of every student's arms, and whether they can be compared. One pass. */
export async function compareArms(
  store: Pick<Store, "scan" | "read">,
  lineage: Lineage,
  { taskClass, seed, fromMs, beforeMs, maxExamples = 0, reanalyse }: AuditQuery,
): Promise<readonly AuditedStudent[]> {
  const open = comparisonsOf(lineage).map((comparison) => ({
    comparison,
    arms: armEntries(comparison).map(([arm, agent]) => ({
      arm,
      agent,
      tally: createTally(),
      examples: createExamples(maxExamples),
    })),
  }));
  for await (const { record: recorded } of store.scan({ types: ["closed"] })) {
    if (recorded.type !== "closed") continue;
    const tallies = open.flatMap(({ comparison: { condition }, arms }) =>
      arms.filter(({ agent }) =>
        asks({ agent, taskClass, condition, seed, fromMs, beforeMs }, recorded),
      ),
    );
    if (tallies.length === 0) continue;
    const record = reanalyse === undefined ? recorded : await reanalyse(recorded);
    const carriedOut = await carriedOutOf(store, record);
    for (const { tally, examples } of tallies) {
      tally.apply(record, carriedOut);
      examples.see(record);
    }
  }
  return open.map(({ comparison, arms }) => {
    const tallies = Object.fromEntries(arms.map(({ arm, tally }) => [arm, tally]));
    const seen = Object.fromEntries(arms.map(({ arm, tally }) => [arm, tally.circumstances()]));
    const incomplete = reasonsIncomplete(comparison, seen);
    const incomparable = [...unrandomised(taskClass), ...reasonsIncomparable(comparison, seen)];
    const examplesOf = (name: ArmName, measure: Measure) =>
      maxExamples === 0 ? undefined : arms.find(({ arm }) => arm === name)?.examples.of(measure);
    return { comparison, incomplete, incomparable, tallies, examplesOf };
  });
}

function createExamples(max: number) {
  const found = new Map<Measure, { hits: string[]; undetermined: string[] }>();
  return {
    see({ key, scores }: ClosedRecord): void {
      for (const measure of primaryMeasures) {
        const score: Score | undefined = scores[measure];
        if (score === undefined || score.value === "miss") continue;
        const lists = found.get(measure) ?? { hits: [], undetermined: [] };
        found.set(measure, lists);
        const list = score.value === "hit" ? lists.hits : lists.undetermined;
        if (list.length < max) list.push(trajectoryId(key));
      }
    },
    of: (measure: Measure): Examples => found.get(measure) ?? { hits: [], undetermined: [] },
  };
}

function unrandomised(taskClass: string): string[] {
  return taskClass === productionClass
    ? ["nothing assigned production traffic to the arms at random"]
    : [];
}

/**
 * Of the steps that the primary measures hit, those that were carried out. Reads no further than to
 * their outcomes, and nothing where there is no hit.
 */
async function carriedOutOf(
  store: Pick<Store, "read">,
  { key, scores }: ClosedRecord,
): Promise<ReadonlySet<number>> {
  const asked = new Set<number>();
  for (const measure of primaryMeasures) {
    const score: Score | undefined = scores[measure];
    if (score?.value === "hit") asked.add(score.step);
  }
  const carriedOut = new Set<number>();
  if (asked.size === 0) return carriedOut;
  for await (const { record } of store.read(key)) {
    if (record.type !== "outcome" || !asked.has(record.step)) continue;
    const { kind } = record.outcome;
    // A later outcome supersedes `unknown`.
    if (kind !== "unknown") asked.delete(record.step);
    if (kind === "carried_out") carriedOut.add(record.step);
    if (asked.size === 0) break;
  }
  return carriedOut;
}

export async function auditLineage(
  store: Pick<Store, "scan" | "read">,
  lineage: Lineage,
  options: AuditOptions,
): Promise<readonly AuditedCell[]> {
  const students = await compareArms(store, lineage, options);
  const asked = students.flatMap((student) =>
    primaryMeasures.map((measure) => ({ student, measure, cell: cellOf(student, measure) })),
  );
  const findings = judge(
    asked.map(({ cell }) => cell),
    options,
  );
  return asked.flatMap(({ student: { comparison, tallies, examplesOf }, measure }, i) => {
    const finding = findings[i];
    if (finding === undefined) return [];
    const arms = armEntries(comparison).flatMap(([arm, agent]) => {
      const tally = tallies[arm];
      if (tally === undefined) return [];
      return [{ arm, agent, rates: ratesOf(tally, measure), examples: examplesOf(arm, measure) }];
    });
    return [{ condition: comparison.condition, finding, arms }];
  });
}

function cellOf(
  { comparison, incomplete, incomparable, tallies }: AuditedStudent,
  measure: Measure,
): Cell {
  const arms = Object.fromEntries(
    armEntries(comparison).flatMap(([arm]) => {
      const counts = tallies[arm]?.strata(measure);
      return counts === undefined ? [] : [[arm, counts]];
    }),
  );
  return { student: comparison.student, measure, arms, notComparable: incomparable, incomplete };
}

const armNames = [
  "teacher",
  "student",
  "baseline",
  "control",
] as const satisfies readonly ArmName[];

function armEntries({ agents }: Comparison): [ArmName, string][] {
  return armNames.flatMap((arm): [ArmName, string][] => {
    const agent = agents[arm];
    return agent === undefined ? [] : [[arm, agent]];
  });
}

/** Verdicts that a gate can be told to fail on. */
export const gateNames = ["inherited", "drift", "lower", "undecided"] as const;
export type GateName = (typeof gateNames)[number];

/** 0: none of the named; 2: one of the named was found; 3: not enough to tell, which is never 0. */
export function gateStatus(findings: readonly Finding[], failOn: readonly GateName[]): 0 | 2 | 3 {
  const found = new Set(findings.flatMap(gatesOf));
  if (failOn.some((name) => found.has(name))) return 2;
  return found.has("undecided") || findings.length === 0 ? 3 : 0;
}

function gatesOf({ verdict }: Finding): GateName[] {
  switch (verdict) {
    case "inherited":
    case "drift":
    case "lower":
      return [verdict];
    case "inherited and drift":
      return ["inherited", "drift"];
    case "not enough to tell":
      return ["undecided"];
    case "no difference":
      return [];
  }
}
