// Where each trajectory stands: read once, then kept, until another process writes.

import { ProctorError } from "../../core/errors.ts";
import type { TrajectoryKey } from "../../core/trajectory.ts";
import { parseTrajectoryId } from "../../core/trajectory.ts";
import type { Chain } from "../chain.ts";
import type { Tally } from "../tally.ts";
import { emptyTally } from "../tally.ts";
import type { Database } from "./driver.ts";
import { bytesIn, numberIn } from "./driver.ts";
import { tallyColumns, tallyIn } from "./rows.ts";

/** The head of one trajectory. `rowid` and `last`, the place of its last record, are 0 before the first. */
export interface Head {
  readonly key: TrajectoryKey;
  rowid: number;
  last: number;
  link: Uint8Array;
  readonly tally: Tally;
}

/** The head of this instance's chain of anchors. */
export interface AnchorTip {
  number: number;
  link: Uint8Array;
}

export interface Heads {
  /** To be called first in every transaction: forgets what another connection may have changed. */
  refresh(): void;
  /** Forgets everything: what was changed in place belongs to a transaction that failed. */
  forget(): void;
  /** @throws ProctorError where there is no such trajectory, or its last record is gone */
  of(id: string): Head;
  nextPlace(): number;
  anchorTip(): AnchorTip;
}

/** Trajectories whose heads are kept; beyond them the one that rested longest is read again. */
const maxHeads = 4096;

export function createHeads(database: Database, chain: Chain, instance: string): Heads {
  // Changes when another connection has committed: https://sqlite.org/pragma.html#pragma_data_version
  const dataVersion = database.prepare("PRAGMA data_version");
  const lastPlace = database.prepare("SELECT max(place) AS place FROM records");
  const lastAnchor = database.prepare(
    "SELECT number, link FROM anchors WHERE instance = ? ORDER BY number DESC LIMIT 1",
  );
  const trajectory = database.prepare(
    `SELECT id, last, ${tallyColumns} FROM trajectories WHERE agent = ? AND name = ? AND generation = ?`,
  );
  const recordAt = database.prepare(
    "SELECT link FROM records WHERE place = ? AND trajectory = ? AND position = ?",
  );
  const heads = new Map<string, Head>();
  let place: number | undefined;
  let tip: AnchorTip | undefined;
  let seen: number | undefined;

  function forget(): void {
    heads.clear();
    place = undefined;
    tip = undefined;
  }

  function load(id: string): Head {
    const key = parseTrajectoryId(id);
    if (key === undefined) throw new ProctorError("invalid_request", `no trajectory: ${id}`);
    const row = trajectory.get(key.agent, key.name, key.generation);
    if (row === undefined) {
      return { key, rowid: 0, last: 0, link: chain.trajectoryRoot(id), tally: emptyTally() };
    }
    const rowid = numberIn(row, "id");
    const tally = tallyIn(row);
    const last = numberIn(row, "last");
    const record = recordAt.get(last, rowid, tally.records);
    // Going on from an older link would hide that records are gone.
    if (record === undefined) {
      throw new ProctorError("store_unavailable", `the last record of ${id} is gone; run verify`);
    }
    return { key, rowid, last, link: bytesIn(record, "link"), tally };
  }

  function loadTip(): AnchorTip {
    const row = lastAnchor.get(instance);
    if (row === undefined) return { number: 0, link: chain.instanceRoot(instance) };
    return { number: numberIn(row, "number"), link: bytesIn(row, "link") };
  }

  function loadPlace(): number {
    const row = lastPlace.get();
    return row === undefined || row.place === null ? 0 : numberIn(row, "place");
  }

  return {
    forget,
    refresh: () => {
      const row = dataVersion.get();
      const version = row === undefined ? undefined : numberIn(row, "data_version");
      if (version !== seen) forget();
      seen = version;
    },
    of: (id) => {
      const head = heads.get(id) ?? load(id);
      // The last one used is the last in the map's order.
      heads.delete(id);
      heads.set(id, head);
      if (heads.size > maxHeads) {
        for (const oldest of heads.keys()) {
          heads.delete(oldest);
          break;
        }
      }
      return head;
    },
    nextPlace: () => {
      place = (place ?? loadPlace()) + 1;
      return place;
    },
    anchorTip: () => {
      tip ??= loadTip();
      return tip;
    },
  };
}
