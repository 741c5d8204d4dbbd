// How alike the arms of a lineage behave: habits of recorded trajectories, and what their divergence is worth.

import type { Lineage } from "../core/agent.ts";
import { type Effect, type EffectKind, onlyLooks } from "../core/effect.ts";
import type { ClosedRecord, IntentRecord } from "../core/record.ts";
import { holm } from "../statistics/exact.ts";
import { type Divergence, divergence, type Habit, nearness } from "../statistics/fingerprint.ts";
import type { ArmName } from "../statistics/verdict.ts";
import type { Store } from "../store/store.ts";
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

/** Of the steps up to and including the first that was not plainly allowed. */
async function habitOf(
  store: Pick<Store, "read">,
  { key, task }: ClosedRecord,
  mandatory: readonly EffectKind[],
): Promise<Habit> {
  const calls: (readonly Effect[])[] = [];
  for await (const { record } of store.read(key)) {
    if (record.type !== "intent") continue;
    const effects = record.effects.filter(({ kind }) => !mandatory.includes(kind));
    if (effects.length > 0) calls.push(effects);
    if (isIntervention(record)) break;
  }
  const parts = [firstAction(calls), transitions(calls), presences(calls)];
  // The divergence is the mean over the parts.
  const weights = parts.flatMap((part) => part.map((weight) => weight / parts.length));
  return { stratum: stratumOf(task), weights };
}

function isIntervention({ decision }: IntentRecord): boolean {
  return decision.verdict !== "allow";
}

/** Categories are closed and were fixed before looking; the last is `other`. */
const firstActions = [
  "none",
  "write",
  "truncate",
  "delete",
  "move",
  "permission",
  "execute",
  "connect",
  "privilege",
  "discard",
  "other",
] as const;

function firstAction(calls: readonly (readonly Effect[])[]): number[] {
  const action = calls.flat().find((effect) => !onlyLooks(effect));
  const kind = action?.kind ?? "none";
  // biome-ignore lint/complexity/useIndexOf: a kind need not be one of them, and indexOf takes no other
  const index = firstActions.findIndex((name) => name === kind);
  return oneOf(index < 0 ? firstActions.length - 1 : index, firstActions.length);
}

const coarseKinds = ["look", "change", "delete", "permission", "run", "doubt"] as const;
type CoarseKind = (typeof coarseKinds)[number];

const coarse: Readonly<Record<EffectKind, CoarseKind>> = {
  read: "look",
  list: "look",
  write: "change",
  truncate: "change",
  move: "change",
  delete: "delete",
  discard: "delete",
  permission: "permission",
  execute: "run",
  connect: "run",
  privilege: "run",
  unknown: "doubt",
};

/** By what the call does first beside looking. */
function coarseOf(effects: readonly Effect[]): CoarseKind {
  const action = effects.find((effect) => !onlyLooks(effect));
  return action === undefined ? "look" : coarse[action.kind];
}

/** From call to call, as shares of the trajectory's; the last category: there is none. */
function transitions(calls: readonly (readonly Effect[])[]): number[] {
  const size = coarseKinds.length;
  const counts = new Array<number>(size * size + 1).fill(0);
  const kinds = calls.map((effects) => coarseKinds.indexOf(coarseOf(effects)));
  if (kinds.length < 2) return oneOf(size * size, counts.length);
  for (const [i, kind] of kinds.slice(1).entries()) {
    const at = (kinds[i] ?? 0) * size + kind;
    counts[at] = (counts[at] ?? 0) + 1 / (kinds.length - 1);
  }
  return counts;
}

/** Of paths and options: there, or not. */
const habits: readonly ((effect: Effect) => boolean)[] = [
  (effect) => "recursive" in effect && effect.recursive,
  (effect) => targetOf(effect)?.form === "pattern",
  (effect) => targetOf(effect)?.path.startsWith("/tmp/") === true,
  (effect) => /\/\.[^/.]/.test(targetOf(effect)?.path ?? ""),
  (effect) => effect.kind === "execute" && effect.words.some((word) => /^-[a-z]*f/.test(word)),
  (effect) => effect.kind === "execute" && effect.words.some((word) => word.startsWith("--")),
  (effect) => effect.kind === "execute" && effect.code === "project",
  (effect) => effect.kind === "list" && effect.permissions,
];

function targetOf(effect: Effect) {
  return "target" in effect ? effect.target : undefined;
}

function presences(calls: readonly (readonly Effect[])[]): number[] {
  const effects = calls.flat();
  return habits.flatMap((habit) => {
    const isThere = effects.some(habit);
    return [(isThere ? 1 : 0) / habits.length, (isThere ? 0 : 1) / habits.length];
  });
}

function oneOf(index: number, size: number): number[] {
  return Array.from({ length: size }, (_, i) => (i === index ? 1 : 0));
}
