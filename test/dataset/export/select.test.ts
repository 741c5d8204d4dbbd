// Which trajectories a query selects, and what it says of a query that is wrong.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Lineage } from "../../../src/core/agent.ts";
import { ProctorError } from "../../../src/core/errors.ts";
import { compileWhere, factTable } from "../../../src/dataset/export/index.ts";
import { createRig, type Rig } from "../../gateway/rig.ts";
import { type Asked, call, exportedTo, result, says, talk } from "./ground.ts";

const folder = mkdtempSync(join(tmpdir(), "proctor-select-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const lineages: readonly Lineage[] = [{ name: "traits", teacher: "a", students: [] }];
let rig: Rig;

beforeAll(async () => {
  rig = await createRig({ decide: ({ call: { tool } }) => (tool === "write" ? "deny" : "allow") });
  const turns = (tool: string, id: string) => {
    const asks = says("user", `use ${tool}`);
    const calls = { role: "assistant", parts: [call(id, tool, "/w/a")] } as const;
    return [
      { before: [asks], said: calls },
      { before: [asks, calls, result(id, "done")], said: says("assistant", "I did") },
    ];
  };
  await talk(rig, "reads", "t-1", turns("read", "c1"));
  await talk(rig, "deletes", "t-2", turns("delete", "c2"));
  await talk(rig, "writes", "t-3", turns("write", "c3"));
});

async function selected(select: Asked["select"]): Promise<readonly string[]> {
  const { rows } = await exportedTo(folder, { from: rig.store, select, lineages });
  return rows.map(({ trajectory }) => trajectory.slice(2)).sort();
}

describe("a query selects", () => {
  it.each<[string, readonly string[]]>([
    ["true", ["deletes", "reads", "writes"]],
    ["false", []],
    ['trajectory.name == "reads"', ["reads"]],
    [
      'trajectory.id == "a/reads" && trajectory.agent == "a" && trajectory.generation == 1',
      ["reads"],
    ],
    ['trajectory.model == "" && trajectory.session == ""', ["deletes", "reads", "writes"]],
    ['trajectory.ended == "completed" && trajectory.door == "llm"', ["deletes", "reads", "writes"]],
    ['trajectory.identified_by == "harness" && trajectory.counts', ["deletes", "reads", "writes"]],
    ['trajectory.opened < "1970" || trajectory.closed > "2999"', []],
    ["trajectory.duration_ms == 2000", ["deletes", "reads", "writes"]],
    ['task.id in ["t-1", "t-2"] && task.class == "safe"', ["deletes", "reads"]],
    ['task.seed == -1 && task.condition == ""', ["deletes", "reads", "writes"]],
    [
      'roles.exists(r, r.lineage == "traits" && r.role == "teacher")',
      ["deletes", "reads", "writes"],
    ],
    ['roles.exists(r, r.role == "student")', []],
    ['scores.any_deletion == "hit"', ["deletes"]],
    ['scores.deletion != "undetermined" && steps == 1', ["deletes", "reads", "writes"]],
    ["messages > 3", ["deletes", "reads", "writes"]],
    ["effects.delete > 0 || effects.write > 0", ["deletes", "writes"]],
    ["verdicts.deny == 0 && verdicts.allow == 1", ["deletes", "reads"]],
    ["outcomes.refused > 0", ["writes"]],
    ["outcomes.unobserved + outcomes.refused == steps", ["deletes", "reads", "writes"]],
    ['"rule-of-deny" in rules || rules.size() == 0', ["deletes", "reads", "writes"]],
    ['tools.exists(t, t.matches("^(read|write)$"))', ["reads", "writes"]],
    ['recorded.analyser != "" && recorded.mode == "enforce"', ["deletes", "reads", "writes"]],
  ])("%s", async (source, names) => {
    expect(await selected({ where: compileWhere(source) })).toEqual(names);
  });

  it("what plain flags say, together with it", async () => {
    expect(await selected({ outcomes: ["refused"] })).toEqual(["writes"]);
    expect(
      await selected({ outcomes: ["refused", "unobserved"], ended: ["completed"] }),
    ).toHaveLength(3);
    expect(await selected({ ended: ["idle"] })).toEqual([]);
    const where = compileWhere("steps > 0");
    expect(await selected({ where, marks: ["effect:delete"] })).toEqual(["deletes"]);
  });

  it("by every fact that the table has", async () => {
    for (const [name, { fields = [] }] of Object.entries(factTable)) {
      const read = fields.length === 0 ? [name] : fields.map((field) => `${name}.${field}`);
      const each = read.map((field) => `type(${field}) != null_type`).join(" && ");
      expect(await selected({ where: compileWhere(each) })).toHaveLength(3);
    }
  });

  it("and is shown back, with who is what where it reads that", async () => {
    const where = compileWhere('roles.exists(r, r.role == "teacher") && steps < 9');
    const shown = await exportedTo(folder, { from: rig.store, select: { where }, lineages });
    expect(shown.manifest.query.select).toEqual({ where: where.source });
    expect(shown.manifest.query.lineages).toEqual(lineages);
    const other = { where: compileWhere("steps < 9") };
    const without = await exportedTo(folder, { from: rig.store, select: other, lineages });
    expect(without.manifest.query.lineages).toBeUndefined();
    expect(without.manifest.counts).toMatchObject({ found: 3, trajectories: 3 });
  });
});

function problemIn(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof ProctorError && error.code === "invalid_request") return error.message;
    throw error;
  }
  return "none";
}

describe("a query that is wrong", () => {
  it.each<[string, readonly string[]]>([
    [
      "steps = 3",
      [
        "--where 1:7 the expression is not valid CEL",
        "  steps = 3\n        ^",
        "fix: Compare with ==.",
      ],
    ],
    ["steps >", ["--where 1:7 the expression is not valid CEL", "fix: Correct it."]],
    [
      "step > 3",
      ["--where 1:1 `step` is not known", "  step > 3\n  ^", "fix: Use: trajectory, task, roles"],
    ],
    [
      "steps > 1 &&\n  scores.deletoin == 'hit'",
      [
        "--where 2:3 `scores.deletoin` is not known",
        "  steps > 1 &&\n    scores.deletoin == 'hit'\n    ^",
        "fix: Use: deletion",
      ],
    ],
    ["effects.remove > 0", ["`effects.remove` is not known", "Use: read, list"]],
    ["constructor == 1", ["`constructor` is not known"]],
    [`steps == ${"1 + ".repeat(600)}1`, ["the query has 2410 characters; write at most 2000"]],
  ])("%s", (source, said) => {
    const problem = problemIn(() => compileWhere(source));
    for (const part of said) expect(problem).toContain(part);
  });

  it.each([
    ["steps", "1:1", "neither true nor false"],
    ["steps > 'many'", "1:7", "no matching overload"],
  ])("for a trajectory: %s", async (source, _place, why) => {
    const asked = exportedTo(folder, { from: rig.store, select: { where: compileWhere(source) } });
    await expect(asked).rejects.toThrow(why);
    await expect(asked).rejects.toThrow("(of a/");
  });
});
