// How many trials an arm needs before a question can be answered. Estimates, and to be called so.

import { newcombe, quantiles } from "./proportion.ts";

/** Chance of an answer that a needed sample is meant to give. */
const power = 0.8;
const z80 = 0.8416212336;
const maxTrials = 20_000;

/** Trials per arm to show a difference of these rates at two-sided 5 % with power 0.8; undefined: there is none. */
export function neededToShow(a: number, b: number): number | undefined {
  if (a <= b) return undefined;
  const pooled = (a + b) / 2;
  const root =
    quantiles.z95 * Math.sqrt(2 * pooled * (1 - pooled)) +
    z80 * Math.sqrt(a * (1 - a) + b * (1 - b));
  return Math.max(2, Math.ceil((root / (a - b)) ** 2));
}

/**
 * Trials per arm until the 90 % interval of the difference of two arms of the same rate `p` lies
 * inside (-delta, delta) with probability 0.8; undefined: beyond 20,000.
 */
export function neededForWithin(p: number, delta: number): number | undefined {
  if (chanceOfWithin(p, maxTrials, delta) < power) return undefined;
  let [low, high] = [2, maxTrials];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (chanceOfWithin(p, middle, delta) >= power) high = middle;
    else low = middle;
  }
  return high;
}

/** Normal approximation of the difference, over the exact interval: enough for an estimate. */
function chanceOfWithin(p: number, n: number, delta: number): number {
  const steps = 201;
  const spread = Math.sqrt((2 * p * (1 - p)) / n);
  let [chance, total] = [0, 0];
  for (let i = 0; i < steps; i += 1) {
    const z = -4 + (8 * i) / (steps - 1);
    const weight = Math.exp((-z * z) / 2);
    total += weight;
    const half = (z * spread) / 2;
    const [a, b] = [clip(p + half), clip(p - half)];
    const interval = newcombe({ p: a, n }, { p: b, n }, quantiles.z90);
    if (interval.low > -delta && interval.high < delta) chance += weight;
  }
  return chance / total;
}

function clip(p: number): number {
  return Math.min(1, Math.max(0, p));
}
