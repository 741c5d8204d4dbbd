// Rows as Parquet, a row group at a time. The only importer of hyparquet-writer.
// https://github.com/apache/parquet-format

import { ByteWriter, ParquetWriter, type SchemaElement } from "hyparquet-writer";
import type { JsonObject } from "../../core/json.ts";
import { type Columns, type ColumnType, inColumns } from "./columns.ts";
import type { RowSink, WriteBytes } from "./sink.ts";

/** Whichever comes first ends a row group; both are counted, so the same rows give the same groups. */
const maxGroupRows = 4_096;
/** UTF-16 code units of the rows as JSON. */
const maxGroupLength = 2 * 1024 * 1024;

/** Memory is that of one row group, and some hundred bytes for each group before it. */
export function createParquet(columns: Columns, write: WriteBytes): RowSink {
  const bytes = new ByteWriter();
  const parquet = new ParquetWriter({
    writer: bytes,
    schema: schemaOf(columns),
    createdBy: "proctor",
    // Bounds of JSON are whole values, which would stand in the footer once more.
    statistics: false,
  });
  let rows: JsonObject[] = [];
  let length = 0;

  async function drain(): Promise<void> {
    const chunk = bytes.getBytes().slice();
    bytes.index = 0;
    await write(chunk);
  }

  async function endGroup(): Promise<void> {
    const columnData = Object.keys(columns).map((name) => ({
      name,
      data: rows.map((row) => row[name] ?? null),
    }));
    await parquet.write({ columnData, rowGroupSize: rows.length });
    [rows, length] = [[], 0];
    await drain();
  }

  return {
    async add(row) {
      const known = inColumns(row, columns);
      rows.push(known);
      length += JSON.stringify(known).length;
      if (rows.length >= maxGroupRows || length >= maxGroupLength) await endGroup();
    },
    async end() {
      if (rows.length > 0) await endGroup();
      await parquet.finish();
      await drain();
    },
  };
}

function schemaOf(columns: Columns): SchemaElement[] {
  const elements = Object.entries(columns).flatMap(([name, type]) => elementsOf(name, type));
  return [{ name: "root", num_children: Object.keys(columns).length }, ...elements];
}

/** Depth first, as the format has it; everything may be absent. */
function elementsOf(name: string, type: ColumnType): SchemaElement[] {
  const optional = { name, repetition_type: "OPTIONAL" } as const;
  switch (type.kind) {
    case "text":
      return [{ ...optional, type: "BYTE_ARRAY", converted_type: "UTF8" }];
    case "json":
      return [{ ...optional, type: "BYTE_ARRAY", converted_type: "JSON" }];
    case "integer":
      return [{ ...optional, type: "INT32" }];
    case "list":
      return [
        { ...optional, converted_type: "LIST", num_children: 1 },
        { name: "list", repetition_type: "REPEATED", num_children: 1 },
        ...elementsOf("element", type.of),
      ];
    case "members": {
      const inner = Object.entries(type.of);
      return [
        { ...optional, num_children: inner.length },
        ...inner.flatMap(([member, of]) => elementsOf(member, of)),
      ];
    }
    default:
      return type satisfies never;
  }
}
