// Derives the index anew from the records.

import type { TrajectoryKey } from "../../core/trajectory.ts";
import { factsOf } from "../facts.ts";
import { decodeRecord } from "../schema.ts";
import type { Pending, Tally } from "../tally.ts";
import { count, emptyTally, settle } from "../tally.ts";
import type { Database, Row } from "./driver.ts";
import { bytesIn, numberIn } from "./driver.ts";
import { marksText, tallyColumns } from "./rows.ts";

interface Entry {
  readonly tally: Tally;
  readonly pending: Map<number, Pending>;
  last: number;
  /** As its `opened` record names it. */
  key?: TrajectoryKey;
}

type Correction = readonly [type: string, at: number, previous: number, place: number];

interface Counted {
  readonly entries: ReadonlyMap<number, Entry>;
  /** What should stand beside the bytes of records where something else does. */
  readonly corrections: readonly Correction[];
}

/**
 * To be called inside a transaction. A trajectory whose row was lost gets it back, from its `opened`
 * record.
 *
 * @throws ProctorError where a record cannot be read
 */
export function rebuildIndex(database: Database): void {
  const records = database.prepare(
    "SELECT place, trajectory, previous, type, at, bytes FROM records ORDER BY place",
  );
  const { entries, corrections } = recount(records.iterate());
  const correct = database.prepare(
    "UPDATE records SET type = ?, at = ?, previous = ? WHERE place = ?",
  );
  for (const correction of corrections) correct.run(...correction);
  database.exec("DELETE FROM pending");
  database.exec("DELETE FROM trajectories WHERE id NOT IN (SELECT trajectory FROM records)");
  for (const [rowid, entry] of entries) write(database, rowid, entry);
}

function recount(records: Iterable<Row>): Counted {
  const entries = new Map<number, Entry>();
  const corrections: Correction[] = [];
  for (const row of records) {
    const record = decodeRecord(bytesIn(row, "bytes"));
    const rowid = numberIn(row, "trajectory");
    const entry = entries.get(rowid) ?? freshEntry();
    entries.set(rowid, entry);
    const place = numberIn(row, "place");
    const previous = entry.last;
    if (record.type !== row.type || record.at !== row.at || previous !== row.previous) {
      corrections.push([record.type, record.at, previous, place]);
    }
    entry.last = place;
    count(entry.tally, factsOf(record));
    settle(entry.pending, factsOf(record));
    if (record.type === "opened") entry.key ??= record.key;
  }
  return { entries, corrections };
}

function freshEntry(): Entry {
  return { tally: emptyTally(), pending: new Map(), last: 0 };
}

function write(database: Database, rowid: number, entry: Entry): void {
  const { tally, pending, key, last } = entry;
  const { records, steps, refused, openedAt, lastAt } = tally;
  const { task, taskClass, closed, marks, contents, erased } = tally;
  const counts = [records, steps, refused, openedAt, lastAt];
  if (key !== undefined) {
    database
      .prepare(
        `INSERT INTO trajectories (id, agent, name, generation, ${tallyColumns}, last)
          VALUES (?, ?, ?, ?, 0, 0, 0, 0, 0, '', '', NULL, '', 0, 0, 0) ON CONFLICT DO NOTHING`,
      )
      .run(rowid, key.agent, key.name, key.generation);
  }
  database
    .prepare(
      `UPDATE trajectories SET records = ?, steps = ?, refused = ?, opened_at = ?, last_at = ?,
        task = ?, task_class = ?, closed = ?, marks = ?, contents = ?, erased = ?, last = ?
        WHERE id = ?`,
    )
    .run(...counts, task, taskClass, closed, marksText(marks), contents, erased, last, rowid);
  const insert = database.prepare("INSERT INTO pending VALUES (?, ?, ?, ?)");
  for (const [step, { instance, dispatched }] of pending) {
    insert.run(rowid, step, instance, dispatched ? 1 : 0);
  }
}
