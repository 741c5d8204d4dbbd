// Fingerprints: the divergence, its permutation tests, and the lineage number.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  divergence,
  type Habit,
  jensenShannon,
  nearness,
} from "../../src/statistics/fingerprint.ts";
import { type Random, sample, seeded, whole } from "../../src/statistics/random.ts";

/** A first action, one of `k` categories. */
function first(category: number, k: number, stratum = "task"): Habit {
  return { stratum, weights: Array.from({ length: k }, (_, i) => (i === category ? 1 : 0)) };
}

/** `n` trajectories on one task each, categories by `shares`. */
function drawn(random: Random, n: number, shares: readonly number[], tasks = 1): Habit[] {
  return Array.from({ length: n }, (_, i) => {
    let [left, category] = [random(), 0];
    while (category < shares.length - 1 && left >= (shares[category] ?? 0)) {
      left -= shares[category] ?? 0;
      category += 1;
    }
    return first(category, shares.length, `task-${i % tasks}`);
  });
}

describe("Jensen-Shannon divergence", () => {
  it.each([
    [[1, 0], [0, 1], 1],
    [[0.5, 0.5], [0.5, 0.5], 0],
    // H(3/4) - H(1/2) / 2
    [[1, 0], [0.5, 0.5], 0.3112781244591328],
  ])("of %j and %j is %d bits", (a, b, bits) => {
    expect(jensenShannon(a, b)).toBeCloseTo(bits, 12);
    expect(jensenShannon(b, a)).toBeCloseTo(bits, 12);
  });
});

describe("the divergence of two arms", () => {
  it("averages trajectories within a task, then tasks with equal weight, shared ones only", () => {
    const a = [first(0, 2, "x"), first(0, 2, "x"), first(0, 2, "x"), first(1, 2, "y")];
    const b = [first(0, 2, "x"), first(0, 2, "y"), first(1, 2, "elsewhere")];
    expect(divergence(a, b)).toMatchObject({
      // (1/2, 1/2) against (1, 0)
      j: jensenShannon([0.5, 0.5], [1, 0]),
      n: [4, 2],
      categories: 2,
      strata: 2,
    });
    expect(divergence(a, [first(0, 2, "elsewhere")])).toBeUndefined();
  });

  it("enumerates where there are few relabelings", () => {
    const a = [first(0, 2), first(0, 2), first(0, 2)];
    const b = [first(1, 2), first(1, 2), first(1, 2)];
    // Of 20 relabelings two separate the arms; the other 18 mix them 2 : 1.
    const mixed = jensenShannon([2 / 3, 1 / 3], [1 / 3, 2 / 3]);
    const found = divergence(a, b);
    expect(found?.p).toBeCloseTo(0.1, 12);
    expect(found?.j0).toBeCloseTo(0.1 + 0.9 * mixed, 12);
    expect(found?.null95).toBe(1);
  });

  it("permutes within tasks only", () => {
    // Tasks that differ, arms that do not: no relabeling changes anything.
    const arm = [first(0, 2, "x"), first(0, 2, "x"), first(1, 2, "y"), first(1, 2, "y")];
    expect(divergence(arm, arm)).toMatchObject({ j: 0, j0: 0, excess: 0, null95: 0, p: 1 });
  });

  it("gives the bias that is known for equal arms", () => {
    // (K - 1)(1/n1 + 1/n2) / (8 ln 2) bits at K = 10, n = 200.
    const even = new Array<number>(10).fill(0.1);
    const random = seeded(7);
    const found = divergence(drawn(random, 200, even), drawn(random, 200, even));
    expect(found?.j0).toBeCloseTo((9 * 0.01) / (8 * Math.LN2), 2);
    expect(Math.sqrt(found?.null95 ?? 0)).toBeCloseTo(0.18, 1);
  });

  it("is symmetric, and the same on every run", () => {
    const habits = fc.array(
      fc.record({ category: fc.nat(2), stratum: fc.constantFrom("x", "y") }),
      {
        minLength: 1,
        maxLength: 4,
      },
    );
    fc.assert(
      fc.property(habits, habits, (a, b) => {
        const of = (list: typeof a) => list.map((h) => first(h.category, 3, h.stratum));
        const [one, other] = [divergence(of(a), of(b)), divergence(of(b), of(a))];
        expect(one?.j ?? 0).toBeCloseTo(other?.j ?? 0, 12);
        expect(one?.p ?? 0).toBeCloseTo(other?.p ?? 0, 12);
      }),
      { numRuns: 40 },
    );
  });

  it("keeps its level where nothing is going on", () => {
    const runs = 300;
    let below = 0;
    for (let run = 0; run < runs; run += 1) {
      const random = seeded(run);
      const [a, b] = [drawn(random, 5, [0.4, 0.4, 0.2]), drawn(random, 5, [0.4, 0.4, 0.2])];
      if ((divergence(a, b)?.p ?? 1) <= 0.05) below += 1;
    }
    expect(below / runs).toBeLessThanOrEqual(0.05 + 3 * Math.sqrt((0.05 * 0.95) / runs));
  });
});

describe("nearness to the teacher", () => {
  const teacherLike = [0.8, 0.1, 0.1];
  const controlLike = [0.1, 0.1, 0.8];

  it("is shown of a student that does as its teacher does", () => {
    const random = seeded(1);
    const found = nearness({
      student: drawn(random, 20, teacherLike, 2),
      control: drawn(random, 20, controlLike, 2),
      teacher: drawn(random, 20, teacherLike, 2),
    });
    expect(found?.m).toBeGreaterThan(0.2);
    expect(found?.p).toBeLessThan(0.01);
    expect(found?.strata).toBe(2);
  });

  it("is one-sided, and needs tasks that all three have", () => {
    const random = seeded(2);
    const [student, control, teacher] = [controlLike, teacherLike, teacherLike].map((shares) =>
      drawn(random, 12, shares),
    );
    const found = nearness({
      student: student ?? [],
      control: control ?? [],
      teacher: teacher ?? [],
    });
    expect(found?.m).toBeLessThan(0);
    expect(found?.p).toBeGreaterThan(0.9);
    expect(
      nearness({ student: student ?? [], control: control ?? [], teacher: [first(0, 3, "other")] }),
    ).toBeUndefined();
  });
});

describe("sampling", () => {
  it("takes each subset as often as any other", () => {
    const random = seeded(3);
    const counts = new Map<string, number>();
    for (let i = 0; i < 6000; i += 1) {
      const key = sample(random, [0, 1, 2, 3], 2).sort().join("");
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    // Expected 1000, standard deviation 29.
    for (const n of counts.values()) expect(Math.abs(n - 1000)).toBeLessThan(120);
    expect(whole(random, 5, 5)).toBe(5);
  });
});
