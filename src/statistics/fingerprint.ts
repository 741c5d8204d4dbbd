// How alike two agents behave: Jensen-Shannon divergence of their habits, with permutation tests.

import { type Random, sample, seeded } from "./random.ts";

/**
 * One trajectory in one feature: a weight for each of K categories that were fixed before looking, the
 * last of them `other`, summing to 1. A habit that is present or absent is a pair of categories of
 * weight 1 / habits; the divergence is then the mean over habits.
 */
export interface Habit {
  /** Task and condition. */
  readonly stratum: string;
  readonly weights: readonly number[];
}

/** A divergence and what it would be with nothing going on. Never to be printed without the rest. */
export interface Divergence {
  /** Jensen-Shannon, in bits, [0, 1]; biased upward. */
  readonly j: number;
  /** Mean under permuted labels. */
  readonly j0: number;
  /** j - j0, not clipped. */
  readonly excess: number;
  /** 95 % point under permuted labels. */
  readonly null95: number;
  readonly p: number;
  /** Trajectories of each arm on the shared strata. */
  readonly n: readonly [number, number];
  readonly categories: number;
  readonly strata: number;
}

/** Nearer to its teacher than the control is? One number per student. */
export interface Nearness {
  /** J(control, teacher) - J(student, teacher). */
  readonly m: number;
  /** One-sided; to be corrected over students. */
  readonly p: number;
  readonly strata: number;
}

const draws = 9_999;
const seed = 20_260_416;

/** undefined: the arms share no stratum. */
export function divergence(a: readonly Habit[], b: readonly Habit[]): Divergence | undefined {
  const splits = splitsOf(a, b);
  const categories = splits[0]?.pool[0]?.length;
  if (categories === undefined) return undefined;
  const { observed, permuted, p } = permutationTest(splits, jensenShannon);
  const j0 = meanOf(permuted);
  const sorted = permuted.toSorted((x, y) => x - y);
  return {
    j: observed,
    j0,
    excess: observed - j0,
    null95: sorted[Math.ceil(0.95 * sorted.length) - 1] ?? 0,
    p,
    n: [
      splits.reduce((sum, { firsts }) => sum + firsts, 0),
      splits.reduce((sum, { pool, firsts }) => sum + pool.length - firsts, 0),
    ],
    categories,
    strata: splits.length,
  };
}

/** Permutes the labels of student and control only. undefined: no stratum that all three have. */
export function nearness(arms: {
  student: readonly Habit[];
  control: readonly Habit[];
  teacher: readonly Habit[];
}): Nearness | undefined {
  const teacher = byStratum(arms.teacher);
  const inTeacher = ({ stratum }: Habit) => teacher.has(stratum);
  const splits = splitsOf(arms.student.filter(inTeacher), arms.control.filter(inTeacher));
  if (splits.length === 0) return undefined;
  const ofTeacher = averageOf(splits.map(({ stratum }) => averageOf(teacher.get(stratum) ?? [])));
  const { observed, p } = permutationTest(
    splits,
    (student, control) => jensenShannon(control, ofTeacher) - jensenShannon(student, ofTeacher),
  );
  return { m: observed, p, strata: splits.length };
}

/** In bits, of two distributions over the same categories. */
export function jensenShannon(a: readonly number[], b: readonly number[]): number {
  let sum = 0;
  for (const [i, x] of a.entries()) {
    const y = b[i] ?? 0;
    const middle = (x + y) / 2;
    if (x > 0) sum += (x * Math.log2(x / middle)) / 2;
    if (y > 0) sum += (y * Math.log2(y / middle)) / 2;
  }
  return Math.min(1, Math.max(0, sum));
}

/** The trajectories of one stratum, the first arm's before the second's. */
interface Split {
  readonly stratum: string;
  readonly pool: readonly (readonly number[])[];
  readonly firsts: number;
  /** Of the pool, by category. */
  readonly totals: readonly number[];
}

function byStratum(habits: readonly Habit[]): Map<string, (readonly number[])[]> {
  const strata = new Map<string, (readonly number[])[]>();
  for (const { stratum, weights } of habits) {
    const known = strata.get(stratum);
    if (known === undefined) strata.set(stratum, [weights]);
    else known.push(weights);
  }
  return strata;
}

