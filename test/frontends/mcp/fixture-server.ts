// An MCP server on the official SDK, with a tool for each thing that a proxy can break.

import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { CreateMessageResultSchema } from "@modelcontextprotocol/sdk/types.js";
import { z } from "zod";

export interface Fixture {
  readonly url: string;
  /** Calls of `hang` that have arrived. */
  readonly hanging: () => number;
  /** Names of the tools that were carried out, in order. */
  readonly carriedOut: string[];
  /** Forgets every session, as a restart does. */
  forget(): void;
  close(): Promise<void>;
}

function buildServer(carriedOut: string[], hang: () => void): McpServer {
  const server = new McpServer(
    { name: "fixture", version: "1" },
    { capabilities: { logging: {}, tools: { listChanged: true } } },
  );
  const text = (value: string) => ({ content: [{ type: "text" as const, text: value }] });
  const path = { path: z.string() };
  server.registerTool("read", { inputSchema: path }, async () => {
    carriedOut.push("read");
    return text("read");
  });
  server.registerTool("write", { inputSchema: path }, async ({ path: at }, extra) => {
    const progressToken = extra._meta?.progressToken;
    for (const progress of [1, 2, 3]) {
      if (progressToken === undefined) break;
      const params = { progressToken, progress, total: 3 };
      await extra.sendNotification({ method: "notifications/progress", params });
    }
    const params = { level: "info" as const, data: `writing ${at}` };
    await extra.sendNotification({ method: "notifications/message", params });
    carriedOut.push("write");
    return text("written");
  });
  server.registerTool("delete", { inputSchema: path }, async () => {
    carriedOut.push("delete");
    return text("deleted");
  });
  server.registerTool("ask", { inputSchema: {} }, async () => {
    const sampled = await server.server.createMessage({
      messages: [{ role: "user", content: { type: "text", text: "well?" } }],
      maxTokens: 10,
    });
    const elicited = await server.server.elicitInput({
      message: "sure?",
      requestedSchema: { type: "object", properties: { sure: { type: "boolean" } } },
    });
    return text(JSON.stringify([sampled.content, elicited.content]));
  });
  server.registerTool("ask-here", { inputSchema: {} }, async (_, extra) => {
    const params = {
      messages: [{ role: "user" as const, content: { type: "text" as const, text: "well?" } }],
      maxTokens: 10,
    };
    const asked = { method: "sampling/createMessage" as const, params };
    // On the stream of the call, and no other.
    const sampled = await extra.sendRequest(asked, CreateMessageResultSchema);
    return text(JSON.stringify(sampled.content));
  });
  server.registerTool("fail", { inputSchema: {} }, async () => ({
    ...text("no luck"),
    isError: true,
  }));
  server.registerTool("hang", { inputSchema: {} }, async (_, { signal }) => {
    hang();
    await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    carriedOut.push("cancelled");
    return text("late");
  });
  server.registerResource("note", "test://note", {}, async (uri) => ({
    contents: [{ uri: uri.href, text: "a note" }],
  }));
  server.registerPrompt("greet", {}, () => ({
    messages: [{ role: "user", content: { type: "text", text: "hello" } }],
  }));
  return server;
}

export async function startFixture(): Promise<Fixture> {
  const carriedOut: string[] = [];
  let hanging = 0;
  const sessions = new Map<string, StreamableHTTPServerTransport>();

  async function transportFor(id: string | undefined) {
    if (id !== undefined) return sessions.get(id);
    const transport: StreamableHTTPServerTransport = new StreamableHTTPServerTransport({
      sessionIdGenerator: () => crypto.randomUUID(),
      onsessioninitialized: (opened) => {
        sessions.set(opened, transport);
      },
      onsessionclosed: (closed) => {
        sessions.delete(closed);
      },
    });
    await buildServer(carriedOut, () => (hanging += 1)).connect(transport);
    return transport;
  }

  const server: HttpServer = createServer(async (incoming, outgoing) => {
    const id = incoming.headers["mcp-session-id"];
    const transport = await transportFor(typeof id === "string" ? id : undefined);
    if (transport === undefined) {
      outgoing.writeHead(404, { "content-type": "application/json" });
      outgoing.end(
        '{"jsonrpc":"2.0","id":null,"error":{"code":-32001,"message":"Session not found"}}',
      );
      return;
    }
    await transport.handleRequest(incoming, outgoing);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    carriedOut,
    hanging: () => hanging,
    forget: () => sessions.clear(),
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
