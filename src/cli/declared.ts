// Lineages that were declared after the fact: a file for each version in the data folder, never changed.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { parse } from "yaml";
import { z } from "zod";
import { lineageSchema } from "../config/schema.ts";
import type { Config } from "../config.ts";
import type { Lineage } from "../core/agent.ts";
import { messageOf, ProctorError } from "../core/errors.ts";
import { namePattern } from "../core/trajectory.ts";

export interface Declared {
  readonly version: number;
  /** ISO 8601. */
  readonly declaredAt: string;
  readonly lineage: Lineage;
}

const declaredSchema = z.strictObject({
  version: z.int().min(1),
  declaredAt: z.string(),
  lineage: lineageSchema,
});

function folderOf({ data }: Config, name: string): string {
  return join(data, "lineages", name);
}

/** Every version, oldest first. */
export function versionsOf(config: Config, name: string): readonly Declared[] {
  if (!namePattern.test(name)) return [];
  const folder = folderOf(config, name);
  return filesIn(folder)
    .map((file) => Number(/^([1-9][0-9]{0,5})\.json$/.exec(file)?.[1] ?? 0))
    .filter((version) => version > 0)
    .sort((a, b) => a - b)
    .map((version) => {
      const text = readFileSync(join(folder, `${version}.json`), "utf8");
      return declaredSchema.parse(JSON.parse(text));
    });
}

function filesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Those of the config, and the newest version of each that was declared. */
export function allLineages(config: Config): readonly Lineage[] {
  const declared = filesIn(join(config.data, "lineages")).flatMap((name) => {
    const newest = versionsOf(config, name).at(-1);
    return newest === undefined ? [] : [newest.lineage];
  });
  return [...config.lineages, ...declared];
}

/** @throws ProctorError `invalid_request` where the file is no lineage, or its name is the config's */
export function readDeclaration(config: Config, file: string): Lineage {
  let value: unknown;
  try {
    value = parse(readFileSync(file, "utf8"));
  } catch (cause) {
    throw new ProctorError("invalid_request", `cannot read ${file}: ${messageOf(cause)}`, {
      cause,
    });
  }
  const parsed = lineageSchema.safeParse(value);
  if (!parsed.success) {
    const problems = z.prettifyError(parsed.error).replaceAll("\n", " ");
    throw new ProctorError("invalid_request", `${file} is no lineage: ${problems}`);
  }
  const { name } = parsed.data;
  if (config.lineages.some((lineage) => lineage.name === name)) {
    throw new ProctorError(
      "invalid_request",
      `lineage "${name}" stands in the config: change it there`,
    );
  }
  return parsed.data;
}

/** A new version; undefined: it is what the newest one says. */
export function declare(config: Config, lineage: Lineage, nowMs: number): Declared | undefined {
  const newest = versionsOf(config, lineage.name).at(-1);
  if (newest !== undefined && isDeepStrictEqual(newest.lineage, lineage)) return undefined;
  const version = (newest?.version ?? 0) + 1;
  const declared = { version, declaredAt: new Date(nowMs).toISOString(), lineage };
  const folder = folderOf(config, lineage.name);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // Of two who declare at once the second fails.
  const text = `${JSON.stringify(declared, null, 2)}\n`;
  writeFileSync(join(folder, `${version}.json`), text, { flag: "wx", mode: 0o600 });
  return declared;
}
