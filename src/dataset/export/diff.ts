// proctor export diff: what tells two datasets apart, by their manifests and by where their rows came from.

import { createHash } from "node:crypto";
import { type Difference, differences } from "./differences.ts";
import type { Manifest, Provenance } from "./manifest.ts";
import { manifestIn, provenanceIn } from "./read.ts";

export interface ExportDiff {
  readonly same: boolean;
  /** Of query, versions, counts, splits, measures. */
  readonly manifest: readonly Difference[];
  readonly trajectories: {
    readonly same: number;
    readonly came: number;
    readonly went: number;
    readonly changed: number;
  };
  /** In the order of the datasets; at most `maxNamed` of each. */
  readonly came: readonly string[];
  readonly went: readonly string[];
  readonly changed: readonly { readonly trajectory: string; readonly why: readonly Why[] }[];
}

/** `recorded`: its records are others; `rows`: what was made of them; `split`: it moved. */
type Why = "recorded" | "rows" | "split";

const maxNamed = 100;

/** Memory: a digest for each trajectory of the first. @throws ProctorError `invalid_request` */
export async function diffExports(a: string, b: string): Promise<ExportDiff> {
  const [first, second] = [await manifestIn(a), await manifestIn(b)];
  // Rows of other formats are other texts, whatever they say.
  const sameForm =
    first.query.format === second.query.format && first.query.template === second.query.template;
  const left = new Map<string, Kept>();
  for await (const kept of trajectoriesIn(a)) left.set(kept.trajectory, kept);
  const counts = { same: 0, came: 0, went: 0, changed: 0 };
  const came: string[] = [];
  const changed: { trajectory: string; why: readonly Why[] }[] = [];
  for await (const kept of trajectoriesIn(b)) {
    const { trajectory } = kept;
    const before = left.get(trajectory);
    left.delete(trajectory);
    const why = before === undefined ? [] : changesOf(before, kept, sameForm);
    if (before === undefined) {
      counts.came += 1;
      if (came.length < maxNamed) came.push(trajectory);
    } else if (why.length === 0) counts.same += 1;
    else {
      counts.changed += 1;
      if (changed.length < maxNamed) changed.push({ trajectory, why });
    }
  }
  counts.went = left.size;
  const manifest = differences(comparable(first), comparable(second));
  const same = manifest.length === 0 && counts.came + counts.went + counts.changed === 0;
  const went = [...left.keys()].slice(0, maxNamed);
  return { same, manifest, trajectories: counts, came, went, changed };
}

/** Without what follows from the rows, or only says when. */
function comparable({ files: _, store: __, near, ...manifest }: Manifest): object {
  if (near === undefined) return manifest;
  const { largest: ___, ...counts } = near;
  return { ...manifest, near: counts };
}

interface Kept {
  readonly trajectory: string;
  readonly records: string;
  readonly rows: string;
  readonly split: string;
}

/** Rows of one trajectory stand behind each other. */
async function* trajectoriesIn(folder: string): AsyncIterable<Kept> {
  let rows: Provenance[] = [];
  for await (const row of provenanceIn(folder)) {
    if (rows[0] !== undefined && rows[0].trajectory !== row.trajectory) {
      yield keptOf(rows[0], rows);
      rows = [];
    }
    rows.push(row);
  }
  if (rows[0] !== undefined) yield keptOf(rows[0], rows);
}

function keptOf({ trajectory, records, file }: Provenance, rows: readonly Provenance[]): Kept {
  const digest = createHash("sha256");
  for (const { conversation, sha256 } of rows) digest.update(`${conversation} ${sha256}\n`);
  const split = file.replace(/\.[^.]*$/, "");
  return { trajectory, records: records.sha256, rows: digest.digest("base64"), split };
}

function changesOf(a: Kept, b: Kept, sameForm: boolean): Why[] {
  return [
    ...(a.records === b.records ? [] : ["recorded" as const]),
    ...(sameForm && a.rows !== b.rows ? ["rows" as const] : []),
    ...(a.split === b.split ? [] : ["split" as const]),
  ];
}
