// A database that nobody here wrote, which reads and writes what datasets are in.

import { DuckDBInstance } from "@duckdb/node-api";

/** The rows that a statement gives, as JSON has them. */
export async function byDuckDb(statement: string): Promise<unknown[]> {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  try {
    return (await connection.runAndReadAll(statement)).getRowObjectsJson();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
