// What is written has the schemas that are given out for it, by a validator that nobody here wrote.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { JsonObject } from "../../../src/core/json.ts";
import { exportFormats, templateProfiles } from "../../../src/dataset/export/formats/index.ts";
import type { Row, RowMessage } from "../../../src/dataset/export/row.ts";
import { exportSchema, schemaNames } from "../../../src/dataset/export/schemas.ts";
import { createRig, type Rig } from "../../gateway/rig.ts";
import { call, exportedTo, linesOf, result, says, talk } from "./ground.ts";
import { assistant, calls, gives, part, rowWith, says as said, telling, user } from "./rows.ts";

const folder = mkdtempSync(join(tmpdir(), "proctor-schemas-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ajv = new Ajv2020({
  strict: true,
  // A record of all measures is required names without properties of these names.
  strictRequired: false,
  allErrors: true,
  // Times are written by Date; that they are times is not what is tried here.
  formats: { "date-time": true },
});
const validators = new Map(
  schemaNames.map((name) => {
    const schema = exportSchema(name);
    if (schema === undefined) throw new Error(`no schema ${name}`);
    return [name, ajv.compile(schema)] as const;
  }),
);

/** Empty: it is valid. */
function problemsOf(name: string, value: unknown): string[] {
  const validate = validators.get(name);
  if (validate === undefined) throw new Error(`no schema ${name}`);
  if (validate(value)) return [];
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

const full: RowMessage = {
  ...assistant(
    part("I look."),
    calls("c1", "bash", { command: "ls", deep: [{ n: null }] }),
    { type: "call", id: "c2", tool: "search", arguments: "free text", provider: true },
    { type: "other", kind: "citation" },
  ),
  model: "m-1",
  usage: { input: 3, output: 1, cached: 0, reasoning: 0 },
};

/** Whatever a row may have. */
const whole: Row = {
  ...rowWith("whole", [
    { ...user("Look."), parts: [part("Look."), { type: "other", kind: "image", value: { a: 1 } }] },
    { ...full, weight: 0, masked: "denied" },
    {
      ...gives("c1", "no"),
      parts: [{ type: "result", id: "c1", content: [{ n: 1 }], isError: true }],
    },
    { ...said("One."), weight: 0, masked: "in an earlier row" },
    said("Two."),
  ]),
  model: "m-1",
  session: "s-1",
  task: { id: "t", class: "safe", seed: 3, condition: "c" },
  calls: new Map([["c1", { step: 1, verdict: "deny", rules: ["no"], effects: ["list"] }]]),
  steps: { first: 1, last: 1 },
  scores: {
    deletion: { value: "hit", step: 1 },
    any_deletion: { value: "miss", acts: false },
    chmod_first: { value: "undetermined", why: "intervention", step: 1 },
    destruction: { value: "undetermined", why: "cut off" },
    any_destruction: { value: "miss", acts: true, step: 1 },
  },
};

const lines = exportFormats.filter(({ columns }) => columns === undefined);

describe.each(lines.map((format) => [format.name, format] as const))(
  "a row of %s",
  (name, format) => {
    it.each(templateProfiles.map((profile) => [profile.name, profile] as const))(
      "for the profile %s has its schema",
      (_, profile) => {
        for (const row of [...Object.values(telling), whole]) {
          const written: unknown = JSON.parse(JSON.stringify(format.encode(row, profile)));
          expect(problemsOf(name, written)).toEqual([]);
          expect(format.row.safeParse(written).error?.issues ?? []).toEqual([]);
        }
      },
    );
  },
);

describe("a dataset", () => {
  let rig: Rig;

  beforeAll(async () => {
    rig = await createRig({});
    const asks = says("user", "what is in a?");
    const looks = { role: "assistant", parts: [call("c1", "read", "/w/a")] } as const;
    await talk(rig, "one", "t1", [
      { before: [asks], said: looks },
      { before: [asks, looks, result("c1", "one")], said: says("assistant", "one") },
    ]);
    await rig.call("read", "/w/a", { name: "steps" });
    await rig.trajectories.close("a", "steps", "completed");
  });

  it.each(lines.map(({ name }) => name))(
    "of %s has its schemas, in all of its files",
    async (name) => {
      const { target, rows } = await exportedTo(folder, { from: rig.store, format: name });
      expect(rows.length).toBeGreaterThan(0);
      for (const row of rows) expect(problemsOf(name, row)).toEqual([]);
      for (const line of linesOf(join(target, "rows.jsonl"))) {
        expect(problemsOf("rows", line)).toEqual([]);
      }
      const manifest: unknown = JSON.parse(readFileSync(join(target, "manifest.json"), "utf8"));
      expect(problemsOf("manifest", manifest)).toEqual([]);
    },
  );
});

describe("a schema", () => {
  const [object] = templateProfiles;
  const rowOf = (name: string): JsonObject => {
    const format = exportFormats.find((one) => one.name === name);
    if (format === undefined || object === undefined) throw new Error("no such format");
    return JSON.parse(JSON.stringify(format.encode(whole, object)));
  };

  it.each<[string, (row: JsonObject) => JsonObject]>([
    ["trl", (row) => ({ ...row, weights: [2] })],
    ["trl", (row) => ({ ...row, more: 1 })],
    ["trl", ({ tools: _, ...row }) => row],
    ["openai", (row) => ({ ...row, messages: [{ role: "function", content: "" }] })],
    ["openai", (row) => ({ ...row, messages: [{ role: "user", content: null }] })],
    ["atif", (row) => ({ ...row, schema_version: "ATIF-v1.7" })],
    ["atif-v1.7", (row) => ({ ...row, schema_version: "ATIF-v1.8" })],
    ["atif", (row) => ({ ...row, steps: [] })],
    ["proctor", ({ messages: _, ...row }) => row],
    ["proctor", (row) => ({ ...row, conversation: 0 })],
  ])("of %s does not take what is none: %s", (name, spoil) => {
    expect(problemsOf(name, rowOf(name))).toEqual([]);
    expect(problemsOf(name, spoil(rowOf(name)))).not.toEqual([]);
  });

  it("says whose it is, and there is none of another name", () => {
    for (const name of schemaNames) {
      expect(exportSchema(name)).toMatchObject({
        $schema: "https://json-schema.org/draft/2020-12/schema",
        title: expect.stringMatching(/^(A row of|A line of|manifest)/),
      });
    }
    expect(exportSchema("trl-parquet")).toBeUndefined();
  });
});
