// Bundles of proctor's own: a trajectory is taken when its digest is the one that was written with it.

import { createHash } from "node:crypto";
import type { z } from "zod";
import { messageOf } from "../../core/errors.ts";
import type { ProctorRecord } from "../../core/record.ts";
import type { TrajectoryKey } from "../../core/trajectory.ts";
import type { Blob } from "../../store/store.ts";
import { bundleLines, bundleVersion } from "../bundle/lines.ts";
import { type Imported, type ImportFormat, problem, type ReadTools } from "./format.ts";
import { isProblem, type Row, rowsOf } from "./rows.ts";
import type { ImportSource } from "./source.ts";

export const bundle: ImportFormat = {
  name: "bundle",
  about: "what `proctor run --bundle` writes: records with their contents, .jsonl.gz",
  read,
};

interface Open {
  readonly line: number;
  readonly key: TrajectoryKey;
  readonly records: ProctorRecord[];
  readonly blobs: Blob[];
  readonly hash: ReturnType<typeof createHash>;
}

async function* read(source: ImportSource, tools: ReadTools): AsyncIterable<Imported> {
  const reading: Reading = { open: undefined, sealed: 0, ended: false };
  let header: string | undefined = "it is empty";
  for await (const row of rowsOf(source)) {
    // A line that cannot be read is missed by the seal of its trajectory.
    if (isProblem(row)) yield row;
    else if (header !== undefined) {
      header = whyNoBundle(row);
      if (header !== undefined) break;
    } else yield* next(reading, row, tools);
  }
  if (header !== undefined) yield problem(1, header);
  else if (reading.open !== undefined) yield problem(reading.open.line, notWhole);
  else if (!reading.ended) yield problem(0, "the bundle is cut off: it has no end");
}

interface Reading {
  /** The trajectory whose seal has not come yet. */
  open: Open | undefined;
  /** Trajectories that were whole. */
  sealed: number;
  ended: boolean;
}

function whyNoBundle({ value }: Row): string | undefined {
  const { bundle: version } = bundleLines.header.safeParse(value).data ?? {};
  if (version === bundleVersion) return undefined;
  const what = version === undefined ? "no bundle" : `a bundle of version ${version}`;
  return `this is ${what}; version ${bundleVersion} is read here`;
}

function* next(reading: Reading, row: Row, tools: ReadTools): Iterable<Imported> {
  const { open, sealed } = reading;
  const { line, value } = row;
  const beginning = bundleLines.trajectory.safeParse(value).data;
  const end = bundleLines.end.safeParse(value).data;
  const seal = bundleLines.seal.safeParse(value).data;
  if (beginning !== undefined) {
    if (open !== undefined) yield problem(open.line, notWhole);
    reading.open = opened(row, beginning.trajectory);
  } else if (end !== undefined) {
    reading.ended = true;
    if (end.trajectories === sealed) return;
    yield problem(line, `it had ${end.trajectories} trajectories, of which ${sealed} are whole`);
  } else if (open === undefined) yield problem(line, "a line that belongs to no trajectory");
  else if (seal === undefined) yield* take(open, row, tools);
  else {
    reading.open = undefined;
    if (isWhole(open, seal)) {
      reading.sealed += 1;
      yield { kind: "records", key: open.key, records: open.records, blobs: open.blobs };
    } else yield problem(open.line, notWhole);
  }
}

const notWhole = "the trajectory that begins here is not as it was written, and is not taken";

function opened({ line, text }: Row, key: TrajectoryKey): Open {
  const hash = createHash("sha256").update(`${text}\n`);
  return { line, key, records: [], blobs: [], hash };
}

/** A record, or contents. */
function* take(
  { records, blobs, hash }: Open,
  { line, value, text }: Row,
  tools: ReadTools,
): Iterable<Imported> {
  hash.update(`${text}\n`);
  const blob = bundleLines.blob.safeParse(value).data;
  const record = bundleLines.record.safeParse(value).data?.record;
  if (blob !== undefined) {
    blobs.push({ digest: blob.blob, bytes: Buffer.from(blob.base64, "base64") });
  } else if (record === undefined) yield problem(line, "neither a record nor contents");
  else {
    try {
      records.push(tools.decodeRecord(JSON.stringify(record)));
    } catch (error) {
      yield problem(line, messageOf(error));
    }
  }
}

function isWhole(
  { key, records, blobs, hash }: Open,
  seal: z.output<typeof bundleLines.seal>,
): boolean {
  const [first] = records;
  const names = first?.type === "opened" ? first.key : undefined;
  return (
    hash.digest("hex") === seal.sha256 &&
    records.length === seal.records &&
    blobs.length === seal.blobs &&
    names?.agent === key.agent &&
    names.name === key.name &&
    names.generation === key.generation
  );
}
