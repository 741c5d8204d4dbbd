// JSON Schemas of what an export has as JSON, for programs that read it.

import { z } from "zod";
import type { Json, JsonObject } from "../../core/json.ts";
import { exportFormats } from "./formats/index.ts";
import { manifestFile, manifestSchema, provenanceFile, provenanceSchema } from "./manifest.ts";

interface Described {
  readonly name: string;
  readonly title: string;
  readonly shape: z.ZodType;
}

/** Rows of a table have columns, with types of their own. */
const described: readonly Described[] = [
  ...exportFormats.flatMap(({ name, about, row, columns }) =>
    columns === undefined ? [{ name, title: `A row of ${name}: ${about}`, shape: row }] : [],
  ),
  { name: "rows", title: `A line of ${provenanceFile}`, shape: provenanceSchema },
  { name: "manifest", title: manifestFile, shape: manifestSchema },
];

export const schemaNames: readonly string[] = described.map(({ name }) => name);

/** Draft 2020-12; undefined where there is none of that name. */
export function exportSchema(name: string): JsonObject | undefined {
  const found = described.find((one) => one.name === name);
  if (found === undefined) return undefined;
  // What is any JSON is checked by hand where it comes in.
  const schema = z.toJSONSchema(found.shape, { unrepresentable: "any", reused: "ref" });
  const plain: { readonly [member: string]: Json } = JSON.parse(JSON.stringify(schema));
  return { $schema: plain.$schema ?? "", title: found.title, ...plain };
}
