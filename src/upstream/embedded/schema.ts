// What of the embedded tools can be configured.

import { z } from "zod";

const mebibyte = 1024 * 1024;
/** Timers take no more than 24 days. */
const milliseconds = z
  .int()
  .positive()
  .max(24 * 3_600_000);

const limitsSchema = z.strictObject({
  maxTextBytes: z
    .int()
    .min(256)
    .default(256 * 1024)
    .describe("Text that one call returns; more is cut in the middle, and says so"),
  maxMediaBytes: z
    .int()
    .positive()
    .default(8 * mebibyte)
    .describe("Largest file read as media"),
  maxEditBytes: z
    .int()
    .positive()
    .default(8 * mebibyte)
    .describe("Largest file edited"),
  maxEntries: z
    .int()
    .positive()
    .default(10_000)
    .describe("Entries that listing, tree and search return"),
  maxVisited: z.int().positive().default(200_000).describe("Entries that tree and search look at"),
});

const bashSchema = z.strictObject({
  offered: z.boolean().default(true).describe("Offer bash, if it can be confined"),
  network: z
    .boolean()
    .default(false)
    .describe("Let bash use the network, the services on this machine's loopback included"),
  timeoutMs: milliseconds.default(120_000).describe("Time of a command that asks for none"),
  maxTimeoutMs: milliseconds.default(600_000).describe("Longest time it may ask for"),
  maxOutputBytes: z
    .int()
    .min(256)
    .default(128 * 1024)
    .describe("Kept of standard output, and of standard error; the middle of more is left out"),
  maxTotalBytes: z
    .int()
    .positive()
    .default(256 * mebibyte)
    .describe("A command that writes more than this is killed"),
  maxProcesses: z
    .int()
    .positive()
    .default(512)
    .describe("Processes of one command; has no effect if proctor runs as root"),
  readOnlyFolders: z
    .array(z.string().startsWith("/"))
    .default([])
    .describe("Folders beside the system's that bash may read, absolute"),
});

export const embeddedSchema = z.strictObject({
  bash: bashSchema.prefault({}),
  limits: limitsSchema.prefault({}),
  hideDenied: z
    .boolean()
    .default(false)
    .describe(
      "Leave tools out of lists that a rule denies by name; what an agent would have tried is then not seen",
    ),
  dangerouslyUnsandboxed: z
    .boolean()
    .default(false)
    .describe("Offer bash without a sandbox: it can do all that proctor's user can"),
});

export type EmbeddedConfig = z.output<typeof embeddedSchema>;
export type ToolLimits = Readonly<EmbeddedConfig["limits"]>;
export type BashConfig = Readonly<EmbeddedConfig["bash"]>;