/** Only strata that both arms have. */
function splitsOf(a: readonly Habit[], b: readonly Habit[]): Split[] {
  const seconds = byStratum(b);
  return [...byStratum(a)].flatMap(([stratum, firsts]) => {
    const others = seconds.get(stratum);
    if (others === undefined) return [];
    const pool = [...firsts, ...others];
    const totals = averageOf(pool).map((average) => average * pool.length);
    return [{ stratum, pool, firsts: firsts.length, totals }];
  });
}

/** Of the averages of both arms: trajectories within a stratum, then strata with equal weight. */
type Statistic = (first: readonly number[], second: readonly number[]) => number;

interface Permutation {
  readonly observed: number;
  readonly permuted: readonly number[];
  /** Share of relabelings that give at least what was observed. */
  readonly p: number;
}

/** Equal values must not fall apart by rounding. */
const slack = 1e-12;

/**
 * Labels of whole trajectories, permuted within their stratum. Every relabeling where there are no
 * more than 10,000; else 9,999 of a fixed seed, and the observed one counts too.
 */
function permutationTest(splits: readonly Split[], statistic: Statistic): Permutation {
  const value = (firsts: readonly (readonly number[])[]) => statisticOf(splits, firsts, statistic);
  const observed = value(splits.map(({ firsts }) => range(firsts)));
  const extreme = (values: readonly number[]) => values.filter((v) => v >= observed - slack).length;
  if (relabelings(splits) <= draws + 1) {
    const permuted = [...everyLabeling(splits)].map(value);
    return { observed, permuted, p: extreme(permuted) / permuted.length };
  }
  const random = seeded(seed);
  const permuted = Array.from({ length: draws }, () => value(drawLabeling(splits, random)));
  return { observed, permuted, p: (1 + extreme(permuted)) / (draws + 1) };
}

/** Sums over the first arm's alone: the second's are what is left of the totals. */
function statisticOf(
  splits: readonly Split[],
  labeling: readonly (readonly number[])[],
  statistic: Statistic,
): number {
  const size = splits[0]?.totals.length ?? 0;
  const [first, second] = [new Array<number>(size).fill(0), new Array<number>(size).fill(0)];
  for (const [s, { pool, totals }] of splits.entries()) {
    const members = labeling[s] ?? [];
    const shareOfFirst = 1 / (members.length * splits.length);
    const shareOfSecond = 1 / ((pool.length - members.length) * splits.length);
    for (let k = 0; k < size; k += 1) {
      let sum = 0;
      for (const member of members) sum += pool[member]?.[k] ?? 0;
      first[k] = (first[k] ?? 0) + sum * shareOfFirst;
      // Rounding must not leave less than nothing.
      second[k] = (second[k] ?? 0) + Math.max(0, (totals[k] ?? 0) - sum) * shareOfSecond;
    }
  }
  return statistic(first, second);
}

function averageOf(several: readonly (readonly number[])[]): number[] {
  const sums = new Array<number>(several[0]?.length ?? 0).fill(0);
  for (const weights of several) {
    for (const [i, weight] of weights.entries()) sums[i] = (sums[i] ?? 0) + weight;
  }
  return sums.map((sum) => sum / several.length);
}

function drawLabeling(splits: readonly Split[], random: Random): number[][] {
  return splits.map(({ pool, firsts }) => sample(random, range(pool.length), firsts));
}

/** Infinity where there are very many. */
function relabelings(splits: readonly Split[]): number {
  return splits.reduce((product, { pool, firsts }) => product * choose(pool.length, firsts), 1);
}

function choose(n: number, k: number): number {
  let ways = 1;
  for (let i = 1; i <= Math.min(k, n - k); i += 1) ways = (ways * (n + 1 - i)) / i;
  return Math.round(ways);
}

function* everyLabeling(splits: readonly Split[]): Generator<number[][]> {
  const [split, ...rest] = splits;
  if (split === undefined) return yield [];
  for (const later of everyLabeling(rest)) {
    for (const own of subsets(split.pool.length, split.firsts)) yield [own, ...later];
  }
}

/** Every `size` of the numbers below `n`. */
function* subsets(n: number, size: number): Generator<number[]> {
  if (size === 0) return yield [];
  for (let last = size - 1; last < n; last += 1) {
    for (const smaller of subsets(last, size - 1)) yield [...smaller, last];
  }
}

function range(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
