// Tables that are imported: one's own come back as the lines do, and what is no table is told.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Message } from "../../../src/core/message.ts";
import { createRig } from "../../gateway/rig.ts";
import { byDuckDb } from "../duckdb.ts";
import { call, exportedTo, result, says, talk, text } from "../export/ground.ts";
import { importGround, importInto } from "./ground.ts";

const folder = mkdtempSync(join(tmpdir(), "proctor-import-parquet-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What stands in a store after the file was imported, as rows of proctor's own. */
async function imported(file: string) {
  const ground = await importGround();
  const { report, problems } = await importInto(ground, file, {
    format: "trl",
    upstream: "catalogue:filesystem",
  });
  const { rows } = await exportedTo(folder, { from: ground.store });
  const shown = rows.map(({ trajectory, messages, tools, task }) => ({
    trajectory,
    task,
    tools,
    messages: messages.map(({ role, parts }: Message) => ({ role, parts })),
  }));
  return { report, problems, shown };
}

describe("a table", () => {
  it.each(["object", "text", "gpt-oss"])(
    "that was exported for the profile %s comes back as its lines do",
    async (profile) => {
      const rig = await createRig({});
      const asks = says("user", "what is in a?");
      const looks: Message = {
        role: "assistant",
        parts: [
          { type: "reasoning", text: "I have to" },
          text("I look"),
          call("c1", "read", "/w/a"),
        ],
      };
      await talk(rig, "one", "t1", [
        { before: [asks], said: looks },
        { before: [asks, looks, result("c1", "ä")], said: says("assistant", "one") },
      ]);
      await talk(rig, "two", "t2", [{ before: [asks], said: says("assistant", "nothing") }]);
      const from = rig.store;
      const lines = await exportedTo(folder, { from, format: "trl", profile });
      const table = await exportedTo(folder, { from, format: "trl-parquet", profile });
      const expected = await imported(join(lines.target, "train.jsonl"));
      const found = await imported(join(table.target, "train.parquet"));
      expect(expected.shown).toHaveLength(2);
      expect(JSON.stringify(expected.shown)).toContain("I have to");
      expect(found).toEqual(expected);
    },
  );

  it("that another program wrote is read, with members of its own", async () => {
    const file = join(folder, "other.parquet");
    await byDuckDb(`COPY (SELECT 'r1' AS id, 9007199254740993::BIGINT AS n, 't9' AS task,
      [{role: 'user', content: 'hi', tool_calls: NULL}, {role: 'assistant', content: NULL,
        tool_calls: [{function: {name: 'read', arguments: '{"path":"/w/a"}'}}]}] AS messages)
      TO '${file}' (FORMAT parquet)`);
    const { report, problems, shown } = await imported(file);
    expect(problems).toEqual([]);
    expect(report).toMatchObject({ trajectories: 1, steps: 1 });
    expect(shown).toMatchObject([{ trajectory: "a/r1", task: { id: "t9" } }]);
  });

  it("whose row is none is told with the row's number", async () => {
    const file = join(folder, "odd.parquet");
    await byDuckDb(`COPY (SELECT 'odd' AS id, 't' AS task, unnest([[{role: 'assistant', content: 'hi'}], [{role: 'priest', content: 'amen'}]]) AS messages)
      TO '${file}' (FORMAT parquet)`);
    const { problems, report } = await imported(file);
    expect(problems).toEqual([expect.stringMatching(/^2: messages\.0\.role: /)]);
    expect(report.trajectories).toBe(1);
  });

  it("that is none ends the import, and says whose fault it is", async () => {
    const file = join(folder, "none.parquet");
    writeFileSync(file, "PAR1 but no more");
    await expect(imported(file)).rejects.toMatchObject({
      code: "invalid_request",
      message: expect.stringContaining("none.parquet"),
    });
  });
});
