// Columns of a table: what a container that is no text has to know of its rows.

import { isJsonObject, type Json, type JsonObject } from "../../core/json.ts";

/**
 * `json`: any value, as JSON text that readers know to be JSON. What is null and what is absent are the
 * same in a table, but for a `json`, which may hold a null.
 */
export type ColumnType =
  | { readonly kind: "text" }
  | { readonly kind: "integer" }
  | { readonly kind: "json" }
  | { readonly kind: "list"; readonly of: ColumnType }
  | { readonly kind: "members"; readonly of: Columns };

/** By name, in their order. */
export type Columns = Readonly<Record<string, ColumnType>>;

export const text: ColumnType = { kind: "text" };
export const integer: ColumnType = { kind: "integer" };
export const json: ColumnType = { kind: "json" };
export const listOf = (of: ColumnType): ColumnType => ({ kind: "list", of });
export const members = (of: Columns): ColumnType => ({ kind: "members", of });

/**
 * A row as far as the columns know it. Total: what a row has beyond them is a fault of the format, and so
 * thrown, rather than lost without a word.
 */
export function inColumns(row: object, columns: Columns): JsonObject {
  if (!isJsonObject(row)) throw new TypeError("the row is no object");
  return membersOf(row, columns, "the row");
}

function membersOf(value: JsonObject, columns: Columns, where: string): JsonObject {
  const strange = Object.keys(value).find((name) => !Object.hasOwn(columns, name));
  if (strange !== undefined) throw new TypeError(`${where} has no column for "${strange}"`);
  return Object.fromEntries(
    Object.entries(columns).flatMap(([name, type]): [string, Json][] => {
      const given = value[name];
      return given === undefined ? [] : [[name, shaped(given, type, `${where}.${name}`)]];
    }),
  );
}

function shaped(value: Json, type: ColumnType, where: string): Json {
  if (type.kind === "json") return value;
  if (value === null) return null;
  switch (type.kind) {
    case "text":
      if (typeof value === "string") return value;
      break;
    case "integer":
      if (Number.isInteger(value)) return value;
      break;
    case "list":
      if (Array.isArray(value)) return value.map((one) => shaped(one, type.of, `${where}[]`));
      break;
    case "members":
      if (isJsonObject(value)) return membersOf(value, type.of, where);
      break;
    default:
      return type satisfies never;
  }
  throw new TypeError(`${where} is no ${type.kind}`);
}
