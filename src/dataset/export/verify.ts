// proctor export verify: is a dataset what was written, and does the store still give it?

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../../core/errors.ts";
import { parseTrajectoryId } from "../../core/trajectory.ts";
import type { Redactor } from "../../redaction/redact.ts";
import type { Persistence } from "../../store/store.ts";
import type { Counts } from "./counts.ts";
import { differences } from "./differences.ts";
import { type Manifest, type Provenance, provenanceFile } from "./manifest.ts";
import { queryIn } from "./query.ts";
import { manifestIn, nameOf, provenanceIn } from "./read.ts";
import { writeRows } from "./write.ts";
import { createDigestWriter } from "./writer.ts";

export interface Verified {
  readonly files: number;
  readonly rows: number;
  /** A sentence each; at most `maxProblems`. */
  readonly problems: readonly string[];
  /** What is no problem, and should be known. */
  readonly notes: readonly string[];
}

export interface VerifyParts {
  readonly store: Persistence;
  readonly redactor: Redactor;
  readonly version: string;
  readonly onProgress: (counts: Pick<Counts, "trajectories" | "steps" | "written">) => void;
  readonly signal?: AbortSignal;
}

const maxProblems = 100;

/**
 * The export is made once more from the store as it was then, without being written: whatever differs in
 * rows, files or manifest is found. Memory: a digest for each row.
 *
 * @throws ProctorError `invalid_request` where there is no manifest that can be read
 */
export async function verifyExport(folder: string, parts: VerifyParts): Promise<Verified> {
  const manifest = await manifestIn(folder);
  const problems: string[] = [];
  const found = (problem: string) => {
    if (problems.length < maxProblems) problems.push(problem);
  };
  for (const { name, sha256 } of manifest.files) {
    const digest = await digestOf(join(folder, name)).catch(messageOf);
    if (digest !== sha256) found(`${name} is not what was written`);
  }
  const rows = await rowsIn(folder, found);
  if (rows.size !== manifest.counts.written) {
    found(`${provenanceFile} has ${rows.size} rows, and ${manifest.counts.written} were written`);
  }
  const count = rows.size;
  const again = await derivedAgain(manifest, parts, rows, found);
  for (const [name, row] of rows) found(await superfluous(parts.store, name, row));
  const erased = erasedOf(again) - erasedOf(manifest);
  // Where rows differ or contents are gone, what was counted differs too.
  if (problems.length === 0 && erased === 0) {
    for (const { path, a, b } of differences({ ...again, proctor: manifest.proctor }, manifest)) {
      found(`manifest.json: ${path} is ${b}, and the store gives ${a}`);
    }
  }
  for (const problem of await chainProblems(manifest, parts.store)) found(problem);
  return {
    files: manifest.files.length,
    rows: count,
    problems,
    notes: notesOn(manifest, parts, erased),
  };
}

type Rows = Map<string, Provenance>;

async function rowsIn(folder: string, found: (problem: string) => void): Promise<Rows> {
  const rows: Rows = new Map();
  for await (const row of provenanceIn(folder)) {
    const name = nameOf(row);
    if (rows.has(name)) found(`${place(row)}: ${name} stands there twice`);
    rows.set(name, row);
  }
  return rows;
}

function place({ file, row }: Pick<Provenance, "file" | "row">): string {
  return `${file} row ${row}`;
}

/** Takes out of `rows` what the store gives. */
async function derivedAgain(
  manifest: Manifest,
  { store, redactor, version, ...parts }: VerifyParts,
  rows: Rows,
  found: (problem: string) => void,
): Promise<Manifest> {
  const { query, rolesOf } = queryIn(manifest.query);
  const { until, heads } = manifest.store;

  /** Of the row before, by file: rows that are missing move others, and only their order tells. */
  const last = new Map<string, number>();

  function isInOrder({ file, row }: Provenance, given: Provenance): boolean {
    const before = last.get(file) ?? 0;
    last.set(file, row);
    return file === given.file && row > before;
  }

  function onRow(given: Provenance): void {
    const name = nameOf(given);
    const row = rows.get(name);
    rows.delete(name);
    if (row === undefined) {
      found(`${name} is missing: the store gives it`);
      return;
    }
    const inOrder = isInOrder(row, given);
    if (row.records.sha256 !== given.records.sha256) {
      found(`${place(row)}: ${name} was recorded otherwise`);
    } else if (row.sha256 !== given.sha256) {
      found(`${place(row)}: ${name} is not what the store gives`);
    } else if (!inOrder) {
      found(`${place(row)}: ${name} stands elsewhere, in ${place(given)}`);
    }
  }

  const lineages = manifest.query.lineages ?? [];
  const moment = { until, heads, lineages, rolesOf };
  return writeRows(
    query,
    { ...parts, store, redactor, version, ...moment, onRow },
    createDigestWriter(),
  );
}

/** A row that the store does not give, and why. */
async function superfluous(store: Persistence, name: string, row: Provenance): Promise<string> {
  const key = parseTrajectoryId(row.trajectory);
  if (key !== undefined) {
    for await (const { record } of store.read(key)) {
      const isErased = record.type === "erased";
      if (isErased) return `${place(row)}: ${row.trajectory} was erased`;
    }
    for await (const _ of store.read(key)) {
      return `${place(row)}: ${name} is none that the store gives for the query`;
    }
  }
  return `${place(row)}: ${row.trajectory} is not in the store`;
}

function erasedOf({ counts }: Manifest): number {
  return counts.without.erased ?? 0;
}

/** The chains still go on from the heads that they had. */
async function chainProblems(
  { store: { heads } }: Manifest,
  store: Persistence,
): Promise<string[]> {
  const { problems } = await store.verify([{ place: 0, digest: "", heads }]);
  return problems.map(({ trajectory, problem }) => `the store: ${trajectory}: ${problem}`);
}

function notesOn(manifest: Manifest, { version }: VerifyParts, erased: number): string[] {
  const other = `It was written by proctor ${manifest.proctor}, and its rows were derived anew by ${version}.`;
  const gone = `${erased} trajectories that were asked for have been erased since: what was counted of them is not held against the store.`;
  return [...(manifest.proctor === version ? [] : [other]), ...(erased === 0 ? [] : [gone])];
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return hash.digest("hex");
}
