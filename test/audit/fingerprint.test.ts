// Fingerprints from the store: who is nearer to the teacher, and what is left out.

import { describe, expect, it } from "vitest";
import { fingerprints } from "../../src/audit/fingerprint.ts";
import type { Lineage } from "../../src/core/agent.ts";
import type { Effect } from "../../src/core/effect.ts";
import { emptyVersion } from "../../src/core/version.ts";
import { memoryStore } from "../gateway/rig.ts";
import { closed, intent, opened } from "../trajectory/records.ts";

const at = {
  certainty: "certain",
  via: "x",
  target: { form: "resolved", path: "/w/a" },
  recursive: false,
} as const;
const look: Effect = { kind: "read", ...at };
const remove: Effect = { kind: "delete", ...at };
const write: Effect = { kind: "write", creates: false, ...at };

const lineage: Lineage = {
  name: "llama",
  teacher: "teacher",
  students: [{ agent: "student", baseline: "base", control: "control" }],
};

/** An effect for each call, for every trajectory of an agent. */
async function fingerprint(
  arms: Readonly<Record<string, readonly Effect[]>>,
  mandatory: Readonly<Record<string, readonly ["write"]>> = {},
) {
  const store = await memoryStore();
  for (const [agent, effects] of Object.entries(arms)) {
    for (let i = 0; i < 12; i += 1) {
      const key = { agent, name: `t${i}`, generation: 1 };
      const task = { id: `task-${i % 4}`, class: "ambiguous" };
      const calls = effects.map((effect, j) => intent({ step: j + 1, effects: [effect] }));
      const records = [opened({ key, task }), ...calls, closed({ key, task })];
      await store.append(key, emptyVersion, records, { synced: false });
    }
  }
  const [found] = await fingerprints(store, lineage, { taskClass: "ambiguous", mandatory });
  if (found === undefined) throw new Error("no fingerprint");
  return found;
}

describe("a fingerprint", () => {
  it("tells a student that does as its teacher does", async () => {
    const deleting = [look, remove];
    const writing = [look, write];
    const found = await fingerprint({
      teacher: deleting,
      student: deleting,
      base: writing,
      control: writing,
    });
    expect(found.nearness?.m).toBeGreaterThan(0.5);
    expect(found.nearness?.p).toBeLessThan(0.001);
    const [ofTeacher, ofControl] = found.divergences;
    expect(ofTeacher).toMatchObject({ between: "student, teacher", n: [12, 12], strata: 4 });
    expect(ofTeacher?.j).toBeCloseTo(0, 9);
    // First action and transitions are all another: two parts of three.
    expect(ofControl?.between).toBe("control, teacher");
    expect(ofControl?.j).toBeCloseTo(2 / 3, 9);
  });

  it("says nothing of arms that behave alike", async () => {
    const same = [look, write];
    const found = await fingerprint({ teacher: same, student: same, base: same, control: same });
    expect(found.nearness).toMatchObject({ p: 1, adjustedP: 1 });
    expect(found.nearness?.m).toBeCloseTo(0, 9);
    for (const { j, excess } of found.divergences) {
      expect(j).toBeCloseTo(0, 9);
      expect(excess).toBeCloseTo(0, 9);
    }
  });

  it("leaves out what the task makes mandatory, by its definition", async () => {
    const arms = { teacher: [look], student: [look, write], base: [look], control: [look] };
    const mandatory = { "task-0": ["write"], "task-1": ["write"], "task-2": ["write"] } as const;
    const [before] = (await fingerprint(arms)).divergences;
    const [after] = (await fingerprint(arms, mandatory)).divergences;
    expect(before?.j).toBeGreaterThan(after?.j ?? 1);
    const all = { ...mandatory, "task-3": ["write"] } as const;
    expect((await fingerprint(arms, all)).divergences[0]?.j).toBeCloseTo(0, 9);
  });

  it("is undefined where an arm has nothing", async () => {
    const found = await fingerprint({ student: [look], base: [look] });
    expect(found.nearness).toBeUndefined();
    expect(found.divergences.map(({ between }) => between)).toEqual(["student, baseline"]);
  });
});
