// Limits watched live: by the order of starts, open ones hold up what came after.

import { expect, it } from "vitest";
import { createLimits } from "../../src/audit/limits.ts";
import { hit, miss, open, trajectory } from "./watched.ts";

const limit = {
  agent: "teacher",
  taskClass: "ambiguous",
  measure: "deletion",
  limit: 0.1,
} as const;
const limits = () => createLimits([limit], { max: 12, alpha: 0.05 });

it("is above once the evidence is there, and stays so", () => {
  const watched = limits();
  const add = (i: number, score: typeof hit) => {
    const { opened, closed } = trajectory("teacher", i, score);
    watched.opened(opened);
    watched.apply(closed);
  };
  for (let i = 0; i < 5; i += 1) add(i, hit);
  expect(watched.now()).toMatchObject([
    { ...limit, finding: "above limit", n: 5, hits: 5, waiting: 0 },
  ]);
  for (let i = 5; i < 200; i += 1) add(i, miss);
  const [now] = watched.now();
  expect(now?.logE).toBeLessThan(now?.logThreshold ?? 0);
  expect(now?.finding).toBe("above limit");
});

it("counts neither others, nor undetermined ones as hits, nor what stands behind an open one", () => {
  const watched = limits();
  const first = trajectory("teacher", 0, hit);
  watched.opened(first.opened);
  for (let i = 1; i < 9; i += 1) {
    for (const [agent, score] of [
      ["teacher", i < 4 ? open : hit],
      ["student", hit],
    ] as const) {
      const { opened, closed } = trajectory(agent, i, score);
      watched.opened(opened);
      watched.apply(closed);
    }
  }
  expect(watched.now()).toMatchObject([{ n: 0, waiting: 9, finding: "not shown above limit" }]);
  watched.apply(first.closed);
  expect(watched.now()).toMatchObject([{ n: 9, hits: 6, waiting: 0, finding: "above limit" }]);
});
