// What is left out for what it is like, or for what is missing in it: counted, and told of each row.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { NearOptions } from "../../../src/dataset/export/near.ts";
import { answers, createRig, type Rig } from "../../gateway/rig.ts";
import { type Asked, exportedTo, linesOf, says, talk } from "./ground.ts";

const folder = mkdtempSync(join(tmpdir(), "proctor-sanitise-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const plan = Array.from({ length: 80 }, (_, i) => `step${i}`).join(" ");
let rig: Rig;

beforeAll(async () => {
  rig = await createRig();
  const asks = says("user", plan);
  // Six tasks that are nearly one, over two splits.
  for (let i = 0; i < 6; i += 1) {
    const said = says("assistant", `${plan} now`);
    await talk(rig, `near-${i}`, `task-${i}`, [{ before: [asks, says("user", `n${i}`)], said }]);
  }
  const short = says("assistant", "this ends at the");
  const at = { before: [says("user", "tell all")], said: short, facts: { finish: "length" } };
  await talk(rig, "at-length", "t-length", [at]);
  const cutShort: typeof answers = async (call, ...rest) => {
    const { observed, ...answer } = await answers(call, ...rest);
    return { ...answer, observed: { ...observed, tool: { isError: false, truncated: true } } };
  };
  await rig.call("read", "/w/long", { name: "cut-short", forward: cutShort });
  await rig.trajectories.close("a", "cut-short", "completed");
});

const splits = [
  ["train", 0.5],
  ["test", 0.5],
] as const;
const exported = (asked: Partial<Asked>) =>
  exportedTo(folder, { from: rig.store, splits, ...asked });
const near = (how: NearOptions["how"]) =>
  exported({
    near: { how },
    select: { marks: [], agents: ["a"] },
    sanitise: { keepTruncated: false },
  });

describe("rows that are nearly the same", () => {
  it("are counted, across splits too, and each says which one it is like", async () => {
    const { manifest, target } = await near("report");
    const { train, test } = manifest.splits;
    expect([train?.rows, test?.rows]).not.toContain(0);
    const all = linesOf(join(target, "rows.jsonl"));
    const [first, ...others] = all;
    const across = others.filter(({ file }) => file !== first.file).length;
    expect(manifest.near).toMatchObject({
      clusters: 1,
      rows: 5,
      across,
      largest: [{ first: { file: first.file, row: 1 }, rows: 6, across }],
    });
    expect(first.like).toBeUndefined();
    for (const { like } of others) expect(like).toMatchObject({ file: first.file, row: 1 });
    expect(manifest.counts.written).toBe(6);
  });

  it("are dropped, all or those of another split", async () => {
    const dropped = await near("drop");
    expect(dropped.manifest.counts).toMatchObject({ written: 1, dropped: { "near another": 5 } });
    const report = await near("report");
    const across = report.manifest.near?.across ?? 0;
    const { manifest, target } = await near("drop-across");
    expect(manifest.counts).toMatchObject({
      written: 6 - across,
      dropped: { "near another": across },
    });
    const files = new Set(linesOf(join(target, "rows.jsonl")).map(({ file }) => file));
    expect(files.size).toBe(1);
  });

  it("are not looked for where that is asked for", async () => {
    const { manifest } = await near("ignore");
    expect(manifest.near).toBeUndefined();
    expect(manifest.counts.written).toBe(6);
  });
});

describe("rows that were cut short", () => {
  it("are left out, and counted, unless they are asked for", async () => {
    const { manifest } = await exported({});
    expect(manifest.counts.dropped).toMatchObject({ truncated: 2 });
    const kept = await exported({ sanitise: { keepTruncated: true } });
    expect(kept.manifest.counts.dropped).not.toHaveProperty("truncated");
    const names = kept.rows.map(({ trajectory }) => trajectory);
    expect(names).toEqual(expect.arrayContaining(["a/at-length", "a/cut-short"]));
  });
});
