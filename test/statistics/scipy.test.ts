// Every statistic against SciPy, over random cases of a fixed seed that one Python process answers.

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { confidenceSequence, type Histogram, logE } from "../../src/statistics/e-process.ts";
import { exactStratified, holm } from "../../src/statistics/exact.ts";
import {
  effectiveRate,
  type Interval,
  newcombe,
  quantiles,
  transferRatio,
  wilson,
} from "../../src/statistics/proportion.ts";
import { type Random, seeded, whole } from "../../src/statistics/random.ts";
import { neededToShow } from "../../src/statistics/sample-size.ts";

const casesEach = 600;
const oracle = fileURLToPath(new URL("oracle.py", import.meta.url));

type Answer = readonly (number | null)[] | null;

interface Case {
  readonly statistic: string;
  readonly asked: { readonly [name: string]: unknown };
  readonly ours: Answer;
}

const levels = [
  { level: 0.9, z: quantiles.z90 },
  { level: 0.95, z: quantiles.z95 },
  { level: 0.975, z: quantiles.z975 },
];

function pick<T>(random: Random, [first, ...rest]: readonly [T, ...T[]]): T {
  return [first, ...rest][whole(random, 0, rest.length)] ?? first;
}

function times<T>(n: number, make: (index: number) => T): T[] {
  return Array.from({ length: n }, (_, index) => make(index));
}

function anyLevel(random: Random) {
  return levels[whole(random, 0, levels.length - 1)] ?? { level: 0.95, z: quantiles.z95 };
}

const both = ({ low, high }: Interval) => [low, high];

/** A rate worth any number of trials, whole or not; its ends are cases of their own. */
function anyRate(random: Random): { p: number; n: number } {
  const n = random() < 0.5 ? whole(random, 1, 400) : 0.5 + 300 * random();
  return { p: pick(random, [0, 1, random(), random(), random() ** 4]), n };
}

function anyHits(random: Random, n: number): number {
  return pick(random, [0, n, whole(random, 0, n), whole(random, 0, n)]);
}

function anyStratum(random: Random, maxTrials: number): [number, number, number, number] {
  const [na, nb] = [whole(random, 0, maxTrials), whole(random, 0, maxTrials)];
  return [anyHits(random, na), na, anyHits(random, nb), nb];
}

/** Values of blocks of `size`: multiples of 1 / (2 size), as means of few trajectories give. */
function anyValues(random: Random): number[] {
  const size = whole(random, 1, 4);
  const lean = random();
  return times(whole(random, 0, 120), () =>
    random() < 0.4
      ? 0.5
      : random() < lean
        ? (size + whole(random, 0, size)) / (2 * size)
        : whole(random, 0, size) / (2 * size),
  );
}

