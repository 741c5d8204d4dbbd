// Takes contents out of the records of one trajectory, a part at a time.

import type { ErasedRecord, ProctorRecord } from "../../core/record.ts";
import type { Chain } from "../chain.ts";
import { bearsContents, digestsIn, withoutContents } from "../contents.ts";
import { nothingErased, tombstoneOf } from "../erasure.ts";
import { factsOf } from "../facts.ts";
import { decodeRecord, encodeRecord } from "../schema.ts";
import type { Database, Row } from "./driver.ts";
import { bytesIn, numberIn } from "./driver.ts";
import type { Head } from "./heads.ts";
import type { Ask } from "./protocol.ts";
import type { AppendWork } from "./writer.ts";

/** Records of one part: appends wait for so many to be rewritten. */
const maxPartRecords = 100;

export interface ErasedPart {
  readonly records: number;
  readonly blobs: number;
  readonly bytes: number;
  /** To be appended in the same transaction; none: another erasure came first. */
  readonly tombstones: AppendWork["records"];
  /** Are there records left that had contents when the erasure began? */
  readonly more: boolean;
}

export type ErasePart = (
  database: Database,
  chain: Chain,
  head: Head,
  ask: Ask<"erase">,
) => ErasedPart;

interface Rewrite {
  readonly place: number;
  readonly link: Uint8Array;
  readonly before: Uint8Array;
  readonly record: ProctorRecord;
  readonly after: Uint8Array;
}

/**
 * The records that follow those that were erased before, up to `ask.until`. To be called inside of a
 * transaction; whatever it refuses, it refuses before it writes.
 *
 * @throws ProctorError where a record cannot be read
 */
export function erasePart(
  database: Database,
  chain: Chain,
  head: Head,
  { id, until, order }: Ask<"erase">,
): ErasedPart {
  const from = head.tally.erased + 1;
  const rewrites = recordsBetween(database, head, from, until).map(rewriteOf);
  const left = chain.erasure(id);
  for (const { place, link, after } of rewrites) left.add({ place, link, bytes: after });
  const through = from + rewrites.length - 1;
  const records = rewrites.filter(({ record }) => bearsContents(record)).length;
  const digest = left.digest();
  if (rewrites.length === 0) return { ...nothingErased, tombstones: [], more: false };
  const tombstone = encoded(tombstoneOf(order, { from, through, records, digest }));
  const freed = write(database, head.rowid, rewrites);
  return { records, ...freed, tombstones: [tombstone], more: through < until };
}

function rewriteOf(row: Row): Rewrite {
  const before = bytesIn(row, "bytes");
  const record = decodeRecord(before);
  const after = bearsContents(record) ? Buffer.from(encodeRecord(withoutContents(record))) : before;
  return { place: numberIn(row, "place"), link: bytesIn(row, "link"), before, record, after };
}

function encoded(tombstone: ErasedRecord): ErasedPart["tombstones"][number] {
  return { facts: factsOf(tombstone), bytes: Buffer.from(encodeRecord(tombstone)) };
}

function write(database: Database, trajectory: number, rewrites: readonly Rewrite[]) {
  const update = database.prepare("UPDATE records SET bytes = ? WHERE place = ?");
  const freed = { blobs: 0, bytes: 0 };
  for (const { place, before, record, after } of rewrites) {
    if (after !== before) update.run(after, place);
    freed.bytes += before.length - after.length;
    for (const digest of digestsIn(record)) {
      const bytes = disown(database, digest, trajectory);
      if (bytes !== undefined) freed.blobs += 1;
      freed.bytes += bytes ?? 0;
    }
  }
  // The state of the trajectory has paths in it; it is folded anew from what is left.
  database.prepare("DELETE FROM snapshots WHERE trajectory = ?").run(trajectory);
  return freed;
}

/** At most a part, in order. From a record back, as a trajectory's records are linked. */
function recordsBetween(database: Database, { last }: Head, from: number, until: number) {
  return database
    .prepare(
      `WITH RECURSIVE walk (place, previous, position) AS (
          SELECT place, previous, position FROM records WHERE place = :last
          UNION ALL
          SELECT r.place, r.previous, r.position FROM walk JOIN records r ON r.place = walk.previous
          WHERE r.place < walk.place AND r.position >= :from
        ) SELECT r.place, r.bytes, r.link FROM walk JOIN records r ON r.place = walk.place
        WHERE walk.position BETWEEN :from AND :until ORDER BY walk.position LIMIT ${maxPartRecords}`,
    )
    .all({ last, from, until });
}

/** The bytes that the blob took, if nobody else has it. */
function disown(database: Database, digest: string, trajectory: number): number | undefined {
  database
    .prepare("DELETE FROM owners WHERE digest = ? AND trajectory = ?")
    .run(digest, trajectory);
  const freed = database
    .prepare(
      `DELETE FROM blobs WHERE digest = :digest
        AND NOT EXISTS (SELECT 1 FROM owners WHERE digest = :digest) RETURNING length(bytes) AS bytes`,
    )
    .get({ digest });
  return freed && numberIn(freed, "bytes");
}
