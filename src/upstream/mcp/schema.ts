// The configuration of one MCP server.

import { z } from "zod";
import { forwardedHeaders, sentHeaders, startingFolder } from "../settings.ts";

const milliseconds = z
  .int()
  .positive()
  .max(7 * 24 * 3_600_000);

export const mcpUpstreamSchema = z.strictObject({
  url: z
    .string()
    .refine(isServerUrl, "must be http:// or https://, without credentials or fragment")
    .optional()
    .describe("A server over Streamable HTTP"),
  command: z.string().min(1).optional().describe("A server over stdio: its program"),
  args: z.array(z.string()).default([]).describe("Arguments of the program"),
  env: z
    .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "must be a name"), z.string())
    .default({})
    .describe("Variables beside PATH, HOME and the like; nothing else of proctor's goes on"),
  idleMs: milliseconds
    .default(5 * 60_000)
    .describe("A child without a call for this long is ended, and started again when it is needed"),
  maxLifetimeMs: milliseconds
    .default(24 * 3_600_000)
    .describe("A child of this age is ended when it has nothing under way"),
  maxChildren: z.int().positive().default(64).describe("Children at once; the idlest gives way"),
  headers: sentHeaders.describe("Sent with every request: proctor's credentials for this server"),
  forwardHeaders: forwardedHeaders.describe(
    "Headers of the client that are passed on beside those of the protocol",
  ),
  cwd: startingFolder,
  filesystem: z
    .enum(["remote", "ours"])
    .optional()
    .describe("Are its files those of this machine? Absent: those of a `command` are"),
  withholdRoots: z
    .boolean()
    .optional()
    .describe(
      "Keep the client's roots from the server; absent: for the catalogue `filesystem`, where they would replace the folders it was started with",
    ),
  hideDenied: z
    .boolean()
    .default(false)
    .describe(
      "Leave tools out of `tools/list` that a rule denies by name; what an agent would have tried is then not seen",
    ),
  callTimeoutMs: milliseconds
    .default(10 * 60_000)
    .describe("Time of one tool call, however much progress it reports"),
  answerTimeoutMs: milliseconds.default(60_000).describe("Time until any other answer begins"),
  connectTimeoutMs: milliseconds.default(5_000).describe("Time to connect"),
  maxMessageBytes: z
    .int()
    .positive()
    .default(8 * 1024 * 1024)
    .describe("Largest answer or event"),
  keepAliveMs: milliseconds
    .default(15_000)
    .describe("Silence on a stream before a comment line is sent, so that nothing between cuts it"),
});

export type McpUpstreamConfig = Readonly<z.output<typeof mcpUpstreamSchema>> & {
  readonly catalogue?: string | undefined;
};

/** What one field alone cannot say. */
export function checkMcpServer(
  { url, command }: Pick<McpUpstreamConfig, "url" | "command">,
  context: { addIssue(issue: { code: "custom"; message: string }): void },
): void {
  if ((url === undefined) === (command === undefined)) {
    context.addIssue({ code: "custom", message: "needs either `url` or `command`" });
  }
}

function isServerUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, hash } = new URL(text);
  return (protocol === "http:" || protocol === "https:") && `${username}${password}${hash}` === "";
}
