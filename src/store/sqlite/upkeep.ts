// What is done with the file as a whole.

import type { Database } from "./driver.ts";
import { numberIn } from "./driver.ts";

/**
 * Moves the log into the database and empties it: what was erased is then in neither. Waits for
 * nobody, since appends would wait with it. False: somebody was reading or writing.
 */
export function scrub(database: Database, busyTimeoutMs: number): boolean {
  database.exec("PRAGMA busy_timeout = 0");
  try {
    const row = database.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get();
    return row !== undefined && numberIn(row, "busy") === 0;
  } finally {
    database.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
  }
}

/**
 * A copy of one moment, without free pages, into a file that is empty. Others append meanwhile; this
 * thread does nothing else (https://sqlite.org/lang_vacuum.html#vacuuminto).
 */
export function backup(reader: Database, file: string): null {
  reader.prepare("VACUUM INTO ?").run(file);
  return null;
}
