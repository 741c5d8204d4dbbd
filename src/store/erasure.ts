// What every store that erases has in common.

import { ProctorError } from "../core/errors.ts";
import { newId } from "../core/ids.ts";
import { type ErasedRecord, recordVersion } from "../core/record.ts";
import { type TrajectoryKey, trajectoryId } from "../core/trajectory.ts";
import type { Erased, ErasureOrder } from "./store.ts";
import type { Tally } from "./tally.ts";

/** What of a trajectory says whether there is something to erase. */
export interface Standing {
  readonly records: number;
  /** Records that bear contents. */
  readonly contents: number;
  readonly open: boolean;
}

export const nothingErased: Erased = { records: 0, blobs: 0, bytes: 0 };

export function standingOf({ records, contents, closed }: Tally): Standing {
  return { records, contents, open: closed === null };
}

/**
 * Of an open trajectory the gateway holds the state, and a person may be looking at its questions.
 *
 * @throws ProctorError `trajectory_not_found`, `invalid_request`
 */
export function mustBeErasable(key: TrajectoryKey, standing: Standing | undefined): void {
  const id = trajectoryId(key);
  if (standing === undefined || standing.records === 0) {
    throw new ProctorError("trajectory_not_found", id);
  }
  if (!standing.open) return;
  throw new ProctorError(
    "invalid_request",
    `${id} is open; what is open is not erased: end it first`,
  );
}

export function tombstoneOf(
  { because, reason, at }: ErasureOrder,
  part: Pick<ErasedRecord, "from" | "through" | "records" | "digest">,
): ErasedRecord {
  return { v: recordVersion, id: newId(at), at, type: "erased", ...part, because, reason };
}
