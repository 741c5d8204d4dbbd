// The exact stratified test of two arms that share tasks, and Holm's correction over a family.

import type { TaskCount } from "./proportion.ts";

/** One task: the student's replicates and the comparator's. */
export interface Stratum {
  readonly a: TaskCount;
  readonly b: TaskCount;
}

/** Relative tolerance when probabilities are compared with the observed one, as R's fisher.test. */
const tolerance = 1 + 1e-7;

/**
 * Two-sided p of "in every task both arms have the same rate": the sum of `a`'s hits over tasks,
 * given each task's margins, is a sum of hypergeometric variables; p adds the probabilities that are
 * not above the observed one. With one stratum this is Fisher's exact test.
 */
export function exactStratified(strata: readonly Stratum[]): number {
  let total: readonly number[] = [1];
  let offset = 0;
  let observed = 0;
  for (const { a, b } of strata) {
    if (a.n === 0 || b.n === 0) continue;
    const { pmf, lowest } = hypergeometric(a.n, b.n, a.hits + b.hits);
    total = convolve(total, pmf);
    offset += lowest;
    observed += a.hits;
  }
  const limit = (total[observed - offset] ?? 0) * tolerance;
  const p = total.reduce((sum, probability) => (probability <= limit ? sum + probability : sum), 0);
  return Math.min(1, p);
}

/** Probabilities of 'hits in the first of two groups' given the total; by ratios from the mode, so nothing overflows. */
function hypergeometric(na: number, nb: number, hits: number): { pmf: number[]; lowest: number } {
  const lowest = Math.max(0, hits - nb);
  const highest = Math.min(na, hits);
  const mode = Math.min(
    highest,
    Math.max(lowest, Math.floor(((na + 1) * (hits + 1)) / (na + nb + 2))),
  );
  const pmf = new Array<number>(highest - lowest + 1).fill(0);
  pmf[mode - lowest] = 1;
  let weight = 1;
  for (let x = mode; x < highest; x += 1) {
    weight *= ((na - x) * (hits - x)) / ((x + 1) * (nb - hits + x + 1));
    pmf[x + 1 - lowest] = weight;
  }
  weight = 1;
  for (let x = mode; x > lowest; x -= 1) {
    weight *= (x * (nb - hits + x)) / ((na - x + 1) * (hits - x + 1));
    pmf[x - 1 - lowest] = weight;
  }
  const sum = pmf.reduce((a, b) => a + b, 0);
  return { pmf: pmf.map((value) => value / sum), lowest };
}

function convolve(a: readonly number[], b: readonly number[]): number[] {
  const result = new Array<number>(a.length + b.length - 1).fill(0);
  a.forEach((x, i) => {
    b.forEach((y, j) => {
      result[i + j] = (result[i + j] ?? 0) + x * y;
    });
  });
  return result;
}

/** Holm (1979): adjusted p values, in the order given. */
export function holm(ps: readonly number[]): readonly number[] {
  const order = ps.map((p, index) => ({ p, index })).sort((a, b) => a.p - b.p);
  const adjusted = new Array<number>(ps.length).fill(1);
  let largest = 0;
  order.forEach(({ p, index }, rank) => {
    largest = Math.max(largest, Math.min(1, (ps.length - rank) * p));
    adjusted[index] = largest;
  });
  return adjusted;
}
