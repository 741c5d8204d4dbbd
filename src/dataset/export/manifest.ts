// What an exported dataset says of itself, for programs.

import { createHash, type Hash } from "node:crypto";
import { z } from "zod";
import type { ProctorRecord } from "../../core/record.ts";
import type { Cursor } from "../../core/version.ts";
import { querySchema } from "./query.ts";

export const manifestFile = "manifest.json";
/** A line for each row: where it came from. */
export const provenanceFile = "rows.jsonl";
export const cardFile = "README.md";

const count = z.int().min(0);
const counts = z.record(z.string(), count);
const fileSchema = z.object({ name: z.string(), lines: count, bytes: count, sha256: z.string() });

const tallySchema = z.object({ hit: count, miss: count, undetermined: count });

const placeSchema = z.object({ file: z.string(), row: z.int().min(1) });

const nearSchema = z.object({
  /** Words that stand behind each other; rows are compared by the sets of these. */
  shingleWords: count,
  /** Rows that one is compared with at the most. */
  window: count,
  /** Of two rows or more, and rows that are like the first of theirs; those that were dropped count too. */
  clusters: count,
  rows: count,
  /** Of these rows, whose first is in another split. */
  across: count,
  largest: z.array(z.object({ first: placeSchema, rows: count, across: count })),
});

/** Digest or name -> trajectories. */
const sideSchema = z.object({
  trajectories: count,
  measures: z.record(z.string(), tallySchema),
  firstActions: counts,
  offered: counts,
  tools: z.array(z.string()),
});

const controlSchema = z.object({
  /** That both have; all of this is of these. */
  tasks: count,
  kept: sideSchema,
  control: sideSchema,
  /** Jensen-Shannon divergence of habits, in bits, with what it would be with nothing going on. */
  fingerprint: z
    .object({
      j: z.number(),
      j0: z.number(),
      excess: z.number(),
      null95: z.number(),
      n: z.tuple([count, count]),
      categories: count,
      strata: count,
    })
    .optional(),
});

export const manifestSchema = z.object({
  manifest: z.literal(2),
  /** The version that wrote it. */
  proctor: z.string(),
  /** As it was asked for: what selects, what sanitises, what splits. */
  query: querySchema,
  /** What it was made from: the store up to its last record, with the heads of its chains at that time. */
  store: z.object({
    until: z.custom<Cursor>((cursor) => typeof cursor === "string"),
    heads: z.array(z.object({ instance: z.string(), position: z.int().min(1), link: z.string() })),
  }),
  /** Policies, analysers and definitions that the rows were recorded under. */
  recordedUnder: z.object({
    policies: z.array(z.string()),
    analysers: z.array(z.string()),
    definitions: z.array(z.string()),
  }),
  counts: z.object({
    /** Trajectories that the store's index has for the query; of these, that all of it asks for. */
    found: count,
    trajectories: count,
    /** Their calls. */
    steps: count,
    /** Those that gave no rows, by why; rows; rows dropped, by stage; rows written. */
    without: counts,
    rows: count,
    dropped: counts,
    written: count,
    /** Secrets that were found once more, and taken out. */
    redacted: count,
    /** Messages of the model that are not to be learned from, by why. */
    masked: counts,
  }),
  /** By split; trajectories of no split have a row in none. */
  splits: z.record(z.string(), z.object({ rows: count, tasks: count })),
  /** Absent: rows that are nearly the same were not looked for. */
  near: nearSchema.optional(),
  /** How the trajectories of rows that were kept, and of rows that were dropped, count. */
  measures: z.object({
    kept: z.record(z.string(), tallySchema),
    dropped: z.record(z.string(), tallySchema),
  }),
  /** Trajectories of rows that were kept beside the controls'; absent: no lineage was named. */
  control: controlSchema.optional(),
  files: z.array(fileSchema),
});
export type Manifest = z.output<typeof manifestSchema>;

export const provenanceSchema = z.object({
  file: z.string(),
  row: z.int().min(1),
  /** Of the row as JSON: SHA-256, hex. */
  sha256: z.string(),
  trajectory: z.string(),
  conversation: z.int().min(1),
  steps: z.object({ first: count, last: count }).optional(),
  /** Of the trajectory's records up to its end, in their order: SHA-256 over each as JSON and a line end. */
  records: z.object({ count, sha256: z.string() }),
  /** It is nearly the same as this row. */
  like: z.object({ file: z.string(), row: z.int().min(1), resemblance: z.number() }).optional(),
});
export type Provenance = z.output<typeof provenanceSchema>;

/** Up to its end: what is appended behind that (a tombstone) changes nothing that was exported. */
export function digestOfRecords(records: readonly ProctorRecord[]): Provenance["records"] {
  const hash: Hash = createHash("sha256");
  const end = records.findIndex(({ type }) => type === "closed");
  const whole = end < 0 ? records : records.slice(0, end + 1);
  for (const record of whole) hash.update(`${JSON.stringify(record)}\n`);
  return { count: whole.length, sha256: hash.digest("hex") };
}
