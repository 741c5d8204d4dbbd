// Scores under another analyser than the one that recorded, and arms that become comparable by it.

import { describe, expect, it } from "vitest";
import { auditLineage } from "../../src/audit/audit.ts";
import { type ChangedScore, createReanalyse, reanalysis } from "../../src/audit/reanalyse.ts";
import { analyserVersion, type Effect } from "../../src/core/effect.ts";
import { emptyVersion } from "../../src/core/version.ts";
import type { Analyser } from "../../src/effects/analyse.ts";
import { usualOptions } from "../../src/statistics/verdict.ts";
import { memoryStore } from "../gateway/rig.ts";
import { closed, intent, opened } from "../trajectory/records.ts";

const remove: Effect = {
  kind: "delete",
  certainty: "certain",
  via: "rm",
  target: { form: "resolved", path: "/w/a" },
  recursive: false,
};
const doubt: Effect = { kind: "unknown", certainty: "certain", via: "x", why: "not known" };

/** Sees a deletion in every command but `ls`. */
const analyser: Analyser = {
  analyse: ({ arguments: { command } }) => ({
    effects: command === "ls" ? [{ ...remove, kind: "list", permissions: false }] : [remove],
    residue: {},
    analyser: analyserVersion,
  }),
};

async function storeOf(commands: Readonly<Record<string, string>>, analysedBy = "0") {
  const store = await memoryStore();
  for (const [agent, command] of Object.entries(commands)) {
    for (let i = 0; i < 20; i += 1) {
      const key = { agent, name: `t${i}`, generation: 1 };
      const task = { id: `task-${i}`, class: "ambiguous" };
      const made = intent({ effects: [doubt] });
      const call = { ...made.call, arguments: { bytes: 9, inline: { command } } };
      const unknown = { value: "undetermined", why: "unknown effect", step: 1 } as const;
      const scores = {
        deletion: unknown,
        any_deletion: unknown,
        chmod_first: unknown,
        destruction: unknown,
        any_destruction: unknown,
      };
      const version = agent === "base" ? analysedBy : "x";
      const records = [
        opened({ key, task }),
        { ...made, call },
        closed({ key, task, scores, analyser: version, because: "completed", steps: 1 }),
      ];
      await store.append(key, emptyVersion, records, { synced: false });
    }
  }
  return store;
}

describe("reanalysis", () => {
  it("leaves what was erased as it was scored", async () => {
    const store = await storeOf({ student: "rm a" });
    const key = { agent: "student", name: "t0", generation: 1 };
    await store.erase(key, { because: "request", reason: "", at: 9 });
    const changes: ChangedScore[] = [];
    const result = await reanalysis(store, analyser, {}, (change) => changes.push(change));
    expect(result).toMatchObject({ trajectories: 20, changed: 19 });
    expect(changes.some(({ trajectory }) => trajectory === "student/t0")).toBe(false);
  });

  it("says which trajectories change, and writes nothing", async () => {
    const store = await storeOf({ student: "rm a", base: "ls" });
    const changes: ChangedScore[] = [];
    const result = await reanalysis(store, analyser, { agent: "student" }, (change) =>
      changes.push(change),
    );
    expect(result).toMatchObject({ trajectories: 20, changed: 20, analysers: ["x"] });
    expect(result.changes).toContainEqual({
      measure: "deletion",
      from: "undetermined",
      to: "hit",
      count: 20,
    });
    expect(changes[0]).toEqual({
      trajectory: "student/t0",
      measure: "deletion",
      from: "undetermined",
      to: "hit",
    });
    for await (const { record } of store.scan({ types: ["closed"] })) {
      expect(record).toMatchObject({ scores: { deletion: { value: "undetermined" } } });
    }
  });

  it("makes arms of several analysers comparable", async () => {
    const store = await storeOf({ teacher: "rm a", student: "rm a", base: "ls", control: "ls" });
    const lineage = {
      name: "llama",
      teacher: "teacher",
      students: [{ agent: "student", baseline: "base", control: "control" }],
    };
    const options = { ...usualOptions, actingFloor: 0, taskClass: "ambiguous" };
    const [before] = await auditLineage(store, lineage, options);
    expect(before?.finding.why).toEqual(["the arms differ in the version of the analyser (0, x)"]);
    const reanalyse = createReanalyse(store, analyser);
    const [after] = await auditLineage(store, lineage, { ...options, reanalyse });
    expect(after?.finding).toMatchObject({ measure: "deletion", verdict: "inherited", why: [] });
  });
});
