// Datasets out of recorded trajectories: selected, sanitised, split, written, and told of.

import type { ProctorRecord } from "../../core/record.ts";
import type { Redactor } from "../../redaction/redact.ts";
import type { Persistence, TrajectoryQuery } from "../../store/store.ts";
import { cardOf } from "./card.ts";
import { createReadContent } from "./contents.ts";
import { rowsOf } from "./conversation.ts";
import type { ExportFormat } from "./formats/format.ts";
import type { TemplateProfile } from "./formats/profiles.ts";
import {
  cardFile,
  digestOfRecords,
  emptyTallies,
  type Manifest,
  manifestFile,
  type Provenance,
  provenanceFile,
  tally,
} from "./manifest.ts";
import type { Row } from "./row.ts";
import { createSanitise, type SanitiseOptions } from "./sanitise.ts";
import { createSplit, type Shares } from "./split.ts";
import { createFolderWriter, type FolderWriter } from "./writer.ts";

export { exportFormats, templateProfiles } from "./formats/index.ts";
export type { Manifest } from "./manifest.ts";
export type { SanitiseOptions } from "./sanitise.ts";
export { type Verified, verifyExport } from "./verify.ts";

export interface ExportOptions {
  /** Folder that must not be there yet. */
  readonly folder: string;
  readonly format: ExportFormat;
  readonly profile: TemplateProfile;
  readonly select: Omit<TrajectoryQuery, "state" | "limit" | "olderThan">;
  readonly sanitise: SanitiseOptions;
  readonly splits: Shares;
  readonly seed: number;
}

export interface ExportParts {
  readonly store: Persistence;
  readonly redactor: Redactor;
  readonly version: string;
  /** Names what is not whole yet. */
  readonly newId: () => string;
  /** Trajectories so far. */
  readonly onProgress: (trajectories: number) => void;
}

/**
 * Deterministic: the same store, options and version give the same bytes. Memory is that of one
 * trajectory and of a digest for each row. Without a single row there is no folder.
 *
 * @throws ProctorError `invalid_request` where the folder is there already
 */
export async function exportDataset(options: ExportOptions, parts: ExportParts): Promise<Manifest> {
  const writer = await createFolderWriter(options.folder, parts.newId());
  try {
    const manifest = await writeAll(options, parts, writer);
    if (manifest.counts.written === 0) {
      await writer.discard();
      return manifest;
    }
    await writer.text(manifestFile, `${JSON.stringify(manifest, null, 2)}\n`);
    await writer.text(cardFile, cardOf(manifest));
    await writer.commit();
    return manifest;
  } catch (error) {
    await writer.discard();
    throw error;
  }
}

/** What is counted on the way. */
function createCounts() {
  const of = (counts: Map<string, number>, name: string) =>
    void counts.set(name, (counts.get(name) ?? 0) + 1);
  const without = new Map<string, number>();
  const dropped = new Map<string, number>();
  const masked = new Map<string, number>();
  return {
    trajectories: 0,
    rows: 0,
    written: 0,
    redacted: 0,
    noRows: (why: string) => of(without, why),
    drop: (stage: string) => of(dropped, stage),
    mask: (why: string) => of(masked, why),
    maps: () => ({
      without: Object.fromEntries(without),
      dropped: Object.fromEntries(dropped),
      masked: Object.fromEntries(masked),
    }),
  };
}

async function writeAll(
  { format, profile, select, sanitise: asked, splits, seed }: ExportOptions,
  { store, redactor, version, onProgress }: ExportParts,
  writer: FolderWriter,
): Promise<Manifest> {
  const read = createReadContent(store);
  const sanitise = createSanitise(asked);
  const splitOf = createSplit(splits, seed);
  const counts = createCounts();
  const tasks = new Map(splits.map(([name]) => [name, { rows: 0, tasks: new Set<string>() }]));
  const tallies = { kept: emptyTallies(), dropped: emptyTallies() };
  const under = {
    policies: new Set<string>(),
    analysers: new Set<string>(),
    definitions: new Set<string>(),
  };

  async function write(row: Row, records: Provenance["records"]): Promise<void> {
    const split = splitOf(row.task.id);
    const file = `${split}.${format.columns === undefined ? "jsonl" : "parquet"}`;
    const redacted = redactor.redact(format.encode(row, profile));
    for (const count of redacted.counts.values()) counts.redacted += count;
    const number = await writer.row(file, redacted.value, format.columns?.(profile));
    const { trajectory, conversation, steps } = row;
    const provenance: Provenance = { file, row: number, trajectory, conversation, steps, records };
    await writer.row(provenanceFile, provenance);
    counts.written += 1;
    for (const { masked } of row.messages) if (masked !== undefined) counts.mask(masked);
    const of = tasks.get(split);
    if (of !== undefined) of.rows += 1;
    of?.tasks.add(row.task.id);
  }

  /** Whether the row was written. */
  async function one(row: Row, records: Provenance["records"]): Promise<boolean> {
    counts.rows += 1;
    const sanitised = sanitise(row);
    if ("dropped" in sanitised) {
      counts.drop(sanitised.dropped);
      return false;
    }
    const { row: kept } = sanitised;
    const without = format.needsPrompt && !kept.hasPrompt ? "no prompt" : undefined;
    const unfit = without ?? format.unfit?.(kept, profile);
    if (unfit !== undefined) {
      counts.drop(unfit);
      return false;
    }
    await write(kept, records);
    return true;
  }

  for await (const { key } of store.trajectories({ ...select, state: "closed" })) {
    counts.trajectories += 1;
    onProgress(counts.trajectories);
    const records: ProctorRecord[] = [];
    for await (const { record } of store.read(key)) records.push(record);
    const rows = await rowsOf(records, read);
    if (typeof rows === "string") {
      counts.noRows(rows);
      continue;
    }
    const digest = digestOfRecords(records);
    let kept = 0;
    for (const row of rows) if (await one(row, digest)) kept += 1;
    const closed = records.find((record) => record.type === "closed");
    if (closed === undefined) continue;
    tally(kept > 0 ? tallies.kept : tallies.dropped, closed.scores);
    if (kept === 0) continue;
    under.policies.add(closed.policy);
    under.analysers.add(closed.analyser);
    under.definitions.add(closed.definitions);
  }
  const { trajectories, rows, written, redacted } = counts;
  return {
    manifest: 1,
    proctor: version,
    format: format.name,
    query: queryOf({ select, asked, profile, splits, seed }),
    recordedUnder: {
      policies: [...under.policies].sort(),
      analysers: [...under.analysers].sort(),
      definitions: [...under.definitions].sort(),
    },
    counts: { trajectories, rows, written, redacted, ...counts.maps() },
    splits: Object.fromEntries(
      [...tasks].map(([name, of]) => [name, { rows: of.rows, tasks: of.tasks.size }]),
    ),
    measures: tallies,
    files: [...(await writer.files())],
  };
}

function queryOf(query: {
  select: ExportOptions["select"];
  asked: SanitiseOptions;
  profile: TemplateProfile;
  splits: Shares;
  seed: number;
}): Manifest["query"] {
  const { select, asked, profile, splits, seed } = query;
  const shown = { select, sanitise: asked, template: profile, splits, seed };
  const plain: Manifest["query"] = JSON.parse(JSON.stringify(shown));
  return plain;
}