function histogram(values: readonly number[]): Histogram {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

const makers: { readonly [statistic: string]: (random: Random) => Omit<Case, "statistic"> } = {
  wilson(random) {
    const [{ p, n }, { level, z }] = [anyRate(random), anyLevel(random)];
    return { asked: { p, n, level }, ours: both(wilson({ p, n }, z)) };
  },
  "binomial wilson"(random) {
    const n = whole(random, 1, 500);
    const [k, { level, z }] = [anyHits(random, n), anyLevel(random)];
    return { asked: { k, n, level }, ours: both(wilson({ p: k / n, n }, z)) };
  },
  rate(random) {
    const equal = random() < 0.5 ? whole(random, 1, 6) : undefined;
    const counts = times(whole(random, 1, 40), () => {
      const n = equal ?? whole(random, 0, 6);
      return { hits: anyHits(random, n), n };
    });
    const { p, n } = effectiveRate(counts);
    return { asked: { counts: counts.map((count) => [count.hits, count.n]) }, ours: [p, n] };
  },
  newcombe(random) {
    const [a, b, { level, z }] = [anyRate(random), anyRate(random), anyLevel(random)];
    return {
      asked: { a: [a.p, a.n], b: [b.p, b.n], level },
      ours: both(newcombe(a, b, z)),
    };
  },
  exact(random) {
    const alone = random() < 0.3;
    const strata = times(alone ? 1 : whole(random, 2, 40), () =>
      anyStratum(random, alone ? 120 : 6),
    );
    return {
      asked: { strata },
      ours: [
        exactStratified(
          strata.map(([ka, na, kb, nb]) => ({ a: { hits: ka, n: na }, b: { hits: kb, n: nb } })),
        ),
      ],
    };
  },
  holm(random) {
    const ps = times(whole(random, 1, 15), () =>
      random() < 0.1 ? 1 : random() ** whole(random, 1, 6),
    );
    return { asked: { ps }, ours: holm(ps) };
  },
  "log E"(random) {
    const [values, m] = [anyValues(random), 0.02 + 0.96 * random()];
    return { asked: { values, m }, ours: [logE(histogram(values), m)] };
  },
  sequence(random) {
    const [values, alpha] = [anyValues(random), pick(random, [0.05, 0.1, 0.01])];
    return {
      asked: { values, alpha },
      ours: both(confidenceSequence(histogram(values), alpha)),
    };
  },
  transfer(random) {
    const [t, b, s] = [anyRate(random), anyRate(random), anyRate(random)];
    const found = transferRatio({ teacher: t, baseline: b, student: s });
    return {
      asked: { t: [t.p, t.n], b: [b.p, b.n], s: [s.p, s.n] },
      ours: found.defined ? [found.ratio, found.low, found.high] : null,
    };
  },
  "to show"(random) {
    const [a, b] = [anyRate(random).p, anyRate(random).p];
    return { asked: { a, b }, ours: [neededToShow(a, b) ?? null] };
  },
};

function allCases(): Case[] {
  return Object.entries(makers).flatMap(([statistic, make], index) => {
    const random = seeded(20_260_416 + index);
    return times(casesEach, () => ({ statistic, ...make(random) }));
  });
}

function scipyIsMissing(): boolean {
  return spawnSync("python3", ["-c", "import scipy"]).status !== 0;
}

const missing = scipyIsMissing();
if (missing) console.warn("skipped: python3 with scipy (python3-scipy) is not installed");

describe.skipIf(missing)("the statistics agree with SciPy to 1e-9", () => {
  const cases = allCases();
  let answers: readonly Answer[] = [];

  beforeAll(() => {
    const input = JSON.stringify(cases.map(({ statistic, asked }) => ({ statistic, ...asked })));
    const { status, stdout, stderr } = spawnSync("python3", [oracle], {
      input,
      encoding: "utf8",
      maxBuffer: 64 * 1024 * 1024,
    });
    expect(stderr.replaceAll(/.*Warning.*\n.*\n/g, "")).toBe("");
    expect(status).toBe(0);
    answers = JSON.parse(stdout);
  });

  it.each(Object.keys(makers))(`%s, ${casesEach} cases`, (statistic) => {
    const wrong = cases.flatMap(({ statistic: asks, asked, ours }, index) => {
      if (asks !== statistic) return [];
      const theirs = answers[index];
      return theirs !== undefined && agree(ours, theirs) ? [] : [{ asked, ours, theirs }];
    });
    expect(wrong).toEqual([]);
  });

  it("has asked each statistic", () => {
    expect(answers.length).toBe(casesEach * Object.keys(makers).length);
  });
});

/** To 1e-9: absolutely where the values are below 1, relatively above. */
function agree(ours: Answer, theirs: Answer): boolean {
  if (ours === null || theirs === null) return ours === theirs;
  return ours.length === theirs.length && ours.every((value, i) => near(value, theirs[i] ?? null));
}

function near(ours: number | null, theirs: number | null): boolean {
  if (ours === null || theirs === null) return ours === theirs;
  return Math.abs(ours - theirs) <= 1e-9 * Math.max(1, Math.abs(theirs));
}
