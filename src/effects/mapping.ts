// The language in which a catalogue or the config says what a tool does: which argument is what.

import { z } from "zod";
import { parseSource } from "./reference.ts";

const source = z
  .string()
  .min(1)
  .refine((text) => parseSource(text) !== undefined, {
    error: 'must be a constant or a reference such as "$.path", "$.files[*].path?", "$.dir ?? ."',
  });
const sources = z.union([source, z.array(source).min(1)]);

/** A bare name is a member: `description` is `$.description`. */
const harmless = z.union([source, z.string().regex(/^[\w-]+$/)]);

const actionsSchema = z.strictObject({
  bash: sources.optional().describe("Command texts for bash or sh"),
  stdin: source.optional().describe("Text that the commands read as standard input"),
  argv: source.optional().describe("A program and its arguments, as an array; runs in no shell"),
  cwd: source.optional().describe("Folder that relative paths and commands start from"),
  patch: sources.optional().describe("A patch between *** Begin Patch and *** End Patch"),
  read: sources.optional().describe("Files whose content is read"),
  list: sources.optional().describe("Folders or files whose names or metadata are read"),
  write: sources.optional().describe("Files that are created or changed"),
  overwrite: sources.optional().describe("Files that are created, or lose what they hold"),
  truncate: sources.optional().describe("Files that lose what they hold"),
  create: sources.optional().describe("Files or folders that are made, and were not there"),
  delete: sources.optional().describe("Files or folders that are removed"),
  move: z
    .strictObject({
      from: source,
      to: source,
      overwrites: z
        .enum(["yes", "no", "unknown"])
        .default("unknown")
        .describe("What happens to something that is at the destination"),
    })
    .optional(),
  permission: z
    .strictObject({
      path: sources,
      family: z.enum(["chmod", "chown", "chgrp", "acl", "attribute"]),
      change: source.optional().describe("The new mode, owner or entry"),
    })
    .optional(),
  privilege: z.string().min(1).optional().describe("How it runs with more rights than usual"),
  connect: sources.optional().describe("URLs or hosts that are contacted"),
  execute: z
    .string()
    .min(1)
    .optional()
    .describe("A program whose behaviour is not described further"),
  recursive: z
    .union([z.boolean(), source])
    .optional()
    .describe("Does what is read, listed or deleted include all below it?"),
  globs: z.boolean().optional().describe("Are the paths that are read or listed globs?"),
  permissions: z.boolean().optional().describe("Does listing show modes?"),
  inspects: z.boolean().optional().describe("It does nothing beyond the rest of the mapping"),
  unknown: z.string().min(1).optional().describe("Why its effects cannot be known"),
  harmless: z.array(harmless).optional().describe("Arguments that change none of this"),
});

export const mappingSchema = actionsSchema.extend({
  switch: z
    .strictObject({
      on: source.describe("Argument that says what is done: a text or a boolean"),
      cases: z.record(z.string(), actionsSchema),
      absent: actionsSchema.optional().describe("Where the argument is left out"),
      otherwise: actionsSchema.optional().describe("For any other value; absent: doubt"),
    })
    .optional(),
  schema: z
    .string()
    .regex(/^[0-9a-f]{64}$/, "must be 64 hex digits")
    .optional()
    .describe("SHA-256 of the tool's input schema, canonical JSON; another one makes it unknown"),
});

export type Actions = DeepReadonly<z.input<typeof actionsSchema>>;
export type Mapping = DeepReadonly<z.input<typeof mappingSchema>>;

type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;
