// Which contents go by which rules, and that nothing else does.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { collect, type RetentionRule } from "../../src/gateway/retention.ts";
import { openMemoryStore } from "../../src/store/index.ts";
import type { Persistence } from "../../src/store/store.ts";
import { closedOf, key, malformed, opened } from "../store/contract.ts";

const dayMs = 24 * 3_600_000;
const now = 1_000 * dayMs;
const clock = { nowMs: () => now };

/** `agent/name`, its class, the days since its last record, characters of contents; `+`: still open. */
type Row = readonly [id: string, taskClass: string, days: number, size: number, open?: "+"];

async function storeOf(rows: readonly Row[]): Promise<Persistence> {
  const store = await openMemoryStore({ instance: "i", chainKey: new Uint8Array(32) });
  for (const [id, taskClass, days, size, open] of rows) {
    const [agent = "", name = ""] = id.split("/");
    const k = key(agent, name);
    const at = now - days * dayMs;
    const said = { ...malformed("m", at), detail: "x".repeat(size) };
    const end = open === "+" ? [] : [closedOf(k, at)];
    await store.append(k, "head", [opened(k, "o", at, taskClass), said, ...end], { synced: false });
  }
  return store;
}

async function erasedBy(rows: readonly Row[], rules: readonly RetentionRule[]): Promise<string[]> {
  const store = await storeOf(rows);
  const planned = await collect(store, clock, { rules, dryRun: true });
  expect((await collect(store, clock, { rules: [], dryRun: false })).trajectories).toEqual([]);
  const collected = await collect(store, clock, { rules, dryRun: false });
  const ids = collected.trajectories.map(({ id }) => id);
  expect(planned.trajectories.map(({ id }) => id)).toEqual(ids);
  expect([planned.records, collected.records]).toEqual([0, ids.length]);
  expect((await store.verify()).problems).toEqual([]);
  // What is erased is not erased again.
  expect((await collect(store, clock, { rules, dryRun: false })).trajectories).toEqual([]);
  return ids;
}

const rows: readonly Row[] = [
  ["a/old", "production", 40, 100],
  ["a/open", "production", 40, 100, "+"],
  ["b/safe", "safe", 20, 5_000],
  ["b/mid", "production", 10, 5_000],
  ["a/new", "production", 1, 5_000],
];

describe("retention", () => {
  it.each<[string, readonly RetentionRule[], readonly string[]]>([
    ["nothing without a rule", [], []],
    ["what is too old, the oldest first", [{ maxAgeDays: 15 }], ["a/old", "b/safe"]],
    ["a day is a day", [{ maxAgeDays: 20 }], ["a/old", "b/safe"]],
    ["by agent", [{ agent: "b", maxAgeDays: 5 }], ["b/safe", "b/mid"]],
    ["by task class", [{ taskClass: "production", maxAgeDays: 5 }], ["a/old", "b/mid"]],
    ["by both", [{ agent: "b", taskClass: "production", maxAgeDays: 5 }], ["b/mid"]],
    [
      "by any of several",
      [
        { agent: "a", maxAgeDays: 30 },
        { agent: "b", maxAgeDays: 15 },
      ],
      ["a/old", "b/safe"],
    ],
    ["by size, what was closed first", [{ maxBytes: 17_000 }], ["a/old", "b/safe"]],
    [
      "by size, among its own only",
      [{ taskClass: "production", maxBytes: 8_000 }],
      ["a/old", "b/mid"],
    ],
    [
      "by size, after what is too old",
      [{ maxBytes: 15_000 }, { maxAgeDays: 30 }],
      ["a/old", "b/safe"],
    ],
    [
      "all that may go, where even that is not enough",
      [{ maxBytes: 1 }],
      ["a/old", "b/safe", "b/mid", "a/new"],
    ],
  ])("erases %s", async (_, rules, expected) => {
    expect(await erasedBy(rows, rules)).toEqual(expected);
    expect(await erasedBy(rows, rules.toReversed())).toEqual(expected);
  });

  it("keeps to its rules whatever they are: what stays is young and small enough, or open", async () => {
    const name = fc.constantFrom("a", "b");
    const taskClass = fc.constantFrom("production", "safe");
    const days = fc.integer({ min: 0, max: 40 });
    const row = fc.tuple(name, taskClass, days, fc.integer({ min: 1, max: 3_000 }), fc.boolean());
    const limit = fc.oneof(
      fc.record({ maxAgeDays: fc.integer({ min: 1, max: 40 }) }),
      fc.record({ maxBytes: fc.integer({ min: 1, max: 10_000 }) }),
    );
    const scope = fc.record({ agent: name, taskClass }, { requiredKeys: [] });
    const rule = fc.tuple(scope, limit).map(([a, b]): RetentionRule => ({ ...a, ...b }));
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { maxLength: 8 }),
        fc.array(rule, { maxLength: 3 }),
        async (found, rules) => {
          const store = await storeOf(
            found.map(([agent, cls, age, size, open], i): Row => {
              const row = [`${agent}/t${i}`, cls, age, size] as const;
              return open ? [...row, "+"] : row;
            }),
          );
          await collect(store, clock, { rules, dryRun: false });
          const sizes = new Map<string, number>();
          for await (const { key: k, bytes } of store.sizes()) sizes.set(k.name, bytes);
          for (const { agent, taskClass: cls, maxAgeDays, maxBytes } of rules) {
            const kept = found.flatMap(([a, c, age, , open], i) =>
              (agent ?? a) === a && (cls ?? c) === c && sizes.has(`t${i}`)
                ? [{ age, open, bytes: sizes.get(`t${i}`) ?? 0 }]
                : [],
            );
            const shut = kept.filter(({ open }) => !open);
            if (maxAgeDays !== undefined)
              expect(shut.filter(({ age }) => age >= maxAgeDays)).toEqual([]);
            const all = kept.reduce((sum, { bytes }) => sum + bytes, 0);
            if (maxBytes !== undefined) expect(all <= maxBytes || shut.length === 0).toBe(true);
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it("goes on where one trajectory cannot be erased, and names it", async () => {
    const store = await storeOf(rows);
    const refuse = async () => {
      throw new Error("it cannot be read");
    };
    const erase: Persistence["erase"] = (k, order) =>
      k.name === "old" ? refuse() : store.erase(k, order);
    const collected = await collect({ ...store, erase }, clock, {
      rules: [{ maxAgeDays: 5 }],
      dryRun: false,
    });
    expect(collected.failed).toEqual([{ id: "a/old", problem: "it cannot be read" }]);
    expect(collected.trajectories.map(({ id }) => id)).toEqual(["b/safe", "b/mid"]);
  });
});
