// The test vectors of the definitions, relative 1e-6.

import { describe, expect, it } from "vitest";
import {
  confidenceSequence,
  type Histogram,
  logE,
  logEOfDifference,
  stillNeeded,
  valueOfDifference,
} from "../../src/statistics/e-process.ts";
import { exactStratified, holm } from "../../src/statistics/exact.ts";
import { effectiveRate, newcombe, transferRatio, wilson } from "../../src/statistics/proportion.ts";

function near(value: number, expected: number, digits = 6): void {
  expect(value).toBeCloseTo(expected, digits);
}

/** "+ x5, - x1, 0 x13" */
function differences(text: string): Histogram {
  const values = new Map<number, number>();
  for (const part of text === "" ? [] : text.split(",")) {
    const [sign = "", times = "x1"] = part.trim().split(" ");
    const difference = sign === "+" ? 1 : sign === "-" ? -1 : 0;
    const x = valueOfDifference(difference);
    values.set(x, (values.get(x) ?? 0) + Number(times.slice(1)));
  }
  return values;
}

describe("the betting e-process", () => {
  it.each([
    ["", 1, 1],
    ["+", 1.442857, 1.362338],
    ["-", 0.557143, 0.557143],
    ["0", 1, 0.95974],
    ["+ x1,- x1", 0.697857, 0.672273],
    ["+ x5", 9.761408, 6.636342],
    ["+ x7,0 x13", 30.393946, 6.782082],
    ["+ x6,- x1,0 x13", 3.719479, 1.450657],
    ["+ x9,0 x11", 100.640207, 20.077465],
    ["+ x11,- x2,0 x7", 11.559799, 3.983036],
    ["+ x19,0 x1", 57585.937303, 9453.517572],
    ["+ x30,- x10,0 x60", 46.362499, 1.542863],
    ["0 x100", 1, 0.174837],
  ])("of %j is %d and %d", (text, raised, above) => {
    const values = differences(text);
    expect(Math.exp(logEOfDifference(values)) / raised).toBeCloseTo(1, 6);
    expect(Math.exp(logEOfDifference(values, 0.1)) / above).toBeCloseTo(1, 5);
  });

  it("estimates the blocks still needed, or says that none are expected", () => {
    const logA = Math.log(240);
    // p10 = 7.5 / 21, p01 = 0.5 / 21: c = 0.875, growth 0.174992 a block.
    expect(stillNeeded({ wins: 7, losses: 0, blocks: 20 }, Math.log(30.393946), logA)).toBe(12);
    expect(stillNeeded({ wins: 2, losses: 2, blocks: 20 }, 0, logA)).toBeUndefined();
    expect(stillNeeded({ wins: 20, losses: 0, blocks: 20 }, logA + 1, logA)).toBe(0);
  });

  it("takes means of unequal blocks", () => {
    const values = new Map([1 / 3, 2 / 3, 0, -1 / 3, 1].map((d) => [valueOfDifference(d), 1]));
    near(Math.exp(logEOfDifference(values)), 1.847463);
    near(Math.exp(logEOfDifference(values, 0.1)), 1.417279);
  });

  it.each([
    [1, 1, 4.985714],
    [2, 20, 0.217196],
    [5, 20, 2.157563],
    [8, 20, 114.549934],
  ])("of a limit of 0.1: %d of %d is %d", (hits, n, expected) => {
    const values = new Map([
      [1, hits],
      [0, n - hits],
    ]);
    near(Math.exp(logE(values, 0.1)), expected);
  });

  it.each([
    ["0 x20", -0.232733, 0.232733],
    ["+ x7,0 x13", -0.016232, 0.693389],
    ["+ x19,0 x1", 0.484314, 0.999874],
    ["+ x30,- x10,0 x60", 0.003184, 0.395121],
    ["+ x1,- x1,0 x98", -0.06981, 0.06981],
  ])("gives %j the confidence sequence %d .. %d", (text, low, high) => {
    const sequence = confidenceSequence(differences(text), 0.05);
    near(sequence.low, low);
    near(sequence.high, high);
  });
});

