// The fixture on a socket, in both eras of the protocol, as a program of its own: `node server.js`.

import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import {
  localhostHostValidation,
  localhostOriginValidation,
  NodeStreamableHTTPServerTransport,
  toNodeHandler,
} from "@modelcontextprotocol/node";
import { createMcpHandler, isInitializeRequest } from "@modelcontextprotocol/server";
import { createEverything } from "./everything.ts";

export interface Everything {
  readonly url: string;
  close(): Promise<void>;
}

export async function startEverything(): Promise<Everything> {
  const sessions = new Map<string, NodeStreamableHTTPServerTransport>();
  const withoutSessions = toNodeHandler(createMcpHandler(createEverything, { legacy: "reject" }));
  const [checkHost, checkOrigin] = [localhostHostValidation(), localhostOriginValidation()];

  async function open(): Promise<NodeStreamableHTTPServerTransport> {
    const transport: NodeStreamableHTTPServerTransport = new NodeStreamableHTTPServerTransport({
      sessionIdGenerator: () => crypto.randomUUID(),
      onsessioninitialized: (id) => void sessions.set(id, transport),
      onsessionclosed: (id) => void sessions.delete(id),
    });
    await createEverything().connect(transport);
    return transport;
  }

  const server = createServer(async (incoming, outgoing) => {
    if (!checkHost(incoming, outgoing) || !checkOrigin(incoming, outgoing)) return;
    const body = await bodyOf(incoming);
    const id = incoming.headers["mcp-session-id"];
    const known = typeof id === "string" ? sessions.get(id) : undefined;
    if (known !== undefined) return known.handleRequest(incoming, outgoing, body);
    if (isInitializeRequest(body)) return (await open()).handleRequest(incoming, outgoing, body);
    if (id !== undefined) {
      outgoing.writeHead(404, { "content-type": "application/json" });
      outgoing.end('{"jsonrpc":"2.0","id":null,"error":{"code":-32001,"message":"no session"}}');
      return;
    }
    await withoutSessions(incoming, outgoing, body);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

async function bodyOf(incoming: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString("utf8");
  try {
    return text === "" ? undefined : JSON.parse(text);
  } catch {
    return text;
  }
}
