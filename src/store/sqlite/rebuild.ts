// Derives the index anew from the records.

import type { TrajectoryKey } from "../../core/trajectory.ts";
import { factsOf } from "../facts.ts";
import { decodeRecord } from "../schema.ts";
import type { Pending, Tally } from "../tally.ts";
import { count, emptyTally, settle } from "../tally.ts";
import type { Database, Row } from "./driver.ts";
import { bytesIn, numberIn } from "./driver.ts";

interface Entry {
  readonly tally: Tally;
  readonly pending: Map<number, Pending>;
  /** As its `opened` record names it. */
  key?: TrajectoryKey;
}

interface Counted {
  readonly entries: ReadonlyMap<number, Entry>;
  /** Records whose type or time beside the bytes is not that of the bytes. */
  readonly corrections: readonly (readonly [type: string, at: number, place: number])[];
}

/**
 * To be called inside a transaction. A trajectory whose row was lost gets it back, from its `opened`
 * record.
 *
 * @throws ProctorError where a record cannot be read
 */
export function rebuildIndex(database: Database): void {
  const records = database.prepare(
    "SELECT place, trajectory, type, at, bytes FROM records ORDER BY place",
  );
  const { entries, corrections } = recount(records.iterate());
  const correct = database.prepare("UPDATE records SET type = ?, at = ? WHERE place = ?");
  for (const correction of corrections) correct.run(...correction);
  database.exec("DELETE FROM pending");
  database.exec("DELETE FROM trajectories WHERE id NOT IN (SELECT trajectory FROM records)");
  for (const [rowid, entry] of entries) write(database, rowid, entry);
}

function recount(records: Iterable<Row>): Counted {
  const entries = new Map<number, Entry>();
  const corrections: [string, number, number][] = [];
  for (const row of records) {
    const record = decodeRecord(bytesIn(row, "bytes"));
    if (record.type !== row.type || record.at !== row.at) {
      corrections.push([record.type, record.at, numberIn(row, "place")]);
    }
    const rowid = numberIn(row, "trajectory");
    const entry: Entry = entries.get(rowid) ?? { tally: emptyTally(), pending: new Map() };
    entries.set(rowid, entry);
    count(entry.tally, factsOf(record));
    settle(entry.pending, factsOf(record));
    if (record.type === "opened") entry.key ??= record.key;
  }
  return { entries, corrections };
}

function write(database: Database, rowid: number, { tally, pending, key }: Entry): void {
  const { records, steps, refused, openedAt, lastAt, task, taskClass, closed } = tally;
  if (key !== undefined) {
    database
      .prepare(
        `INSERT INTO trajectories VALUES (?, ?, ?, ?, 0, 0, 0, 0, 0, '', '', NULL)
          ON CONFLICT DO NOTHING`,
      )
      .run(rowid, key.agent, key.name, key.generation);
  }
  database
    .prepare(
      `UPDATE trajectories SET records = ?, steps = ?, refused = ?, opened_at = ?, last_at = ?,
        task = ?, task_class = ?, closed = ? WHERE id = ?`,
    )
    .run(records, steps, refused, openedAt, lastAt, task, taskClass, closed, rowid);
  const insert = database.prepare("INSERT INTO pending VALUES (?, ?, ?, ?)");
  for (const [step, { instance, dispatched }] of pending) {
    insert.run(rowid, step, instance, dispatched ? 1 : 0);
  }
}
