// Versions and cursors are opaque to callers; to the stores of this folder they are numbers.

import { ProctorError } from "../core/errors.ts";
import type { Cursor, Version } from "../core/version.ts";

/** How many records the trajectory has. */
export function versionAt(position: number): Version {
  return String(position) as Version;
}

/** The record's place in the order of the whole store, from 1. */
export function cursorAt(place: number): Cursor {
  return String(place) as Cursor;
}

/** @throws ProctorError `invalid_request`: cursors come back from clients */
export function numberOf(mark: Version | Cursor): number {
  if (/^(0|[1-9][0-9]{0,14})$/.test(mark)) return Number(mark);
  throw new ProctorError("invalid_request", "not a version or cursor of this store");
}
