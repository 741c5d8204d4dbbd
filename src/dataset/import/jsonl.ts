// proctor's own JSON lines: records as `proctor trajectory --json` and `proctor records` print them.

import { messageOf } from "../../core/errors.ts";
import type { ProctorRecord } from "../../core/record.ts";
import { type TrajectoryKey, trajectoryId } from "../../core/trajectory.ts";
import { type Imported, type ImportFormat, problem, type ReadTools } from "./format.ts";
import { isProblem, rowsOf } from "./rows.ts";
import type { ImportSource } from "./source.ts";

export const jsonl: ImportFormat = {
  name: "jsonl",
  about: "proctor's own records, one a line, as `proctor records` prints them",
  read,
};

/** Records of trajectories whose end has not come yet; one more is no file that proctor wrote. */
const maxOpen = 10_000;

interface Open {
  readonly key: TrajectoryKey;
  readonly records: ProctorRecord[];
}

async function* read(source: ImportSource, { decodeRecord }: ReadTools): AsyncIterable<Imported> {
  const open = new Map<string, Open>();
  let current: Open | undefined;
  for await (const row of rowsOf(source)) {
    if (isProblem(row)) {
      yield row;
      continue;
    }
    const { line, value, text } = row;
    // With their trajectory's key, as an event log has them, or one trajectory behind the other.
    const isKeyed = value.record !== undefined;
    let record: ProctorRecord;
    try {
      record = decodeRecord(isKeyed ? JSON.stringify(value.record) : text);
    } catch (error) {
      yield problem(line, messageOf(error));
      continue;
    }
    // It speaks of bytes of the store that it was written in; those records came without contents.
    if (record.type === "erased") continue;
    if (record.type === "opened") {
      current = { key: record.key, records: [] };
      open.set(trajectoryId(record.key), current);
    }
    const id = typeof value.trajectory === "string" ? value.trajectory : undefined;
    const found = isKeyed && id !== undefined ? open.get(id) : current;
    if (found === undefined) {
      yield problem(
        line,
        `a record of the type ${record.type} before the opening of its trajectory`,
      );
      continue;
    }
    found.records.push(record);
    if (record.type === "closed") {
      open.delete(trajectoryId(found.key));
      if (current === found) current = undefined;
      yield { kind: "records", ...found };
    } else if (open.size > maxOpen) {
      yield problem(line, `more than ${maxOpen} trajectories that have no end`);
      return;
    }
  }
  for (const found of open.values()) yield { kind: "records", ...found };
}
