// What went wrong with the file, in one sentence that says what to look at.

import { messageOf, ProctorError } from "../../core/errors.ts";
import { extendedResultCode, resultCode } from "./driver.ts";

/** Primary result codes of SQLite, https://sqlite.org/rescode.html */
const sqlite = {
  busy: 5,
  readOnly: 8,
  ioError: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  noDatabase: 26,
} as const;
const ioErrorFsync = 1034;

const sentences: ReadonlyMap<number, string> = new Map([
  [sqlite.busy, "is kept locked by another process"],
  [
    sqlite.readOnly,
    "cannot be written: the file or its folder is read-only; make both writable for this user",
  ],
  [sqlite.ioError, "cannot be read or written: the system reports an error"],
  [sqlite.corrupt, "is damaged; run verify, or go back to a backup"],
  [sqlite.full, "cannot grow: the disk is full; free some space"],
  [sqlite.cannotOpen, "cannot be opened: look at the permissions of the file and its folder"],
  [sqlite.noDatabase, "is no SQLite database"],
]);

/** `store_unavailable` with the error as cause; a ProctorError stays what it is. */
export function storeFault(file: string, error: unknown): ProctorError {
  if (error instanceof ProctorError) return error;
  const known = sentences.get(resultCode(error) ?? -1);
  const detail = messageOf(error);
  const sentence = known ?? `failed: ${detail}`;
  return new ProctorError("store_unavailable", `the store ${file} ${sentence}`, { cause: error });
}

export function isBusy(error: unknown): boolean {
  return resultCode(error) === sqlite.busy;
}

/**
 * Must nothing be written any more until a restart? After a failed fsync the system may have dropped
 * the pages that it could not write and report success the next time
 * (https://wiki.postgresql.org/wiki/Fsync_Errors), so a later "synced" would be a lie.
 */
export function isFatal(error: unknown): boolean {
  if (extendedResultCode(error) === ioErrorFsync) return true;
  const code = resultCode(error);
  return code === sqlite.corrupt || code === sqlite.noDatabase;
}
