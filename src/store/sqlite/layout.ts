// The tables, their versions, and how the file is opened.

import { ProctorError } from "../../core/errors.ts";
import type { Database } from "./driver.ts";
import { numberIn, openDatabase, textIn } from "./driver.ts";
import { isBusy } from "./faults.ts";
import { rebuildIndex } from "./rebuild.ts";

/** "proc": says that a file is a store of proctor's (https://sqlite.org/pragma.html#pragma_application_id). */
const applicationId = 0x70726f63;

/**
 * Each entry makes of layout n layout n + 1; `user_version` counts them. An entry never changes once
 * it has been released.
 *
 * `records.place` is contiguous from 1 and the order of commits. The records of one trajectory are a
 * list: `trajectories.last` is the place of its last record, `records.previous` that of the one
 * before (0: none). An index over (trajectory, position) would do as well, but every trajectory that
 * is written to has a page of it to itself, and so it doubled the pages of a commit. Trajectories are
 * integers, since texts in every record took half of the throughput. Times are REAL: a clock may have
 * fractions. WITHOUT ROWID only where rows are a few bytes; with records it was slower.
 */
const migrations: readonly string[] = [
  `
  CREATE TABLE trajectories (
    id INTEGER PRIMARY KEY,
    agent TEXT NOT NULL,
    name TEXT NOT NULL,
    generation INTEGER NOT NULL,
    records INTEGER NOT NULL,
    steps INTEGER NOT NULL,
    refused INTEGER NOT NULL,
    opened_at REAL NOT NULL,
    last_at REAL NOT NULL,
    task TEXT NOT NULL,
    task_class TEXT NOT NULL,
    closed TEXT,
    last INTEGER NOT NULL,
    UNIQUE (agent, name, generation)
  ) STRICT;
  CREATE INDEX open_trajectories ON trajectories (id) WHERE closed IS NULL;

  CREATE TABLE records (
    place INTEGER PRIMARY KEY,
    trajectory INTEGER NOT NULL,
    position INTEGER NOT NULL,
    previous INTEGER NOT NULL,
    type TEXT NOT NULL,
    at REAL NOT NULL,
    bytes BLOB NOT NULL,
    link BLOB NOT NULL
  ) STRICT;
  CREATE INDEX closings ON records (place) WHERE type = 'closed';

  CREATE TABLE pending (
    trajectory INTEGER NOT NULL,
    step INTEGER NOT NULL,
    instance TEXT NOT NULL,
    dispatched INTEGER NOT NULL,
    PRIMARY KEY (trajectory, step)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE anchors (
    instance TEXT NOT NULL,
    number INTEGER NOT NULL,
    trajectory TEXT NOT NULL,
    position INTEGER NOT NULL,
    head BLOB NOT NULL,
    link BLOB NOT NULL,
    PRIMARY KEY (instance, number)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE blobs (digest TEXT PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
  CREATE TABLE leases (instance TEXT PRIMARY KEY, until_ms REAL NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE snapshots (
    trajectory INTEGER PRIMARY KEY,
    version INTEGER NOT NULL,
    state TEXT NOT NULL,
    seal BLOB NOT NULL
  ) STRICT;
  CREATE TABLE probes (id INTEGER PRIMARY KEY, count INTEGER NOT NULL) STRICT;
  INSERT INTO probes VALUES (1, 0);
  `,
  // What is waiting is folded from these at each start.
  "CREATE INDEX approvals ON records (place) WHERE type = 'approval'",
  // What is asked of calls and scores; filled from the records by a rebuild.
  "ALTER TABLE trajectories ADD COLUMN marks TEXT NOT NULL DEFAULT ''",
  // Contents can be erased: whose they are, what is left to erase, and where that was done. Whatever a
  // record refers to, it calls `digest`.
  `
  ALTER TABLE trajectories ADD COLUMN contents INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE trajectories ADD COLUMN erased INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX tombstones ON records (place) WHERE type = 'erased';

  CREATE TABLE owners (
    digest TEXT NOT NULL,
    trajectory INTEGER NOT NULL,
    PRIMARY KEY (digest, trajectory)
  ) STRICT, WITHOUT ROWID;
  INSERT OR IGNORE INTO owners SELECT found.value, r.trajectory
    FROM records r, json_tree(cast(r.bytes AS TEXT)) AS found
    WHERE found.key = 'digest' AND found.value IN (SELECT digest FROM blobs);
  `,
];

