// Rows as a table: what two readers that nobody here wrote find in it is what the lines say.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { type AsyncBuffer, parquetMetadata, parquetReadObjects } from "hyparquet";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import "../../properties.ts";
import type { Json } from "../../../src/core/json.ts";
import type { Message } from "../../../src/core/message.ts";
import {
  type Columns,
  integer,
  json,
  listOf,
  members,
  text as textColumn,
} from "../../../src/dataset/export/columns.ts";
import { createParquet } from "../../../src/dataset/export/parquet.ts";
import { createRig, type Rig } from "../../gateway/rig.ts";
import { byDuckDb } from "../duckdb.ts";
import { call, exportedTo, linesOf, result, says, talk, text, verifiedFrom } from "./ground.ts";

const folder = mkdtempSync(join(tmpdir(), "proctor-parquet-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let rig: Rig;

beforeAll(async () => {
  rig = await createRig({});
  const asks = says("user", "what is in a and b?");
  const both: Message = {
    role: "assistant",
    parts: [
      { type: "reasoning", text: "both at once" },
      text("I look"),
      call("c1", "read", "/w/a"),
      { type: "call", id: "c2", tool: "list", arguments: { deep: { n: [1, null] }, all: true } },
    ],
  };
  const answers = [result("c1", 'ä\u2028"\\'), result("c2", "")];
  await talk(rig, "both", "t1", [
    { before: [asks], said: both },
    { before: [asks, both, ...answers], said: says("assistant", "nothing") },
  ]);
  await talk(rig, "plain", "t2", [{ before: [says("user", "hi")], said: says("assistant", "ho") }]);
  await talk(rig, "picture", "t3", [
    {
      before: [
        { role: "user", parts: [{ type: "other", kind: "image_url", value: { image_url: "x" } }] },
      ],
      said: says("assistant", "a cat"),
    },
  ]);
});

async function both(profile: string) {
  const from = rig.store;
  const lines = await exportedTo(folder, { from, format: "trl", profile });
  const table = await exportedTo(folder, { from, format: "trl-parquet", profile });
  return { lines, table, file: join(table.target, "train.parquet") };
}

/** A table has no place for the difference between what is null and what is not there. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object" || value === null) return value;
  const known = Object.entries(value).filter(([, inner]) => inner !== null);
  return Object.fromEntries(known.map(([name, inner]) => [name, withoutNulls(inner)]));
}

/** Of a query whose rows are each JSON in a column `row`. */
async function found(query: string): Promise<unknown[]> {
  const rows = z.array(z.object({ row: z.string() })).parse(await byDuckDb(query));
  return rows.map(({ row }): unknown => JSON.parse(row));
}

function bufferOf(bytes: Uint8Array): AsyncBuffer {
  const { buffer } = Uint8Array.from(bytes);
  return { byteLength: buffer.byteLength, slice: (from, to) => buffer.slice(from, to) };
}

const readers: Readonly<Record<string, (file: string) => Promise<unknown[]>>> = {
  DuckDB: (file) => found(`SELECT to_json(t) AS row FROM read_parquet('${file}') AS t`),
  hyparquet: (file) => parquetReadObjects({ file: bufferOf(readFileSync(file)) }),
};

describe.each(Object.entries(readers))("read by %s", (_, read) => {
  it.each(["object", "text-null", "gpt-oss"])("is what the lines say, for %s", async (profile) => {
    const { lines, file } = await both(profile);
    const expected = lines.rows.filter(({ id }) => id !== "a:picture");
    expect(expected).toHaveLength(2);
    expect((await read(file)).map(withoutNulls)).toEqual(expected.map(withoutNulls));
  });
});

it("lines read by DuckDB are what they say", async () => {
  const { lines } = await both("object");
  const file = join(lines.target, "train.jsonl");
  const read = await found(`SELECT json AS row FROM read_ndjson_objects('${file}')`);
  expect(read).toEqual(linesOf(file));
});

describe("a table", () => {
  it("has columns of the types that datasets of conversations have", async () => {
    const { file } = await both("object");
    const columns = await found(
      `SELECT to_json({name: column_name, type: column_type}) AS row FROM (DESCRIBE FROM read_parquet('${file}'))`,
    );
    const called = 'STRUCT("name" VARCHAR, arguments JSON)';
    const calls = `STRUCT(id VARCHAR, "type" VARCHAR, "function" ${called})[]`;
    expect(columns).toEqual([
      {
        name: "messages",
        type: `STRUCT("role" VARCHAR, "content" VARCHAR, reasoning_content VARCHAR, tool_calls ${calls}, tool_call_id VARCHAR, "name" VARCHAR)[]`,
      },
      { name: "tools", type: "JSON" },
      { name: "weights", type: "INTEGER[]" },
      { name: "id", type: "VARCHAR" },
      { name: "task", type: "VARCHAR" },
    ]);
  });

  it("leaves out what is more than text, and says so", async () => {
    const { table, lines } = await both("object");
    expect(lines.rows.map(({ id }) => id)).toContain("a:picture");
    expect(table.manifest.counts.dropped).toEqual({ "table: a message that is more than text": 1 });
  });

  it("is the same bytes when it is written again, and verified as other files are", async () => {
    const [one, two] = [await both("object"), await both("object")];
    expect(readdirSync(one.table.target).sort()).toEqual([
      "README.md",
      "manifest.json",
      "rows.jsonl",
      "train.parquet",
    ]);
    expect(readFileSync(one.file).equals(readFileSync(two.file))).toBe(true);
    expect(await verifiedFrom(rig.store, one.table.target)).toMatchObject({
      rows: 2,
      problems: [],
    });
    const changed = readFileSync(one.file);
    changed.writeUInt8(changed.readUInt8(40) ^ 1, 40);
    writeFileSync(one.file, changed);
    expect((await verifiedFrom(rig.store, one.table.target)).problems).toEqual([
      "train.parquet is not what was written",
    ]);
  });
});

async function tableOf(columns: Columns, rows: Iterable<object>) {
  const chunks: Uint8Array[] = [];
  const sink = createParquet(columns, async (bytes) => void chunks.push(bytes));
  for (const row of rows) await sink.add(row);
  await sink.end();
  return { file: bufferOf(Buffer.concat(chunks)), chunks };
}

describe("row groups", () => {
  it("are bounded by rows and by size, and written when they are full", async () => {
    const rows = Array.from({ length: 5_000 }, (_, n) => ({ n, said: "x".repeat(4_000) }));
    const { file, chunks } = await tableOf({ n: integer, said: textColumn }, rows);
    const groups = parquetMetadata(await file.slice(0)).row_groups.map(({ num_rows }) =>
      Number(num_rows),
    );
    expect(groups.reduce((sum, one) => sum + one, 0)).toBe(5_000);
    expect(Math.max(...groups)).toBeLessThan(2_200);
    // One for each, and the footer.
    expect(chunks).toHaveLength(groups.length + 1);
    expect(await parquetReadObjects({ file })).toEqual(rows);
    const small = Array.from({ length: 5_000 }, (_, n) => ({ n }));
    const { row_groups } = parquetMetadata(
      await (await tableOf({ n: integer }, small)).file.slice(0),
    );
    expect(row_groups.map(({ num_rows }) => Number(num_rows))).toEqual([4_096, 904]);
  });

  it("of no rows are a table without rows", async () => {
    expect(await parquetReadObjects({ file: (await tableOf({ n: integer }, [])).file })).toEqual(
      [],
    );
  });
});

const said = fc.string({ unit: "grapheme" });
const anything = fc.jsonValue({ noUnicodeString: false }).map((value): Json => {
  const plain: Json = JSON.parse(JSON.stringify(value));
  return plain;
});

describe("any row", () => {
  it("comes back as it was", async () => {
    const columns = {
      lists: listOf(members({ said: textColumn, given: json, inner: listOf(textColumn) })),
      one: json,
      n: integer,
    };
    const row = fc.record(
      {
        lists: fc.array(
          fc.record({ said, given: anything, inner: fc.array(said) }, { requiredKeys: [] }),
        ),
        one: anything,
        n: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 5 }), async (rows) => {
        const { file } = await tableOf(columns, rows);
        const found = await parquetReadObjects({ file });
        expect(found.map(withoutNulls)).toEqual(rows.map(withoutNulls));
      }),
    );
  });

  it.each<[object, string]>([
    [{ m: 1 }, 'the row has no column for "m"'],
    [{ n: "1" }, "the row.n is no integer"],
    [{ n: 0.5 }, "the row.n is no integer"],
  ])("%j that has no place in the columns is refused", async (row, why) => {
    await expect(tableOf({ n: integer }, [row])).rejects.toThrow(why);
  });
});
