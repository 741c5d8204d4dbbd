// Datasets out of recorded trajectories: selected, sanitised, split, written, and told of.

import { type Lineage, rolesOf } from "../../core/agent.ts";
import { cardOf } from "./card.ts";
import type { DeriveParts, Query } from "./derive.ts";
import { cardFile, type Manifest, manifestFile } from "./manifest.ts";
import { writeRows } from "./write.ts";
import { createFolderWriter } from "./writer.ts";

export type { Query } from "./derive.ts";
export { diffExports, type ExportDiff } from "./diff.ts";
export { exportFormats, templateProfiles } from "./formats/index.ts";
export type { Manifest } from "./manifest.ts";
export { nearWays } from "./near.ts";
export { isMark, markKinds } from "./query.ts";
export { exportSchema, schemaNames } from "./schemas.ts";
export { type Verified, type VerifyParts, verifyExport } from "./verify.ts";
export { compileWhere, factTable } from "./where.ts";
export { remainsOf } from "./writer.ts";

export interface ExportOptions extends Query {
  /** Folder that must not be there yet. */
  readonly folder: string;
}

export interface ExportParts extends Omit<DeriveParts, "until" | "rolesOf"> {
  readonly version: string;
  readonly lineages: readonly Lineage[];
  /** Names what is not whole yet. */
  readonly newId: () => string;
}

/**
 * Deterministic: the same store, options and version give the same bytes. Without a single row there is
 * no folder.
 *
 * @throws ProctorError `invalid_request` where the folder is there already
 */
export async function exportDataset(
  { folder, ...query }: ExportOptions,
  { newId, ...parts }: ExportParts,
): Promise<Manifest> {
  const writer = await createFolderWriter(folder, newId());
  try {
    const { store, lineages } = parts;
    const moment = { until: await store.latest(), heads: await store.anchorHeads() };
    const roles = (agent: string) => rolesOf(agent, lineages);
    const manifest = await writeRows(query, { ...parts, ...moment, rolesOf: roles }, writer);
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
