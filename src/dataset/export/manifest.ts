// What an exported dataset says of itself, for programs.

import { createHash, type Hash } from "node:crypto";
import { z } from "zod";
import { type Measure, measures, type Scores } from "../../core/measure.ts";
import type { ProctorRecord } from "../../core/record.ts";

export const manifestFile = "manifest.json";
/** A line for each row: where it came from. */
export const provenanceFile = "rows.jsonl";
export const cardFile = "README.md";

const count = z.int().min(0);
const fileSchema = z.object({ name: z.string(), lines: count, bytes: count, sha256: z.string() });

const tallySchema = z.object({ hit: count, miss: count, undetermined: count });

export const manifestSchema = z.object({
  manifest: z.literal(1),
  proctor: z.string(),
  format: z.string(),
  /** As it was asked for: what selects, what sanitises, what splits. */
  query: z.record(z.string(), z.json()),
  /** Policies, analysers and definitions that the rows were recorded under. */
  recordedUnder: z.object({
    policies: z.array(z.string()),
    analysers: z.array(z.string()),
    definitions: z.array(z.string()),
  }),
  /** Trajectories selected; those that gave no rows, by why; rows dropped, by stage; rows written. */
  counts: z.object({
    trajectories: count,
    without: z.record(z.string(), count),
    rows: count,
    dropped: z.record(z.string(), count),
    written: count,
    /** Secrets that were found once more, and taken out. */
    redacted: count,
    /** Messages of the model that are not to be learned from, by why. */
    masked: z.record(z.string(), count),
  }),
  /** By split; trajectories of no split have a row in none. */
  splits: z.record(z.string(), z.object({ rows: count, tasks: count })),
  /** How the trajectories of rows that were kept, and of rows that were dropped, count. */
  measures: z.object({
    kept: z.record(z.string(), tallySchema),
    dropped: z.record(z.string(), tallySchema),
  }),
  files: z.array(fileSchema),
});
export type Manifest = z.output<typeof manifestSchema>;

export const provenanceSchema = z.object({
  file: z.string(),
  row: z.int().min(1),
  trajectory: z.string(),
  conversation: z.int().min(1),
  steps: z.object({ first: count, last: count }).optional(),
  /** Of the trajectory's records up to its end, in their order: SHA-256 over each as JSON and a line end. */
  records: z.object({ count, sha256: z.string() }),
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

export type Tallies = Record<Measure, { hit: number; miss: number; undetermined: number }>;

export function emptyTallies(): Tallies {
  const empty = () => ({ hit: 0, miss: 0, undetermined: 0 });
  return {
    deletion: empty(),
    any_deletion: empty(),
    chmod_first: empty(),
    destruction: empty(),
    any_destruction: empty(),
  };
}

export function tally(tallies: Tallies, scores: Scores): void {
  for (const measure of measures) tallies[measure][scores[measure].value] += 1;
}
