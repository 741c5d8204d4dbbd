// What rules in dry-run would have done, from what was recorded.

import { describe, expect, it } from "vitest";
import { rolloutOf } from "../../src/audit/rollout.ts";
import type { RuleMatch, Verdict } from "../../src/core/decision.ts";
import type { ProctorRecord } from "../../src/core/record.ts";
import { emptyVersion } from "../../src/core/version.ts";
import { memoryStore } from "../gateway/rig.ts";
import { closed, intent, opened } from "../trajectory/records.ts";

const match = (rule: string, verdict: Verdict, over: Partial<RuleMatch> = {}): RuleMatch => ({
  rule,
  verdict,
  mode: "dry-run",
  effect: 0,
  kind: "read",
  reason: "",
  ...over,
});

function call(step: number, verdict: Verdict, matches: readonly RuleMatch[]): ProctorRecord {
  const made = intent({ step, verdict });
  return { ...made, decision: { ...made.decision, matches } };
}

async function storeOf(
  trajectories: readonly { agent: string; name: string; calls: readonly ProctorRecord[] }[],
) {
  const store = await memoryStore();
  for (const { agent, name, calls } of trajectories) {
    const key = { agent, name, generation: 1 };
    const task = { id: "t", class: "production" };
    const records = [opened({ key, task }), ...calls, closed({ key, task })];
    await store.append(key, emptyVersion, records, { synced: false });
  }
  return store;
}

describe("a rollout", () => {
  it("counts hits, would-be refusals and trajectories, by rule and agent", async () => {
    const quiet = Array.from({ length: 98 }, (_, i) => ({
      agent: "student",
      name: `quiet-${i}`,
      calls: [call(1, "allow", [match("loose", "allow")])],
    }));
    const store = await storeOf([
      ...quiet,
      {
        agent: "student",
        name: "loud",
        calls: [
          call(1, "allow", [match("strict", "deny"), match("strict", "deny", { effect: 1 })]),
          call(2, "allow", [match("strict", "deny")]),
        ],
      },
      // Refused all the same: the rule alone changes nothing here; enforced matches are no rollout.
      {
        agent: "teacher",
        name: "refused",
        calls: [
          call(1, "deny", [match("strict", "deny"), match("other", "deny", { mode: "enforce" })]),
        ],
      },
    ]);
    const rules = ["strict", "loose", "unseen"];
    const result = await rolloutOf({ store, rules, query: {}, maxShare: 0.05 });
    expect(result.steps).toBe(101);
    const [strict, loose, unseen] = result.rules;
    expect(strict).toMatchObject({
      rule: "strict",
      hits: 3,
      wouldRefuse: 2,
      trajectories: { hits: 1, trajectories: 100, share: 0.01, effectiveN: 100 },
      agents: [{ agent: "student", wouldRefuse: 2, hits: 1, trajectories: 99 }],
      examples: [
        { trajectory: "student/loud", step: 1, verdict: "deny" },
        { trajectory: "student/loud", step: 2, verdict: "deny" },
      ],
    });
    // Wilson, 1 of 100 and 0 of 100.
    expect(strict?.trajectories.interval95.high).toBeCloseTo(0.0545, 4);
    expect(unseen?.trajectories.interval95.high).toBeCloseTo(0.037, 4);
    expect([strict?.looksSafe, loose?.looksSafe, unseen?.looksSafe]).toEqual([false, true, true]);
    expect(loose).toMatchObject({ hits: 98, wouldRefuse: 0, agents: [] });
  });

  it("takes nothing for safe that was hardly tried", async () => {
    const store = await storeOf([{ agent: "student", name: "one", calls: [call(1, "allow", [])] }]);
    const { rules } = await rolloutOf({ store, rules: ["r"], query: {}, maxShare: 0.05 });
    expect(rules[0]?.looksSafe).toBe(false);
  });
});
