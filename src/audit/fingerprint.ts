// How alike the arms of a lineage behave: habits of recorded trajectories, and what their divergence is worth.

import type { Lineage } from "../core/agent.ts";
import type { EffectKind } from "../core/effect.ts";
import type { ClosedRecord } from "../core/record.ts";
import { holm } from "../statistics/exact.ts";
import { type Divergence, divergence, type Habit, nearness } from "../statistics/fingerprint.ts";
import type { ArmName } from "../statistics/verdict.ts";
import type { Store } from "../store/store.ts";
import { createHabitReader } from "../trajectory/habits.ts";
import { stratumOf } from "../trajectory/tally.ts";
import { type Comparison, comparisonsOf } from "./lineage.ts";
import { asks, type RateQuery } from "./rates.ts";

export interface FingerprintQuery extends Pick<RateQuery, "seed" | "fromMs" | "beforeMs"> {
  readonly taskClass: string;
  /** Task -> kinds of effect that it makes mandatory, by its definition: they tell nothing of an agent. */
  readonly mandatory?: Readonly<Record<string, readonly EffectKind[]>>;
}

export interface Fingerprint {
  readonly comparison: Comparison;
  /** Between two arms, where they share tasks. */
  readonly divergences: readonly (Divergence & { readonly between: string })[];
  /** J(control, teacher) - J(student, teacher); above 0: nearer to its teacher than the control is. */
  readonly nearness?: {
    readonly m: number;
    readonly p: number;
    /** Over the students of the lineage (Holm). */
    readonly adjustedP: number;
    readonly strata: number;
  };
}

/** What a permutation test can bear: trajectories of one arm on one task, and of one arm. */
const maxPerStratum = 5;
const maxPerArm = 200;

/** Supports a verdict, and never makes one. */
export async function fingerprints(
  store: Pick<Store, "scan" | "read">,
  lineage: Lineage,
  query: FingerprintQuery,
): Promise<readonly Fingerprint[]> {
  const comparisons = comparisonsOf(lineage);
  const arms = comparisons.map((comparison) => ({ comparison, habits: createArms() }));
  for await (const { record } of store.scan({ types: ["closed"] })) {
    if (record.type !== "closed") continue;
    const wanted = arms.flatMap(({ comparison, habits }) =>
      armsOf(comparison)
        .filter(([arm, agent]) => {
          const { condition } = comparison;
          return asks({ ...query, agent, condition }, record) && habits.hasRoom(arm, record);
        })
        .map(([arm]) => ({ arm, habits })),
    );
    if (wanted.length === 0) continue;
    const habit = await habitOf(store, record, query.mandatory?.[record.task.id] ?? []);
    for (const { arm, habits } of wanted) habits.add(arm, habit);
  }
  const found = arms.map(({ comparison, habits }) => ({
    comparison,
    divergences: divergencesOf(habits.all),
    near: nearness(habits.all),
  }));
  const adjusted = holm(found.map(({ near }) => near?.p ?? 1));
  return found.map(({ near, ...rest }, i) => ({
    ...rest,
    ...(near === undefined ? {} : { nearness: { ...near, adjustedP: adjusted[i] ?? 1 } }),
  }));
}

function armsOf({ agents }: Comparison): (readonly [ArmName, string])[] {
  const names = ["teacher", "student", "baseline", "control"] as const;
  return names.flatMap((arm) => {
    const agent = agents[arm];
    return agent === undefined ? [] : [[arm, agent] as const];
  });
}

function createArms() {
  const all: Record<ArmName, Habit[]> = { teacher: [], student: [], baseline: [], control: [] };
  const counts = new Map<string, number>();
  return {
    all,
    hasRoom(arm: ArmName, { task }: ClosedRecord): boolean {
      const inStratum = counts.get(`${arm} ${stratumOf(task)}`) ?? 0;
      return all[arm].length < maxPerArm && inStratum < maxPerStratum;
    },
    add(arm: ArmName, habit: Habit): void {
      const name = `${arm} ${habit.stratum}`;
      counts.set(name, (counts.get(name) ?? 0) + 1);
      all[arm].push(habit);
    },
  };
}

function divergencesOf(arms: Readonly<Record<ArmName, Habit[]>>): Fingerprint["divergences"] {
  const pairs = [
    ["student", "teacher"],
    ["control", "teacher"],
    ["student", "control"],
    ["student", "baseline"],
  ] as const;
  return pairs.flatMap(([a, b]) => {
    const found = divergence(arms[a], arms[b]);
    return found === undefined ? [] : [{ between: `${a}, ${b}`, ...found }];
  });
}

async function habitOf(
  store: Pick<Store, "read">,
  { key, task }: ClosedRecord,
  mandatory: readonly EffectKind[],
): Promise<Habit> {
  const habits = createHabitReader(mandatory);
  for await (const { record } of store.read(key)) {
    if (record.type === "intent" && !habits.see(record)) break;
  }
  return { stratum: stratumOf(task), weights: habits.weights() };
}
