// proctor export verify: is a dataset what was written, and what was recorded?

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { messageOf, ProctorError } from "../../core/errors.ts";
import type { ProctorRecord } from "../../core/record.ts";
import { parseTrajectoryId } from "../../core/trajectory.ts";
import type { Store } from "../../store/store.ts";
import {
  digestOfRecords,
  type Manifest,
  manifestFile,
  manifestSchema,
  type Provenance,
  provenanceFile,
  provenanceSchema,
} from "./manifest.ts";

export interface Verified {
  readonly files: number;
  readonly rows: number;
  /** A sentence each; at most `maxProblems`. */
  readonly problems: readonly string[];
}

const maxProblems = 100;

/** @throws ProctorError `invalid_request` where there is no manifest that can be read */
export async function verifyExport(folder: string, store: Pick<Store, "read">): Promise<Verified> {
  const manifest = await manifestIn(folder);
  const problems: string[] = [];
  const found = (problem: string) => {
    if (problems.length < maxProblems) problems.push(problem);
  };
  for (const file of manifest.files) {
    const digest = await digestOf(join(folder, file.name)).catch(messageOf);
    if (digest !== file.sha256) found(`${file.name} is not what was written`);
  }
  // Rows of one trajectory stand behind each other.
  let rows = 0;
  let last: { trajectory: string; records: Provenance["records"] } | undefined;
  for await (const row of provenanceIn(folder)) {
    rows += 1;
    if (last?.trajectory !== row.trajectory) {
      last = { trajectory: row.trajectory, records: await recordsOf(store, row.trajectory) };
    }
    if (last.records.count === 0) {
      found(`${row.file} row ${row.row}: ${row.trajectory} is not in the store`);
    } else if (last.records.sha256 !== row.records.sha256) {
      found(`${row.file} row ${row.row}: ${row.trajectory} has changed since, or was erased`);
    }
  }
  if (rows !== manifest.counts.written) {
    found(`${provenanceFile} has ${rows} rows, and ${manifest.counts.written} were written`);
  }
  return { files: manifest.files.length, rows, problems };
}

async function manifestIn(folder: string): Promise<Manifest> {
  try {
    return manifestSchema.parse(JSON.parse(await readFile(join(folder, manifestFile), "utf8")));
  } catch (cause) {
    const detail = `${join(folder, manifestFile)}: ${messageOf(cause)}`;
    throw new ProctorError("invalid_request", detail, { cause });
  }
}

async function* provenanceIn(folder: string): AsyncIterable<Provenance> {
  const input = createReadStream(join(folder, provenanceFile));
  for await (const line of createInterface({ input }))
    yield provenanceSchema.parse(JSON.parse(line));
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return hash.digest("hex");
}

async function recordsOf(
  store: Pick<Store, "read">,
  trajectory: string,
): Promise<Provenance["records"]> {
  const key = parseTrajectoryId(trajectory);
  const records: ProctorRecord[] = [];
  if (key !== undefined) for await (const { record } of store.read(key)) records.push(record);
  return records.length === 0 ? { count: 0, sha256: "" } : digestOfRecords(records);
}
