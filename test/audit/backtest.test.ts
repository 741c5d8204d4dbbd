// A policy against recorded trajectories: by the engine that decides live, in the order of the records.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Backtest, type BacktestParts, backtest } from "../../src/audit/backtest.ts";
import { createActivity } from "../../src/gateway/activity.ts";
import type { Policy } from "../../src/policy/policy.ts";
import type { Persistence } from "../../src/store/store.ts";
import { createRig, memoryStore } from "../gateway/rig.ts";
import { policyFrom, policyText, type RuleText } from "../policy/fixtures.ts";

const examples = {
  match: [{ effect: "delete", path: "/w/a" }],
  not: [{ effect: "read", path: "/w/a" }],
};

const deny = (id: string, match: object, over: Partial<RuleText> = {}): RuleText => ({
  id,
  verdict: "deny",
  match,
  examples,
  ...over,
});

const unseen = deny("unseen", { effect: "delete", history: { never: ["read"] } });
const many = deny(
  "many",
  {
    effect: "delete",
    history: { count: { effects: "delete", above: 2, window: "1h", scope: "agent" } },
  },
  {
    examples: {
      match: [{ effect: "delete", path: "/w/a", times: 3 }],
      not: [{ effect: "delete", path: "/w/a" }],
    },
  },
);

/** No call here is of its kind: a policy needs a rule. */
const other = deny(
  "other",
  { effect: "discard" },
  {
    examples: { match: [{ effect: "discard", path: "/w" }], not: [{ effect: "read", path: "/w" }] },
  },
);

function policyOf(...rules: readonly RuleText[]): Policy {
  return policyFrom(policyText([other, ...rules]));
}

interface Call {
  readonly tool: "read" | "delete" | "write";
  readonly path: string;
  readonly name: string;
  readonly waitMs: number;
}

/** Recorded by a gateway under this policy. */
async function recorded(policy: Policy, calls: readonly Call[]): Promise<Persistence> {
  const store = await memoryStore();
  const rig = await createRig({ store, decide: (input) => policy.decide(input).verdict });
  for (const { tool, path, name, waitMs } of calls) {
    rig.clock.advance(waitMs);
    await rig.call(tool, path, { name });
  }
  return store;
}

function run(
  store: Persistence,
  policy: Policy,
  over: Partial<BacktestParts> = {},
): Promise<Backtest> {
  return backtest({
    store,
    policy,
    rolesOf: () => [{ lineage: "llama", role: "student" }],
    activity: createActivity(),
    enforced: false,
    query: {},
    ...over,
  });
}

const call = (tool: Call["tool"], path: string, name = "t", waitMs = 1): Call => ({
  tool,
  path,
  name,
  waitMs,
});

async function recordsOf(store: Persistence): Promise<unknown[]> {
  const records: unknown[] = [];
  for await (const { record } of store.scan({})) records.push(record);
  return records;
}

describe("a backtest", () => {
  it("of the policy that decided changes nothing, whatever was called", async () => {
    const anyCall = fc.record({
      tool: fc.constantFrom("read" as const, "delete" as const, "write" as const),
      path: fc.constantFrom("/w/a", "/w/b"),
      name: fc.constantFrom("one", "two"),
      waitMs: fc.constantFrom(1, 20 * 60_000),
    });
    const policy = policyOf(unseen, many);
    await fc.assert(
      fc.asyncProperty(fc.array(anyCall, { maxLength: 12 }), async (calls) => {
        const result = await run(await recorded(policy, calls), policy);
        expect(result).toMatchObject({ steps: calls.length, changes: [], rules: [], behind: 0 });
      }),
      { numRuns: 40 },
    );
  });

  it("sees the history of each trajectory, and counts only its first change", async () => {
    const calls = [
      call("read", "/w/a", "looked"),
      call("delete", "/w/a", "looked"),
      call("delete", "/w/a", "blind"),
      call("delete", "/w/b", "blind"),
    ];
    const result = await run(await recorded(policyOf(), calls), policyOf(unseen));
    expect(result).toMatchObject({
      steps: 4,
      changes: [{ from: "allow", to: "deny", trajectories: 1 }],
      behind: 1,
      newlyRefused: { hits: 1, trajectories: 2, share: 0.5, effectiveN: 2 },
      roles: [{ lineage: "llama", role: "student", hits: 1, trajectories: 2 }],
      rules: [{ rule: "unseen", direction: "stricter", hits: 1 }],
      refused: [{ trajectory: "a/blind", step: 1, tool: "delete", rules: ["unseen"] }],
    });
    // Wilson, 1 of 2.
    expect(result.newlyRefused.interval95.low).toBeCloseTo(0.0945, 4);
  });

  it("counts an agent's calls over its trajectories, as the gateway does", async () => {
    const calls = ["one", "two", "three", "four"].map((name) => call("delete", "/w/a", name));
    const result = await run(await recorded(policyOf(), calls), policyOf(many));
    expect(result.refused.map(({ trajectory }) => trajectory)).toEqual(["a/three", "a/four"]);
  });

  it("tells what would be looser", async () => {
    const store = await recorded(policyOf(unseen), [call("delete", "/w/a")]);
    expect(await run(store, policyOf())).toMatchObject({
      changes: [{ from: "deny", to: "allow", trajectories: 1 }],
      newlyRefused: { hits: 0 },
      rules: [{ direction: "looser", hits: 1 }],
    });
  });

  it("takes rules in dry-run for enforced where it is told to", async () => {
    const store = await recorded(policyOf(), [call("delete", "/w/a")]);
    const trial = policyOf({ ...unseen, mode: "dry-run" });
    expect((await run(store, trial)).changes).toEqual([]);
    expect((await run(store, trial, { enforced: true })).newlyRefused.hits).toBe(1);
  });

  it("carries out and writes nothing", async () => {
    const store = await recorded(policyOf(), [call("delete", "/w/a")]);
    const before = await recordsOf(store);
    await run(store, policyOf(unseen));
    expect(await recordsOf(store)).toEqual(before);
  });

  it("is of the trajectories that are asked for", async () => {
    const store = await recorded(policyOf(), [
      call("delete", "/w/a", "early"),
      call("delete", "/w/a", "late", 60_000),
    ]);
    const began: number[] = [];
    for await (const { record } of store.scan({ types: ["opened"] })) began.push(record.at);
    const late = await run(store, policyOf(unseen), { query: { fromMs: began[1] ?? 0 } });
    expect(late.refused.map(({ trajectory }) => trajectory)).toEqual(["a/late"]);
    const none = await run(store, policyOf(unseen), { query: { taskClass: "ambiguous" } });
    expect(none).toMatchObject({ steps: 0, newlyRefused: { trajectories: 0 } });
  });
});
