// An MCP server behind the guard.

import type { ExecutionContext } from "../../core/call.ts";
import type { McpUpstream } from "../upstream.ts";
import { createHttpLink } from "./http.ts";
import type { McpUpstreamConfig } from "./schema.ts";
import { createStdioLink, type StdioWorld } from "./stdio.ts";

export { checkMcpServer, mcpUpstreamSchema } from "./schema.ts";

export function createMcpUpstream(
  name: string,
  config: McpUpstreamConfig,
  world: StdioWorld,
): McpUpstream {
  const { callTimeoutMs, answerTimeoutMs, maxMessageBytes, keepAliveMs } = config;
  const link =
    config.command === undefined
      ? createHttpLink(config.url ?? "", config)
      : createStdioLink(config.command, config, world);
  return {
    name,
    context: contextOf(config),
    limits: { callTimeoutMs, answerTimeoutMs, maxMessageBytes, keepAliveMs },
    hideDenied: config.hideDenied,
    withholdRoots: config.withholdRoots ?? config.catalogue === "filesystem",
    ...link,
  };
}

/** Whose shell and whose variables are not known, and a session's shell may live on. */
function contextOf({ cwd, command, filesystem }: McpUpstreamConfig): ExecutionContext {
  return {
    ...(cwd === undefined ? {} : { cwd }),
    shell: "persistent",
    environment: "inherited",
    filesystem: filesystem ?? (command === undefined ? "remote" : "ours"),
  };
}