/** Stores of an earlier layout lack what the index says since then. */
const indexedSince = 4;

export interface OpenOptions {
  readonly file: string;
  readonly busyTimeoutMs: number;
  readonly checkpointPages: number;
}

/**
 * The connection that writes.
 *
 * @throws ProctorError `unsupported_record` for a newer layout, `store_unavailable` for a file that
 *   is no store of proctor's; errors of SQLite
 */
export function openWriter(options: OpenOptions): Database {
  const database = openDatabase(options.file, { readOnly: false });
  try {
    // The file may have been written by others: https://sqlite.org/security.html
    database.exec("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0");
    database.exec(`PRAGMA busy_timeout = ${options.busyTimeoutMs}; PRAGMA cache_size = -16000`);
    refuseForeign(database, options.file);
    // Of snapshots that were replaced, and of what is erased, nothing is left in free space.
    database.exec("PRAGMA secure_delete = ON");
    // Twice the default: a record of 1.5 KiB leaves less of a page empty. Counts for a new file only.
    database.exec("PRAGMA page_size = 8192");
    untilNotBusy(options.busyTimeoutMs, () => database.exec("PRAGMA journal_mode = WAL"));
    database.exec(`PRAGMA wal_autocheckpoint = ${options.checkpointPages}`);
    untilNotBusy(options.busyTimeoutMs, () => migrate(database, options.file));
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** A connection that only reads; it holds up no append. */
export function openReader(file: string, busyTimeoutMs: number): Database {
  const database = openDatabase(file, { readOnly: true });
  database.exec("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0");
  database.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}; PRAGMA cache_size = -8000`);
  return database;
}

function refuseForeign(database: Database, file: string): void {
  const objects = database.prepare("SELECT type, name FROM sqlite_schema").all();
  if (objects.length > 0 && pragma(database, "application_id") !== applicationId) {
    throw new ProctorError("store_unavailable", `${file} is a database, but no store of proctor's`);
  }
  // No layout has these: a trigger would change records behind our back.
  const code = objects.find((object) => ["trigger", "view"].includes(textIn(object, "type")));
  if (code !== undefined) {
    const what = `the ${textIn(code, "type")} ${textIn(code, "name")}`;
    throw new ProctorError("store_unavailable", `the store ${file} was altered: it holds ${what}`);
  }
}

function migrate(database: Database, file: string): void {
  if (layoutOf(database, file) === migrations.length) return;
  database.exec("BEGIN IMMEDIATE");
  try {
    const found = layoutOf(database, file);
    for (const step of migrations.slice(found)) database.exec(step);
    if (found > 0 && found < indexedSince) rebuildIndex(database);
    database.exec(`PRAGMA application_id = ${applicationId}`);
    database.exec(`PRAGMA user_version = ${migrations.length}`);
    database.exec("COMMIT");
  } catch (error) {
    if (database.inTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

function layoutOf(database: Database, file: string): number {
  const version = pragma(database, "user_version");
  if (version <= migrations.length) return version;
  throw new ProctorError(
    "unsupported_record",
    `the store ${file} has layout ${version}; this proctor knows layouts up to ${migrations.length}`,
  );
}

function pragma(database: Database, name: string): number {
  const row = database.prepare(`PRAGMA ${name}`).get();
  return row === undefined ? 0 : numberIn(row, name);
}

const retryMs = 10;

/** Two processes that open a new file at once lock each other out without waiting for their turn. */
function untilNotBusy(timeoutMs: number, open: () => void): void {
  for (let waitedMs = 0; ; waitedMs += retryMs) {
    try {
      open();
      return;
    } catch (error) {
      if (!isBusy(error) || waitedMs >= timeoutMs) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, retryMs);
    }
  }
}
