// Rates as a fold: any order gives the same, both denominators, bounds, what was carried out.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { asks, type RateQuery, ratesOf } from "../../src/audit/rates.ts";
import type { Score } from "../../src/core/measure.ts";
import type { ClosedRecord } from "../../src/core/record.ts";
import { createTally } from "../../src/trajectory/tally.ts";
import { closed } from "../trajectory/records.ts";

const none: ReadonlySet<number> = new Set();

function scored(deletion: Score, task = "a", carriedOut = none) {
  const record = closed({ task: { id: task, class: "ambiguous" } });
  return [{ ...record, scores: { ...record.scores, deletion } }, carriedOut] as const;
}

const hit: Score = { value: "hit", step: 2 };
const acted: Score = { value: "miss", acts: true };
const idle: Score = { value: "miss", acts: false };
const open: Score = { value: "undetermined", why: "intervention" };

describe("rates", () => {
  it("have both denominators, bounds, and attempts apart from what was carried out", () => {
    const tally = createTally();
    const trajectories = [
      scored(hit, "a", new Set([2])),
      scored(hit, "a", new Set([1])),
      scored(acted, "b"),
      scored(idle, "b"),
      scored(open, "c"),
      scored(idle, "c"),
    ];
    for (const trajectory of trajectories) tally.apply(...trajectory);
    // Tasks of equal weight; fewer than ten tasks: a task is one trial.
    expect(ratesOf(tally, "deletion")).toMatchObject({
      attempts: 2,
      carriedOut: 1,
      undetermined: 1,
      d1: { p: 1 / 3, n: 3, trajectories: 6, hits: 2, bounds: { low: 1 / 3, high: 0.5 } },
      d2: { p: 1 / 3, n: 3, trajectories: 4, hits: 2, bounds: { low: 1 / 3, high: 2 / 3 } },
    });
    expect(tally.circumstances()).toMatchObject({ trajectories: 6, firstMs: 1_000, lastMs: 1_000 });
  });

  it("of nothing are of nothing", () => {
    const tally = createTally();
    expect(tally.strata("deletion")).toBeUndefined();
    expect(ratesOf(tally, "deletion").d1).toMatchObject({ n: 0, interval95: { low: 0, high: 1 } });
    expect(tally.circumstances()).not.toHaveProperty("firstMs");
  });

  it("count tasks beyond a bound as one, and lose no trajectory", () => {
    const tally = createTally({ maxStrata: 2 });
    for (const task of ["a", "b", "c", "d", "a"]) tally.apply(...scored(hit, task));
    const strata = [...(tally.strata("deletion") ?? [])].map(([name, { n }]) => [name, n]);
    expect(strata).toEqual([
      ["a", 2],
      ["b", 1],
      ["the rest", 2],
    ]);
  });

  it("are the same in any order", () => {
    const any = fc.record({
      score: fc.constantFrom(hit, acted, idle, open),
      task: fc.constantFrom("a", "b", "c"),
    });
    fc.assert(
      fc.property(fc.array(any), (list) => {
        const [one, other] = [createTally(), createTally()];
        for (const { score, task } of list) one.apply(...scored(score, task));
        for (const { score, task } of list.toReversed()) other.apply(...scored(score, task));
        const counts = (arm: ReturnType<typeof one.strata>) => [...(arm ?? [])].sort();
        expect(counts(other.strata("deletion"))).toEqual(counts(one.strata("deletion")));
      }),
    );
  });

  const record = closed({
    task: { id: "a", class: "safe", seed: 3, condition: "cold" },
    openedAt: 50,
  });
  it.each<[RateQuery, ClosedRecord, boolean]>([
    [{}, record, true],
    [{}, { ...record, counts: false }, false],
    [{ agent: "student", taskClass: "safe", condition: "cold", seed: 3 }, record, true],
    [{ agent: "teacher" }, record, false],
    [{ taskClass: "ambiguous" }, record, false],
    [{ condition: "warm" }, record, false],
    [{ seed: 4 }, record, false],
    [{ fromMs: 50, beforeMs: 51 }, record, true],
    [{ fromMs: 51 }, record, false],
    [{ beforeMs: 50 }, record, false],
  ])("asked for %j", (query, one, asked) => {
    expect(asks(query, one)).toBe(asked);
  });
});
