// The configuration of one model provider.

import { z } from "zod";
import { isBaseUrl } from "../http/schema.ts";
import { sentHeaders, startingFolder } from "../settings.ts";

const milliseconds = z
  .int()
  .positive()
  .max(24 * 3_600_000);
const bytes = z.int().positive();

export const llmUpstreamSchema = z.strictObject({
  url: z
    .string()
    .refine(isBaseUrl, "must be http:// or https://, without credentials, query or fragment")
    .optional()
    .describe(
      "What stands before /v1 in the provider's URLs; `openai` and `anthropic` have theirs",
    ),
  keyFile: z
    .string()
    .min(1)
    .optional()
    .describe("File of the provider's key, which is sent in place of the client's"),
  keyEnv: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "must be a name")
    .optional()
    .describe("Variable of proctor's environment that has the provider's key"),
  headers: sentHeaders.describe("Sent with every request"),
  cwd: startingFolder,
  filesystem: z
    .enum(["ours", "remote"])
    .default("ours")
    .describe("Whose files the agent's tools work on"),
  maxConnections: z.int().positive().default(256).describe("Connections at once"),
  connectTimeoutMs: milliseconds.default(10_000).describe("Time to connect"),
  headersTimeoutMs: milliseconds
    .default(10 * 60_000)
    .describe("Time until an answer begins; a model may think first"),
  bodyTimeoutMs: milliseconds.default(5 * 60_000).describe("Longest silence within an answer"),
  maxRequestBytes: bytes.default(64 * 1024 * 1024).describe("Request bodies, decompressed"),
  maxAnswerBytes: bytes
    .default(32 * 1024 * 1024)
    .describe("A whole answer, or one event of a stream"),
  keepAliveMs: milliseconds
    .default(15_000)
    .describe("Silence on a stream before a comment line is sent, while a call waits for a person"),
});

export type LlmUpstreamConfig = Readonly<z.output<typeof llmUpstreamSchema>>;

/** What one field alone cannot say. */
export function checkLlmUpstream(
  { keyFile, keyEnv }: Pick<LlmUpstreamConfig, "keyFile" | "keyEnv">,
  context: { addIssue(issue: { code: "custom"; message: string }): void },
): void {
  if (keyFile !== undefined && keyEnv !== undefined) {
    context.addIssue({ code: "custom", message: "has either `keyFile` or `keyEnv`" });
  }
}

/** Providers that are there without being configured; clients bring their own keys. */
export const usualProviders: ReadonlyMap<string, string> = new Map([
  ["openai", "https://api.openai.com"],
  ["anthropic", "https://api.anthropic.com"],
]);
