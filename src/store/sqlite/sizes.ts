// What trajectories take, a part of the store at a time.

import { trajectoryId } from "../../core/trajectory.ts";
import type { Database, Row } from "./driver.ts";
import { numberIn, textIn } from "./driver.ts";
import type { Answer, Ask, SizedPart } from "./protocol.ts";
import { keyIn } from "./rows.ts";

/** Records, and blobs, that one part is summed over. */
const maxPart = 2000;

export function createSizes(database: Database): (ask: Ask<"sizes">) => Answer<"sizes"> {
  const head = database.prepare("SELECT coalesce(max(place), 0) AS place FROM records");
  const ofRecords = database.prepare(
    `SELECT t.agent, t.name, t.generation, sum(length(r.bytes)) AS bytes
      FROM records r JOIN trajectories t ON t.id = r.trajectory
      WHERE r.place > ? AND r.place <= ? AND t.contents > 0 GROUP BY t.id`,
  );
  const lastBlob = database.prepare(
    `SELECT max(digest) AS digest FROM
      (SELECT digest FROM blobs WHERE digest > ? ORDER BY digest LIMIT ${maxPart})`,
  );
  const ofBlobs = database.prepare(
    `SELECT t.agent, t.name, t.generation, sum(length(b.bytes)) AS bytes
      FROM blobs b JOIN owners o ON o.digest = b.digest JOIN trajectories t ON t.id = o.trajectory
      WHERE b.digest > ? AND b.digest <= ? AND t.contents > 0 GROUP BY t.id`,
  );

  return function sizes(after) {
    if ("place" in after) {
      const end = after.place + maxPart;
      const rows = ofRecords.all(after.place, end).map(sized);
      const more = end < numberIn(head.get() ?? {}, "place");
      return { rows, next: more ? { place: end } : { digest: "" } };
    }
    const last = lastBlob.get(after.digest);
    if (last === undefined || last.digest === null) return { rows: [], next: null };
    const end = textIn(last, "digest");
    return { rows: ofBlobs.all(after.digest, end).map(sized), next: { digest: end } };
  };
}

function sized(row: Row): SizedPart {
  return { id: trajectoryId(keyIn(row)), bytes: numberIn(row, "bytes") };
}
