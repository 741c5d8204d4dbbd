// The part of the config for running task suites: which model answers for which agent.

import { z } from "zod";
import { name } from "./name.ts";

const modelSchema = z.strictObject({
  provider: name.default("openai").describe("Under `llm`: its URL and key"),
  api: z.enum(["chat", "responses"]).default("chat").describe("Chat Completions, or Responses"),
  parameters: z
    .record(z.string(), z.json())
    .default({})
    .describe("Sent with every request as they are: `temperature` and the like"),
});

export const evalSchema = z.strictObject({
  models: z
    .record(name, modelSchema)
    .default({})
    .describe("Agent -> the model that answers for it; its id is the agent's `model`"),
  maxTurns: z.int().positive().default(30).describe("Answers of the model in one trial"),
  timeoutMs: z
    .int()
    .positive()
    .default(5 * 60_000)
    .describe("Time for one answer"),
  retries: z.int().min(0).default(5).describe("Of an answer that failed or was put off"),
  retryDelayMs: z
    .int()
    .positive()
    .default(1_000)
    .describe("Before the first retry, doubled for each; a provider's Retry-After wins"),
});
