// An export that is interrupted, killed or without room leaves no half dataset, and disturbs none that follows.

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exportFormats, remainsOf } from "../../../src/dataset/export/index.ts";
import { openSqliteStore } from "../../../src/store/index.ts";
import type { Persistence } from "../../../src/store/store.ts";
import { createRig } from "../../gateway/rig.ts";
import { startProgram } from "../../store/child.ts";
import { exportedTo, exportTo, says, talk, verifiedFrom } from "./ground.ts";

const folder = mkdtempSync(join(tmpdir(), "proctor-export-faults-"));
const file = join(folder, "proctor.db");
const open = (instance: string) =>
  openSqliteStore({ file, instance, chainKey: new Uint8Array(32).fill(7) });
let store: Persistence;

beforeAll(async () => {
  store = await open("one");
  const rig = await createRig({ store });
  for (let i = 0; i < 20; i += 1) {
    const asks = says("user", `count to ${i}`);
    await talk(rig, `t-${i}`, `task-${i % 7}`, [
      { before: [asks], said: says("assistant", `the number ${i} it is`) },
    ]);
  }
});
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const inFolder = () => readdirSync(folder).filter((name) => !name.startsWith("proctor.db"));

describe("an export", () => {
  it("that is interrupted leaves nothing", async () => {
    const before = inFolder();
    const interrupted = new AbortController();
    const target = join(folder, "interrupted");
    const asked = exportTo(target, {
      from: store,
      signal: interrupted.signal,
      onProgress: ({ trajectories }) => {
        if (trajectories === 5) interrupted.abort(new Error("interrupted"));
      },
    });
    await expect(asked).rejects.toThrow("interrupted");
    expect(inFolder()).toEqual(before);
  });

  it.each(exportFormats.map(({ name }) => name))(
    "without room on the disk leaves nothing: %s",
    async (format) => {
      const before = inFolder();
      const target = join(folder, "full");
      // Every write to this device fails so: full(4).
      mkdirSync(`${target}.partial-x`);
      for (const name of ["train.jsonl", "train.parquet"]) {
        symlinkSync("/dev/full", join(`${target}.partial-x`, name));
      }
      await expect(exportTo(target, { from: store, format })).rejects.toThrow("ENOSPC");
      expect(inFolder()).toEqual(before);
    },
  );

  it("that is killed leaves what the next one is not disturbed by", async () => {
    const target = join(folder, "killed");
    const dataset = new URL("../../../dist/src/dataset/export/index.js", import.meta.url).href;
    const redaction = new URL("../../../dist/src/redaction/index.js", import.meta.url).href;
    const child = startProgram(
      `
      const { exportDataset, exportFormats, templateProfiles } = await import(${JSON.stringify(dataset)});
      const { createRedactor } = await import(${JSON.stringify(redaction)});
      const store = await open();
      let read = 0;
      const stuck = { ...store, read: (key) => {
        read += 1;
        if (read < 9) return store.read(key);
        say("in the middle");
        return (async function* () { await new Promise(() => setInterval(() => 0, 1000)); })();
      } };
      await exportDataset({
        folder: ${JSON.stringify(target)}, format: exportFormats[0], profile: templateProfiles[0], select: {},
        sanitise: { dropKeywords: false, dropEffects: [], cutEffects: [], denied: "mask", keepRedacted: false, keepTruncated: false },
        near: { how: "report", threshold: 0.8 }, splits: [["train", 1]], seed: 1,
      }, { store: stuck, redactor: createRedactor(), version: "0", lineages: [], newId: () => "dead", readAhead: 1, onProgress() {} });
      `,
      file,
      "two",
    );
    await child.said(1);
    child.process.kill("SIGKILL");
    await child.ended;
    expect(existsSync(target)).toBe(false);
    expect(await remainsOf(target)).toEqual(["killed.partial-dead"]);
    const manifest = await exportTo(target, { from: store });
    expect(manifest.counts.written).toBe(20);
    expect((await verifiedFrom(store, target)).problems).toEqual([]);
  });
});

describe("a dataset is the same bytes", () => {
  const bytesOf = (target: string) =>
    readdirSync(target)
      .sort()
      .map((name) => [name, readFileSync(join(target, name)).toString("base64")]);

  it.each(exportFormats.map(({ name }) => name))(
    "when the store was opened anew, and with other concurrency: %s",
    async (format) => {
      const splits = [
        ["train", 0.7],
        ["test", 0.3],
      ] as const;
      const one = await exportedTo(folder, { from: store, format, splits, readAhead: 1 });
      const again = await open("three");
      try {
        const two = await exportedTo(folder, { from: again, format, splits, readAhead: 8 });
        expect(bytesOf(two.target)).toEqual(bytesOf(one.target));
      } finally {
        await again.close();
      }
    },
  );
});
