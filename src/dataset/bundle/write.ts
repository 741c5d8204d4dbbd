// Writes trajectories of a store as the lines of a bundle.

import { createHash } from "node:crypto";
import type { JsonObject } from "../../core/json.ts";
import type { ProctorRecord } from "../../core/record.ts";
import type { TrajectoryKey } from "../../core/trajectory.ts";
import type { BlobStore, Store } from "../../store/store.ts";
import { bundleVersion } from "./lines.ts";

export interface BundleParts {
  readonly store: Pick<Store, "read"> & BlobStore;
  /** Of proctor. */
  readonly version: string;
  /** What the bundle is of: for people. */
  readonly run: JsonObject;
}

/** Lines with their line feeds, a trajectory at a time. */
export async function* bundleOf(
  keys: readonly TrajectoryKey[],
  { store, version, run }: BundleParts,
): AsyncIterable<string> {
  yield line({ bundle: bundleVersion, proctor: version, run });
  for (const key of keys) yield* trajectoryLines(key, store);
  yield line({ end: true, trajectories: keys.length });
}

async function* trajectoryLines(
  key: TrajectoryKey,
  store: BundleParts["store"],
): AsyncIterable<string> {
  const hash = createHash("sha256");
  const written = new Set<string>();
  let records = 0;
  function sealed(value: object): string {
    const text = line(value);
    hash.update(text);
    return text;
  }
  yield sealed({ trajectory: { agent: key.agent, name: key.name, generation: key.generation } });
  for await (const { record } of store.read(key)) {
    for (const digest of digestsIn(record)) {
      if (written.has(digest)) continue;
      // One that was erased has left its digest behind, here as there.
      const bytes = await store.blob(digest);
      if (bytes === undefined) continue;
      written.add(digest);
      yield sealed({ blob: digest, base64: Buffer.from(bytes).toString("base64") });
    }
    records += 1;
    yield sealed({ record });
  }
  yield line({ sha256: hash.digest("hex"), records, blobs: written.size });
}

function line(value: object): string {
  return `${JSON.stringify(value)}\n`;
}

/** Of contents beside the record (`ContentRef`), wherever they stand in it. */
function digestsIn(record: ProctorRecord): string[] {
  const found: string[] = [];
  function look(value: unknown): void {
    if (typeof value !== "object" || value === null) return;
    if ("bytes" in value && "digest" in value && typeof value.digest === "string") {
      found.push(value.digest);
    }
    for (const inner of Object.values(value)) look(inner);
  }
  look(record);
  return found;
}
