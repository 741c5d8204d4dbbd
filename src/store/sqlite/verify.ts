// Walks the whole file for the verifier, in steps between which appends go on.

import { trajectoryId } from "../../core/trajectory.ts";
import type { Chain } from "../chain.ts";
import type { ChainReport, StoreAnchor } from "../store.ts";
import type { Pending } from "../tally.ts";
import type { ChainedAnchor, ChainedRecord, IndexedTrajectory } from "../verifier.ts";
import { createVerifier } from "../verifier.ts";
import type { Database, Row } from "./driver.ts";
import { bytesIn, numberIn, textIn } from "./driver.ts";
import { keyIn, tallyColumns, tallyIn } from "./rows.ts";

/** Rows between two pauses. */
const rowsPerStep = 50;

/**
 * @param open a connection of its own: one read transaction spans the walk, so that what is appended
 *   meanwhile is not taken for a difference between records and index
 */
export function* verifySteps(
  open: () => Database,
  chain: Chain,
  known: readonly StoreAnchor[],
): Generator<void, ChainReport> {
  const database = open();
  try {
    database.exec("BEGIN");
    const verifier = createVerifier(chain, known);
    yield* inSteps(database.prepare(allTombstones).iterate(), (row) =>
      verifier.tombstone(recordIn(row)),
    );
    yield* inSteps(database.prepare(allRecords).iterate(), (row) => verifier.record(recordIn(row)));
    yield* inSteps(database.prepare(allAnchors).iterate(), (row) => verifier.anchor(anchorIn(row)));
    const pending = database.prepare(pendingOf);
    yield* inSteps(database.prepare(allEntries).iterate(), (row) =>
      verifier.entry(entryIn(row, pending.all(numberIn(row, "id")))),
    );
    return verifier.report();
  } finally {
    // A connection lives on until its statements are collected; its transaction must not.
    database.exec("ROLLBACK");
    database.close();
  }
}

/** Records of a trajectory whose row is gone come without its name. */
const allRecords = recordsWhere("TRUE");
/** By their index. A hidden one leaves the records that it speaks of unaccounted for. */
const allTombstones = recordsWhere("r.type = 'erased'");
const allAnchors = `SELECT instance, number, trajectory, position, head, link FROM anchors
  ORDER BY instance, number`;
const allEntries = `SELECT id, agent, name, generation, ${tallyColumns}, last
  FROM trajectories ORDER BY id`;

function recordsWhere(condition: string): string {
  return `SELECT r.place, r.trajectory, r.position, r.previous, r.bytes, r.link, r.type, r.at,
      t.agent, t.name, t.generation
    FROM records r LEFT JOIN trajectories t ON t.id = r.trajectory
    WHERE ${condition} ORDER BY r.place`;
}

const pendingOf = "SELECT step, instance, dispatched FROM pending WHERE trajectory = ?";

function* inSteps(rows: Iterable<Row>, take: (row: Row) => void): Generator<void, void> {
  let taken = 0;
  for (const row of rows) {
    take(row);
    taken += 1;
    if (taken % rowsPerStep === 0) yield;
  }
}

function recordIn(row: Row): ChainedRecord {
  const trajectory = numberIn(row, "trajectory");
  return {
    place: numberIn(row, "place"),
    id: row.agent === null ? `#${trajectory}` : trajectoryId(keyIn(row)),
    position: numberIn(row, "position"),
    previous: numberIn(row, "previous"),
    bytes: bytesIn(row, "bytes"),
    link: bytesIn(row, "link"),
    type: textIn(row, "type"),
    at: numberIn(row, "at"),
  };
}

function anchorIn(row: Row): ChainedAnchor {
  return {
    instance: textIn(row, "instance"),
    number: numberIn(row, "number"),
    id: textIn(row, "trajectory"),
    position: numberIn(row, "position"),
    head: bytesIn(row, "head"),
    link: bytesIn(row, "link"),
  };
}

function entryIn(row: Row, open: readonly Row[]): IndexedTrajectory {
  const pending = open.map((step): [number, Pending] => [
    numberIn(step, "step"),
    { instance: textIn(step, "instance"), dispatched: numberIn(step, "dispatched") === 1 },
  ]);
  return {
    id: trajectoryId(keyIn(row)),
    tally: tallyIn(row),
    pending: new Map(pending),
    last: numberIn(row, "last"),
  };
}
