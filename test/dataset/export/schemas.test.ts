// What is written has the schemas that are given out for it, by a validator that nobody here wrote.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { JsonObject } from "../../../src/core/json.ts";
import { exportFormats, templateProfiles } from "../../../src/dataset/export/formats/index.ts";
import { exportSchema, schemaNames } from "../../../src/dataset/export/schemas.ts";
import { createRig, type Rig } from "../../gateway/rig.ts";
import { call, exportedTo, linesOf, result, says, talk } from "./ground.ts";
import { telling, whole } from "./rows.ts";

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
