// An MCP server over stdio that does nothing, as fast as it can: one tool, 1 KiB of answer.

import { createInterface } from "node:readline";

const text = "x".repeat(960);
const tools = [{ name: "look", description: "Looks.", inputSchema: { type: "object" } }];

function resultOf(method: string, version: string): object {
  switch (method) {
    case "initialize":
      return {
        protocolVersion: version,
        capabilities: { tools: {} },
        serverInfo: { name: "bench", version: "1" },
      };
    case "tools/list":
      return { tools };
    case "tools/call":
      return { content: [{ type: "text", text }] };
    default:
      return {};
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, params } = JSON.parse(line);
  if (id === undefined || method === undefined) continue;
  const result = resultOf(method, params?.protocolVersion);
  process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", id, result })}\n`);
}
