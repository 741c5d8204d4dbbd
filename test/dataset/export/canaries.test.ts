// Secrets that were recorded as they are, as by a redaction that did not know them yet, reach no file of an export.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parquetReadObjects } from "hyparquet";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Message } from "../../../src/core/message.ts";
import { exportFormats } from "../../../src/dataset/export/index.ts";
import type { Redactor } from "../../../src/redaction/redact.ts";
import { createRig, type Rig } from "../../gateway/rig.ts";
import { call, exportedTo, result, says, talk, verifiedFrom } from "./ground.ts";

const folder = mkdtempSync(join(tmpdir(), "proctor-canaries-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** One for each place, so that the place is known where one comes through. */
const canary = (place: string) => `ghp_${place.padEnd(12, "0")}0123456789ABCDEFGHIJ0123`;
const places = ["prompt", "answer", "reasoning", "argument", "result", "step", "later"];
const canaries = places.map(canary);

const asItIs: Redactor = { redact: (value) => ({ value, counts: new Map() }) };
let rig: Rig;

beforeAll(async () => {
  rig = await createRig();
  const asks = says("user", `use ${canary("prompt")}`);
  const calls: Message = {
    role: "assistant",
    parts: [
      { type: "reasoning", text: `I have ${canary("reasoning")}` },
      { type: "text", text: `I take ${canary("answer")}` },
      call("c", "read", `/w/${canary("argument")}`),
    ],
  };
  const turns = [
    { before: [asks], said: calls },
    {
      before: [
        asks,
        calls,
        result("c", `it says ${canary("result")}`),
        says("user", canary("later")),
      ],
      said: says("assistant", "done"),
    },
  ];
  await talk(rig, "spoken", "t-1", turns, { recording: asItIs });
  // By a door that sees no conversation.
  await rig.call("read", `/w/${canary("step")}`, { name: "steps" });
  await rig.trajectories.close("a", "steps", "completed");
});

/** Of a table what its columns say, since they are compressed. */
async function textOf(path: string): Promise<string> {
  const bytes = readFileSync(path);
  if (!path.endsWith(".parquet")) return bytes.toString("utf8");
  const file = new Uint8Array(bytes).buffer;
  return JSON.stringify(await parquetReadObjects({ file }));
}

describe("a secret", () => {
  it("stands in the store, or nothing is shown here", async () => {
    const records: string[] = [];
    for await (const { record } of rig.store.scan({})) records.push(JSON.stringify(record));
    const stored = records.join("\n");
    expect(canaries.filter((secret) => !stored.includes(secret))).toEqual([]);
  });

  it.each(exportFormats.map(({ name }) => name))("is in no file of %s", async (format) => {
    const { target, manifest } = await exportedTo(folder, { from: rig.store, format });
    expect(manifest.counts.written).toBeGreaterThan(0);
    expect(manifest.counts.redacted).toBeGreaterThan(0);
    for (const file of readdirSync(target)) {
      const text = await textOf(join(target, file));
      expect(canaries.filter((secret) => text.includes(secret))).toEqual([]);
      // Nor a part of one.
      expect(text).not.toContain("0123456789ABCDEFGHIJ");
    }
    expect((await verifiedFrom(rig.store, target)).problems).toEqual([]);
  });
});
