// The store's part of the config: how long contents are kept.

import { z } from "zod";
import { name } from "./name.ts";

const ruleSchema = z
  .strictObject({
    agent: name.optional().describe("Only trajectories of this agent; absent: of all"),
    taskClass: name.optional().describe("Only trajectories of this task class; absent: of all"),
    maxAgeDays: z.number().positive().optional().describe("Contents go this long after the end"),
    maxBytes: z
      .int()
      .positive()
      .optional()
      .describe("What its trajectories may take together; the contents of the oldest go first"),
  })
  .refine(
    ({ maxAgeDays, maxBytes }) => maxAgeDays !== undefined || maxBytes !== undefined,
    "a rule needs maxAgeDays or maxBytes",
  );

export const storeSchema = z.strictObject({
  retention: z
    .strictObject({
      everyMs: z
        .int()
        .min(1_000)
        .optional()
        .describe("How often `proctor serve` erases by the rules; absent: only `proctor gc` does"),
      rules: z
        .array(ruleSchema)
        .default([])
        .describe("What is not to be kept; each rule holds, in any order. None: all is kept"),
    })
    .prefault({})
    .describe("Contents of ended trajectories: arguments, results, paths"),
});
