// What the config says of hooks.

import { z } from "zod";
import { namePattern } from "../../core/trajectory.ts";

export const hooksSchema = z.strictObject({
  deadlineMs: z
    .int()
    .min(100)
    .default(50_000)
    .describe("A hook has its answer within this time: a denial, if there is no decision"),
  mcpServers: z
    .record(z.string().min(1), z.string().regex(namePattern))
    .default({})
    .describe("MCP servers as agents call them -> the upstream whose tools those are"),
  dangerouslyFailOpen: z
    .boolean()
    .default(false)
    .describe("Let calls through that could not be judged or recorded"),
});
