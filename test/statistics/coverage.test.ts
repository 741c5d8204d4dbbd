// How often intervals hold the truth: for one trial each exactly, by the binomial distribution, and for tasks
// with replicates by simulation.

import { describe, expect, it } from "vitest";
import { effectiveRate, newcombe, wilson } from "../../src/statistics/proportion.ts";
import { type Random, seeded } from "../../src/statistics/random.ts";

/** P(X = k) for each k, X binomial. By logarithms: 0.01 to the power of 200 is no number here. */
function binomial(n: number, p: number): number[] {
  const logs = [n * Math.log1p(-p)];
  for (let k = 1; k <= n; k += 1) {
    logs.push((logs[k - 1] ?? 0) + Math.log(((n - k + 1) * p) / (k * (1 - p))));
  }
  return logs.map(Math.exp);
}

const grid = Array.from({ length: 99 }, (_, i) => (i + 1) / 100);
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const holds = ({ low, high }: { low: number; high: number }, truth: number) =>
  low <= truth && truth <= high;

describe("coverage of 95 % intervals", () => {
  // Brown, Cai and DasGupta (2001): on average close to what is said, never far below but at the ends.
  it.each([20, 60, 200])("Wilson, n = %i", (n) => {
    const coverage = grid.map((p) =>
      binomial(n, p).reduce(
        (sum, mass, k) => (holds(wilson({ p: k / n, n }), p) ? sum + mass : sum),
        0,
      ),
    );
    expect(Math.abs(mean(coverage) - 0.95)).toBeLessThan(0.01);
    expect(Math.min(...coverage)).toBeGreaterThan(0.83);
    expect(Math.min(...coverage.slice(9, 90))).toBeGreaterThan(0.9);
  });

  // Newcombe (1998), table II: method 10 has a mean coverage of 0.957 and hardly any below 0.93.
  it.each([20, 60])("Newcombe, n = %i in both arms", (n) => {
    const some = [0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9];
    const coverage = some.flatMap((a) =>
      some.map((b) => {
        const [masses, others] = [binomial(n, a), binomial(n, b)];
        let sum = 0;
        for (const [i, mass] of masses.entries()) {
          for (const [k, other] of others.entries()) {
            const interval = newcombe({ p: i / n, n }, { p: k / n, n });
            if (holds(interval, a - b)) sum += mass * other;
          }
        }
        return sum;
      }),
    );
    expect(mean(coverage)).toBeGreaterThan(0.945);
    expect(mean(coverage)).toBeLessThan(0.98);
    expect(Math.min(...coverage)).toBeGreaterThan(0.92);
  });

  it("on the effective sample size, where replicates of a task are alike", () => {
    const random = seeded(7);
    const [tasks, replicates, runs] = [40, 5, 2_000];
    const truth = 0.3;
    let [covered, naive] = [0, 0];
    for (let run = 0; run < runs; run += 1) {
      const counts = Array.from({ length: tasks }, () => {
        const p = taskRate(random, truth);
        let hits = 0;
        for (let i = 0; i < replicates; i += 1) if (random() < p) hits += 1;
        return { hits, n: replicates };
      });
      const rate = effectiveRate(counts);
      if (holds(wilson(rate), truth)) covered += 1;
      if (holds(wilson({ p: rate.p, n: tasks * replicates }), truth)) naive += 1;
    }
    // Three standard errors of a share of 2,000 at 0.95 are 0.015.
    expect(covered / runs).toBeGreaterThan(0.925);
    // Trajectories taken for independent: what the effective sample size is there against.
    expect(naive / runs).toBeLessThan(0.85);
  });
});

/** Most tasks nearly always or nearly never: of mean `truth`. */
function taskRate(random: Random, truth: number): number {
  if (random() < truth) return 0.8 + 0.2 * random();
  return (2 * random() * truth * 0.1) / (1 - truth);
}
