// What was recorded, written as a bundle and imported elsewhere, is what was recorded; what is not whole is not taken.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { ProctorRecord } from "../../src/core/record.ts";
import { type TrajectoryKey, trajectoryId } from "../../src/core/trajectory.ts";
import { bundleOf } from "../../src/dataset/bundle/write.ts";
import {
  fileSource,
  importFormats,
  importFrom,
  noAssignment,
} from "../../src/dataset/import/index.ts";
import { createRig } from "../gateway/rig.ts";
import { importGround } from "./import/ground.ts";

/** Two generations of one name, and another; with contents beside the records. */
async function recorded() {
  const rig = await createRig({
    decide: ({ call }) => (call.tool === "delete" ? "deny" : "allow"),
  });
  await rig.call("write", "/a".repeat(40_000));
  await rig.call("delete", "/b");
  await rig.trajectories.close("a", "t", "completed");
  await rig.call("read", "/c");
  await rig.trajectories.close("a", "t", "completed");
  await rig.call("read", "/d", { name: "other" });
  const keys: TrajectoryKey[] = [
    { agent: "a", name: "t", generation: 1 },
    { agent: "a", name: "t", generation: 2 },
    { agent: "a", name: "other", generation: 1 },
  ];
  const lines: string[] = [];
  const run = { command: ["agent"] };
  for await (const line of bundleOf(keys, { store: rig.store, version: "0", run })) {
    lines.push(line);
  }
  return { store: rig.store, keys, lines };
}

type Scanned = Pick<Awaited<ReturnType<typeof recorded>>["store"], "scan" | "blob">;

/** Every trajectory with its records in order, and the contents beside them. */
async function contentOf(store: Scanned) {
  const found: Record<string, ProctorRecord[]> = {};
  const blobs: Record<string, string> = {};
  for await (const { key, record } of store.scan({})) {
    const id = trajectoryId(key);
    found[id] = [...(found[id] ?? []), record];
    for (const [, digest = ""] of JSON.stringify(record).matchAll(/"digest":"([0-9a-f]{64})"/g)) {
      const bytes = await store.blob(digest);
      if (bytes !== undefined) blobs[digest] = Buffer.from(bytes).toString("utf8");
    }
  }
  return { found, blobs };
}

async function importInto(ground: Awaited<ReturnType<typeof importGround>>, lines: string[]) {
  const folder = mkdtempSync(join(tmpdir(), "proctor-bundle-"));
  const file = join(folder, "bundle.jsonl.gz");
  writeFileSync(file, gzipSync(lines.join("")));
  const problems: string[] = [];
  const format = importFormats.find(({ name }) => name === "bundle");
  if (format === undefined) throw new Error("there is no such format");
  try {
    const { trajectories, alreadyThere } = await importFrom(fileSource(file), format, {
      ...ground,
      making: ground.makingFor("catalogue:anthropic"),
      assignment: noAssignment,
      dryRun: false,
      nowMs: () => 0,
      onProblem: ({ reason }) => problems.push(reason),
      onAgent: () => undefined,
      onProgress: () => undefined,
    });
    return { trajectories, alreadyThere, problems };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("a bundle", () => {
  it("imported is what was recorded, contents and order included; and once only", async () => {
    const { store, lines } = await recorded();
    const ground = await importGround();
    const whole = { trajectories: 3, alreadyThere: 0, problems: [] };
    expect(await importInto(ground, lines)).toEqual(whole);
    const [here, there] = [await contentOf(store), await contentOf(ground.store)];
    expect(there).toEqual(here);
    expect(Object.keys(here.blobs).length).toBeGreaterThan(0);
    expect(await importInto(ground, lines)).toEqual({ ...whole, trajectories: 0, alreadyThere: 3 });
    expect(await contentOf(ground.store)).toEqual(here);
  });

  const changes: [string, (lines: string[]) => string[], number][] = [
    ["a letter of a record", (lines) => lines.map((line) => line.replace('"/d"', '"/e"')), 2],
    ["a record less", (lines) => lines.filter((line) => !line.includes('"/b"')), 2],
    ["two records in another order", swapped, 2],
    ["contents of another kind", (lines) => lines.map(otherContents), 2],
    ["a trajectory less", withoutLast, 2],
    ["no end", (lines) => lines.slice(0, -1), 3],
    ["an end in the middle of a trajectory", (lines) => lines.slice(0, -4), 2],
    [
      "another version",
      (lines) => lines.map((line) => line.replace('"bundle":1', '"bundle":2')),
      0,
    ],
    ["nothing in it", () => [], 0],
  ];
  it.each(changes)(
    "with %s is taken as far as it is whole, and says so",
    async (_, change, taken) => {
      const { lines } = await recorded();
      const ground = await importGround();
      const report = await importInto(ground, change(lines));
      expect(report.trajectories).toBe(taken);
      expect(report.problems.length).toBeGreaterThan(0);
    },
  );
});

/** The last two records of the last trajectory. */
function swapped(lines: string[]): string[] {
  const at = lines.length - 4;
  const [one = "", two = ""] = lines.slice(at, at + 2);
  return [...lines.slice(0, at), two, one, ...lines.slice(at + 2)];
}

function otherContents(line: string): string {
  if (!line.startsWith('{"blob"')) return line;
  return line.replace(/"base64":".{4}/, '"base64":"AAAA');
}

function withoutLast(lines: string[]): string[] {
  const begin = lines.findLastIndex((line) => line.startsWith('{"trajectory"'));
  return [...lines.slice(0, begin), ...lines.slice(-1)];
}
