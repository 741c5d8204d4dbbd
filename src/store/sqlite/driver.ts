// The only importer of the SQLite library: a narrow, typed face of it.
//
// @photostructure/sqlite has the interface of node:sqlite, and brings one SQLite (3.53) to every
// Node from 20 on. node:sqlite would be one dependency less where it exists, but another SQLite with
// every version of Node, for a tenth more throughput: one SQLite everywhere is worth more.

import { DatabaseSync } from "@photostructure/sqlite";

export type Value = string | number | Uint8Array | null;

/** Whatever the file holds: columns are checked as they are read. */
export interface Row {
  readonly [column: string]: unknown;
}

/** Values for `?` in their order, or one object for `:name`. */
export type Values = readonly Value[] | readonly [{ readonly [name: string]: Value }];

export interface Statement {
  run(...values: Values): void;
  get(...values: Values): Row | undefined;
  all(...values: Values): readonly Row[];
  /** Leaving the loop early ends the read. */
  iterate(...values: Values): IterableIterator<Row>;
}

export interface Database {
  readonly inTransaction: boolean;
  exec(sql: string): void;
  prepare(sql: string): Statement;
  close(): void;
}

export function openDatabase(file: string, options: { readonly readOnly: boolean }): Database {
  const database = new DatabaseSync(file, options);
  return {
    get inTransaction() {
      return database.isTransaction;
    },
    exec: (sql) => database.exec(sql),
    prepare: (sql): Statement => database.prepare(sql),
    close: () => database.close(),
  };
}

/** The primary result code of an error of SQLite (https://sqlite.org/rescode.html), else undefined. */
export function resultCode(error: unknown): number | undefined {
  const extended = extendedResultCode(error);
  return extended === undefined ? undefined : extended & 0xff;
}

export function extendedResultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errcode" in error)) return undefined;
  return typeof error.errcode === "number" ? error.errcode : undefined;
}

export function numberIn(row: Row, column: string): number {
  const value = row[column];
  if (typeof value === "number") return value;
  throw new TypeError(`column ${column} holds no number`);
}

export function textIn(row: Row, column: string): string {
  const value = row[column];
  if (typeof value === "string") return value;
  throw new TypeError(`column ${column} holds no text`);
}

export function textOrNullIn(row: Row, column: string): string | null {
  return row[column] === null ? null : textIn(row, column);
}

export function bytesIn(row: Row, column: string): Uint8Array {
  const value = row[column];
  if (value instanceof Uint8Array) return value;
  throw new TypeError(`column ${column} holds no bytes`);
}
