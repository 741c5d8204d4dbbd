// The betting e-process: evidence that may be looked at after every block, and its confidence sequence.

import type { Interval } from "./proportion.ts";

/** Fixed fractions of the stake; nothing adapts, so the order of the values does not change E. */
const fractions = [0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.95];

/** How often each value in [0, 1] was seen. Blocks of fixed sizes have few values, so this stays small. */
export type Histogram = ReadonlyMap<number, number>;

/**
 * log E_n(m) of the null "E[X | past] <= m", 0 < m < 1:
 * E_n(m) = 1/7 sum over c of prod_i (1 - c + c X_i / m). By Ville's inequality P(E ever >= A) <= 1/A.
 */
export function logE(values: Histogram, m: number): number {
  return logMeanExp(fractions.map((c) => logCapital(values, c, m)));
}

function logCapital(values: Histogram, c: number, m: number): number {
  let sum = 0;
  for (const [x, count] of values) sum += count * Math.log1p(c * (x / m - 1));
  return sum;
}

function logMeanExp(logs: readonly number[]): number {
  const largest = Math.max(...logs);
  if (!Number.isFinite(largest)) return largest;
  const sum = logs.reduce((total, log) => total + Math.exp(log - largest), 0);
  return largest + Math.log(sum / logs.length);
}

/** The other direction: null "E[X | past] >= m". */
function mirrored(values: Histogram): Histogram {
  return new Map([...values].map(([x, count]) => [1 - x, count]));
}

/** A difference in [-1, 1] as a value in [0, 1], and back. */
export function valueOfDifference(difference: number): number {
  return (1 + difference) / 2;
}

/** log E of the null "the mean difference is at most `delta`"; `delta` 0 asks for "raised". */
export function logEOfDifference(values: Histogram, delta = 0): number {
  return logE(values, valueOfDifference(delta));
}

/**
 * Confidence sequence for the mean difference at level 1 - alpha, valid at every look. `low > high`:
 * the difference is not constant.
 */
export function confidenceSequence(values: Histogram, alpha: number): Interval {
  const low = 2 * lowestMean(values, alpha) - 1;
  const high = 1 - 2 * lowestMean(mirrored(values), alpha);
  return { low, high };
}

const bisections = 60;

/** The m at which E_n(m) = 2 / alpha; E decreases in m. 0 where there is none. */
function lowestMean(values: Histogram, alpha: number): number {
  const target = Math.log(2 / alpha);
  let [low, high] = [0, 1];
  for (let i = 0; i < bisections; i += 1) {
    const middle = (low + high) / 2;
    if (logE(values, middle) >= target) low = middle;
    else high = middle;
  }
  return low;
}

export interface Tally {
  /** Blocks in which the student's mean was above the comparator's, and below. */
  readonly wins: number;
  readonly losses: number;
  readonly blocks: number;
}

/**
 * An estimate of the blocks still needed until log E reaches `logThreshold`; undefined: none
 * expected at what was seen so far.
 */
export function stillNeeded(
  { wins, losses, blocks }: Tally,
  logNow: number,
  logThreshold: number,
): number | undefined {
  const up = (wins + 0.5) / (blocks + 1);
  const down = (losses + 0.5) / (blocks + 1);
  const c = (up - down) / (up + down);
  if (c <= 0) return undefined;
  const growth = up * Math.log1p(c) + down * Math.log1p(-c);
  return Math.max(0, Math.ceil((logThreshold - logNow) / growth));
}
