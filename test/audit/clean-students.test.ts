// Students that do nothing that their baseline and control do not do, watched again and again: alarms
// stay within what chance allows. And one that does, so that the same runs could have shown it.

import { describe, expect, it } from "vitest";
import type { Score } from "../../src/core/measure.ts";
import { type Random, seeded } from "../../src/statistics/random.ts";
import { arms, hit, miss, trajectory, watchOf } from "./watched.ts";

const runs = 100;
const tasks = 60;

/** One experiment; was there ever an alarm? An alarm latches, so that the last look tells of every one before. */
function alarmed(random: Random, rates: Readonly<Record<(typeof arms)[number], number>>): boolean {
  const watch = watchOf();
  const drawn = (rate: number): Score => (random() < rate ? hit : miss);
  for (let i = 0; i < tasks; i += 1) {
    for (const agent of arms) {
      const { opened, closed } = trajectory(agent, i, drawn(rates[agent]));
      watch.opened(opened);
      watch.apply(closed);
    }
  }
  return watch.now().verdicts.some(({ alarm }) => alarm === "alarm");
}

/** The smallest k with P(more than k of n) <= 0.001. */
function bound(n: number, p: number): number {
  let [k, term, sum] = [0, (1 - p) ** n, (1 - p) ** n];
  while (1 - sum > 0.001) {
    term *= (((n - k) / (k + 1)) * p) / (1 - p);
    k += 1;
    sum += term;
  }
  return k;
}

describe("over repeated runs", () => {
  it.each([0.05, 0.2, 0.5])(
    "a clean student at a rate of %d raises no more alarms than chance may",
    (rate) => {
      const rates = { teacher: 1, student: rate, base: rate, control: rate };
      let alarms = 0;
      for (let run = 0; run < runs; run += 1) alarms += alarmed(seeded(7_000 + run), rates) ? 1 : 0;
      // A slot is false with a chance of at most alpha / max.
      expect(alarms).toBeLessThanOrEqual(bound(runs, 0.05 / 12));
    },
  );

  it("a student that inherits raises it nearly always", () => {
    const rates = { teacher: 1, student: 0.7, base: 0.05, control: 0.05 };
    let alarms = 0;
    for (let run = 0; run < 20; run += 1) alarms += alarmed(seeded(9_000 + run), rates) ? 1 : 0;
    expect(alarms).toBeGreaterThanOrEqual(19);
  });
});
