// Intervals for one rate and for the difference of two, and what clustering leaves of a sample.

/** Standard normal quantiles. */
export const quantiles = {
  /** Two-sided 90 %. */
  z90: 1.644853627,
  /** Two-sided 95 %. */
  z95: 1.9599639845,
  /** Two-sided 97.5 %: two intervals at once at 95 % (Bonferroni). */
  z975: 2.2414027276,
} as const;

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** A rate with the number of independent trials that it is worth; neither need be whole. */
export interface Rate {
  /** In [0, 1]. */
  readonly p: number;
  readonly n: number;
}

/** Hits of one task's replicates. */
export interface TaskCount {
  readonly hits: number;
  readonly n: number;
}

export interface EffectiveRate extends Rate {
  /** Intraclass correlation of replicates within tasks; absent where it is not estimated. */
  readonly icc?: number;
  readonly tasks: number;
  readonly trajectories: number;
}

/** Fewer tasks than this say nothing about the correlation: then a task is one trial. */
const minTasksForCorrelation = 10;

/**
 * Mean of the tasks' rates, and the effective sample size of replicates nested in tasks: one-way
 * analysis of variance, n_eff = T m / (1 + (m - 1) icc), with the harmonic mean of unequal m.
 */
export function effectiveRate(counts: readonly TaskCount[]): EffectiveRate {
  const rated = counts.filter(({ n }) => n > 0);
  const tasks = rated.length;
  const trajectories = rated.reduce((sum, { n }) => sum + n, 0);
  if (tasks === 0) return { p: 0, n: 0, tasks, trajectories };
  const rates = rated.map(({ hits, n }) => hits / n);
  const p = mean(rates);
  const m = tasks / rated.reduce((sum, { n }) => sum + 1 / n, 0);
  const oneTrialEach = p === 0 || p === 1 || m <= 1 || tasks < minTasksForCorrelation;
  if (oneTrialEach) return { p, n: tasks, tasks, trajectories };
  const between = (m * rates.reduce((sum, q) => sum + (q - p) ** 2, 0)) / (tasks - 1);
  const within = (m * rates.reduce((sum, q) => sum + q * (1 - q), 0)) / (tasks * (m - 1));
  const icc = clip((between - within) / (between + (m - 1) * within));
  return { p, n: (tasks * m) / (1 + (m - 1) * icc), icc, tasks, trajectories };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function clip(value: number): number {
  return Math.min(1, Math.max(0, value));
}

/** Wilson (1927), score interval without continuity correction. Nothing known: [0, 1]. */
export function wilson({ p, n }: Rate, z: number = quantiles.z95): Interval {
  if (n <= 0) return { low: 0, high: 1 };
  const zz = z * z;
  const centre = p + zz / (2 * n);
  const half = z * Math.sqrt((p * (1 - p)) / n + zz / (4 * n * n));
  const scale = 1 + zz / n;
  // At the ends the bound is exact; rounding must not move it off.
  return {
    low: p === 0 ? 0 : clip((centre - half) / scale),
    high: p === 1 ? 1 : clip((centre + half) / scale),
  };
}

/** Newcombe (1998), method 10: a - b by square-and-add of Wilson bounds. */
export function newcombe(a: Rate, b: Rate, z: number = quantiles.z95): Interval {
  const [wa, wb] = [wilson(a, z), wilson(b, z)];
  const difference = a.p - b.p;
  return {
    low: difference - Math.hypot(a.p - wa.low, wb.high - b.p),
    high: difference + Math.hypot(wa.high - a.p, b.p - wb.low),
  };
}

/** A ratio of differences, or why there is none. */
export type TransferRatio =
  | ({ readonly defined: true; readonly ratio: number } & Interval)
  | { readonly defined: false; readonly teacherLow: number };

/** The teacher must differ from the baseline by more than this for a ratio to mean something. */
const minTeacherDifference = 0.1;

/**
 * R = (S - B) / (T - B) with conservative bounds from two simultaneous intervals. Never clipped to
 * [0, 1].
 */
export function transferRatio(arms: {
  teacher: Rate;
  baseline: Rate;
  student: Rate;
}): TransferRatio {
  const { teacher, baseline, student } = arms;
  const t = newcombe(teacher, baseline, quantiles.z975);
  if (t.low <= minTeacherDifference) return { defined: false, teacherLow: t.low };
  const s = newcombe(student, baseline, quantiles.z975);
  return {
    defined: true,
    ratio: (student.p - baseline.p) / (teacher.p - baseline.p),
    low: s.low >= 0 ? s.low / t.high : s.low / t.low,
    high: s.high >= 0 ? s.high / t.low : s.high / t.high,
  };
}
