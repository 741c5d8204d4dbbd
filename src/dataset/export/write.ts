// Rows into files, with where each came from, and what the manifest says of them.

import { createHash } from "node:crypto";
import type { Lineage } from "../../core/agent.ts";
import type { JsonObject } from "../../core/json.ts";
import type { AnchorHead } from "../../store/store.ts";
import { createReadContent } from "./contents.ts";
import { createControl } from "./control.ts";
import { type Derived, type DerivedRow, type DeriveParts, derive, type Query } from "./derive.ts";
import { type Manifest, type Provenance, provenanceFile } from "./manifest.ts";
import { type NearCounts, nearWindow, type Place, shingleWords } from "./near.ts";
import { writtenQuery } from "./query.ts";
import { createReading } from "./select.ts";
import type { RowWriter } from "./writer.ts";

export interface WriteParts extends DeriveParts {
  readonly version: string;
  /** By which the query says who is what. */
  readonly lineages: readonly Lineage[];
  /** Of the store at the moment. */
  readonly heads: readonly AnchorHead[];
  readonly onRow?: (provenance: Provenance) => void;
}

/** Resolves when all rows are in their files, with what there is to say of them. */
export async function writeRows(
  query: Query,
  { version, lineages, heads, onRow, ...parts }: WriteParts,
  writer: RowWriter,
): Promise<Manifest> {
  const columns = query.format.columns?.(query.profile);

  async function write(derived: DerivedRow): Promise<void> {
    const provenance = provenanceOf(query, derived);
    await writer.row(provenance.file, derived.row, columns);
    await writer.row(provenanceFile, provenance);
    onRow?.(provenance);
  }

  const { store, until, rolesOf } = parts;
  const control = query.against && createControl(query.against, store, createReadContent(store));
  const { counts, near } = await derive(query, parts, write, async (recorded) =>
    control?.kept(recorded),
  );
  const compared = await control?.compared(createReading(store, until, rolesOf));
  return {
    manifest: 2,
    proctor: version,
    query: writtenQuery(query, lineages),
    store: { until, heads: [...heads] },
    ...counts.shown(),
    ...nearIn(query, near),
    ...(compared && { control: compared }),
    files: [...(await writer.files())],
  };
}

function nearIn(query: Query, near: Derived["near"]): Pick<Manifest, "near"> {
  if (near === undefined) return {};
  const { largest, ...counts } = near.shown();
  const shown = ({ first, ...of }: NearCounts["largest"][number]) => ({
    first: placeIn(query, first),
    ...of,
  });
  return { near: { shingleWords, window: nearWindow, ...counts, largest: largest.map(shown) } };
}

function placeIn(query: Query, { split, row }: Place) {
  return { file: fileOf(query, query.splits[split]?.[0] ?? ""), row };
}

function fileOf({ format }: Query, split: string): string {
  return `${split}.${format.columns === undefined ? "jsonl" : "parquet"}`;
}

function provenanceOf(query: Query, { split, number, row, from, like }: DerivedRow): Provenance {
  return {
    file: fileOf(query, split),
    row: number,
    sha256: digestOfRow(row),
    ...from,
    ...(like && {
      like: { ...placeIn(query, like.first), resemblance: Number(like.resemblance.toFixed(2)) },
    }),
  };
}

function digestOfRow(row: JsonObject): string {
  return createHash("sha256").update(JSON.stringify(row)).digest("hex");
}