describe("the exact stratified test", () => {
  const task = (ka: number, na: number, kb: number, nb: number) => ({
    a: { hits: ka, n: na },
    b: { hits: kb, n: nb },
  });
  const times = <T>(n: number, value: T): T[] => new Array<T>(n).fill(value);
  it.each([
    [
      "3/3 v 0/3, 2/3 v 1/3, 0/3 v 0/3",
      [task(3, 3, 0, 3), task(2, 3, 1, 3), task(0, 3, 0, 3)],
      0.095,
    ],
    [
      "three clear, four slight, thirteen none",
      [
        ...times(3, task(3, 3, 0, 3)),
        ...times(4, task(1, 3, 0, 3)),
        ...times(13, task(0, 3, 0, 3)),
      ],
      0.000016,
    ],
    ["one stratum, Fisher", [task(7, 20, 0, 20)], 0.008316],
    ["single pairs", [...times(7, task(1, 1, 0, 1)), ...times(13, task(0, 1, 0, 1))], 0.015625],
    ["nineteen pairs", [...times(19, task(1, 1, 0, 1)), task(1, 1, 1, 1)], 3.815e-6],
  ])("%s", (_, strata, expected) => {
    near(exactStratified(strata), expected);
  });

  it("corrects a family as Holm does", () => {
    expect(holm([0.01, 0.04, 0.03])).toEqual([0.03, 0.06, 0.06]);
  });
});

describe("effective sample size and Wilson", () => {
  const hits = (list: readonly number[]) =>
    [...list, ...new Array<number>(20 - list.length).fill(0)].map((k) => ({ hits: k, n: 3 }));
  it.each([
    [[3, 3, 3, 1, 1, 1, 1], 26.740576, 0.101971, 0.402542],
    [[3, 3, 3, 3, 3, 3, 3], 20, 0.181192, 0.567146],
    [new Array<number>(20).fill(1), 60, 0.227293, 0.459431],
    [[], 20, 0, 0.161125],
  ])("of %j", (list, n, low, high) => {
    const rate = effectiveRate(hits(list));
    near(rate.n, n);
    near(wilson(rate).low, low);
    near(wilson(rate).high, high);
  });

  it("estimates the correlation", () => {
    near(effectiveRate(hits([3, 3, 3, 1, 1, 1, 1])).icc ?? 0, 0.621891);
  });
});

describe("the transfer ratio", () => {
  const of20 = (k: number) => ({ p: k / 20, n: 20 });
  it.each([
    [20, 1, 20, 1, 0.654, 1.528],
    [20, 0, 7, 0.35, 0.077, 0.832],
    [20, 0, 2, 0.1, -0.16, 0.47],
    [20, 4, 20, 1, 0.517, 1.935],
  ])("of %d, %d, %d of 20", (t, b, s, ratio, low, high) => {
    const found = transferRatio({ teacher: of20(t), baseline: of20(b), student: of20(s) });
    if (!found.defined) throw new Error("not defined");
    near(found.ratio, ratio, 3);
    expect(Math.abs(found.low - low)).toBeLessThan(0.0006);
    expect(Math.abs(found.high - high)).toBeLessThan(0.0006);
  });

  it("is not defined where the teacher does not differ enough", () => {
    expect(transferRatio({ teacher: of20(2), baseline: of20(1), student: of20(5) }).defined).toBe(
      false,
    );
  });
});

describe("Newcombe", () => {
  it.each([
    [20, 1, 70.4, 99.1],
    [7, 0, 11.7, 56.7],
    [2, 0, -7.7, 30.1],
    [20, 4, 53.1, 91.9],
    [5, 1, -3.2, 42.3],
    [6, 1, 0.8, 47.3],
    [3, 2, -17.3, 27.2],
    [11, 2, 16.1, 65.5],
    [1, 1, -19.1, 19.1],
    [9, 0, 20.0, 65.8],
  ])("%d v %d of 20, in points", (s, b, low, high) => {
    const interval = newcombe({ p: s / 20, n: 20 }, { p: b / 20, n: 20 });
    near(100 * interval.low, low, 1);
    near(100 * interval.high, high, 1);
  });
});
