// What tells two datasets apart.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compileWhere, diffExports } from "../../../src/dataset/export/index.ts";
import { createRig, type Rig } from "../../gateway/rig.ts";
import { type Asked, call, exportedTo, result, says, talk } from "./ground.ts";

const folder = mkdtempSync(join(tmpdir(), "proctor-diff-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let rig: Rig;

beforeAll(async () => {
  rig = await createRig();
  for (const [name, tool] of [
    ["one", "read"],
    ["two", "delete"],
    ["three", "read"],
  ] as const) {
    const [asks, plan, go] = [
      says("user", `${tool} it`),
      says("assistant", name),
      says("user", "go"),
    ];
    const calls = { role: "assistant", parts: [call("c", tool, "/w/a")] } as const;
    await talk(rig, name, `t-${name}`, [
      { before: [asks], said: plan },
      { before: [asks, plan, go], said: calls },
      {
        before: [asks, plan, go, calls, result("c", "done")],
        said: says("assistant", "it is done"),
      },
    ]);
  }
});

const target = async (asked: Omit<Asked, "from">) =>
  (await exportedTo(folder, { from: rig.store, ...asked })).target;

describe("two exports", () => {
  it("of the same are the same", async () => {
    const [a, b] = [await target({}), await target({ readAhead: 4 })];
    expect(await diffExports(a, b)).toEqual({
      same: true,
      manifest: [],
      trajectories: { same: 3, came: 0, went: 0, changed: 0 },
      came: [],
      went: [],
      changed: [],
    });
  });

  it("differ in what was asked for, and in what came and went", async () => {
    const a = await target({ select: { where: compileWhere('task.id != "t-one"') } });
    const b = await target({ sanitise: { dropEffects: ["delete"] } });
    const diff = await diffExports(a, b);
    expect(diff).toMatchObject({
      same: false,
      trajectories: { same: 1, came: 1, went: 1, changed: 0 },
      came: ["a/one"],
      went: ["a/two"],
    });
    expect(diff.manifest).toEqual(
      expect.arrayContaining([
        { path: "query.select.where", a: JSON.stringify('task.id != "t-one"'), b: "nothing" },
        { path: "query.sanitise.dropEffects", a: "[]", b: '["delete"]' },
        { path: "counts.dropped.effects", a: "nothing", b: "1" },
      ]),
    );
  });

  it("differ in what was made of a trajectory, and in the split that it is in", async () => {
    const a = await target({});
    const cut = await diffExports(a, await target({ sanitise: { cutEffects: ["delete"] } }));
    expect(cut.changed).toEqual([{ trajectory: "a/two", why: ["rows"] }]);
    const moved = await diffExports(a, await target({ splits: [["test", 1]] }));
    expect(moved.changed.map(({ why }) => why)).toEqual([["split"], ["split"], ["split"]]);
  });

  it("of two formats are compared by what they are of", async () => {
    const diff = await diffExports(await target({}), await target({ format: "openai" }));
    expect(diff.manifest).toEqual([{ path: "query.format", a: '"proctor"', b: '"openai"' }]);
    expect(diff.trajectories).toEqual({ same: 3, came: 0, went: 0, changed: 0 });
  });
});
