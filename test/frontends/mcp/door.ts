// The MCP front end on a socket, over a gateway whose policy a test can read at a glance.

import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { createAuthenticate, tokenDigest } from "../../../src/core/access.ts";
import type { ToolResult } from "../../../src/core/call.ts";
import { ProctorError } from "../../../src/core/errors.ts";
import type { LocalTools } from "../../../src/frontends/local-tools.ts";
import { createMcpFrontEnd, type McpFrontEndParts } from "../../../src/frontends/mcp/index.ts";
import type { Forward } from "../../../src/upstream/upstream.ts";
import { createRig, type Rig, type RigOptions } from "../../gateway/rig.ts";

export interface RpcMessage {
  readonly id?: number | string | null;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly code: number; readonly message: string };
}

/** What came, whole. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export interface Answered extends Reply {
  /** The messages of the body, be it JSON, a batch, or a stream of events. */
  readonly messages: readonly RpcMessage[];
  /** The last of them. */
  readonly json: RpcMessage;
}

export interface Door {
  readonly rig: Rig;
  /** `http://127.0.0.1:...`, without a path. */
  readonly origin: string;
  post(path: string, message: unknown, headers?: Record<string, string>): Promise<Answered>;
  /** As `post`, but the body is the caller's to read: until then nobody takes it. */
  begin(path: string, message: unknown, headers?: Record<string, string>): Promise<Response>;
  send(
    method: string,
    path: string,
    headers?: Record<string, string>,
    body?: string,
    signal?: AbortSignal,
  ): Promise<Answered>;
  close(): Promise<void>;
}

const done: ToolResult = { content: [{ type: "text", text: "done" }] };

/** `read`, `write`, `delete`, by the names of the rig's effects; `forward` decides when they end. */
export function localTools(forward?: Forward<ToolResult>): LocalTools {
  const known = ["read", "write", "delete"];
  const inputSchema = { type: "object" };
  return {
    name: "local",
    tools: async () => known.map((name) => ({ name, description: name, inputSchema })),
    contextOf: () => ({ shell: "fresh", environment: "fixed", filesystem: "ours", cwd: "/w" }),
    hideDenied: false,
    check(tool) {
      if (!known.includes(tool)) throw new ProctorError("unknown_tool", `no tool ${tool}`);
    },
    forward:
      forward ??
      (async () => ({
        answer: done,
        observed: { transport: "in process", tool: { isError: false } },
        result: "done",
      })),
  };
}

export interface DoorOptions extends RigOptions {
  readonly forward?: Forward<ToolResult>;
  readonly parts?: Partial<McpFrontEndParts>;
}

export async function openDoor(options: DoorOptions = {}): Promise<Door> {
  const rig = await createRig(options);
  const tokens = ["a", "b"].map((name) => ({
    name,
    kind: "agent" as const,
    agents: [name],
    sha256: tokenDigest(name),
  }));
  const app = createMcpFrontEnd({
    gateway: rig.gateway,
    authenticate: createAuthenticate(tokens),
    site: { allowedHosts: [], allowedOrigins: ["https://allowed.example"] },
    agents: new Set(["a", "b"]),
    local: localTools(options.forward),
    servers: [],
    limits: { maxLength: 65_536, maxDepth: 64 },
    nowMs: rig.clock.nowMs,
    version: "0.0.0",
    ...options.parts,
  });
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  // However long a test was stopped between two requests.
  server.keepAliveTimeout = 0;
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const begin = (method: string, path: string, headers = {}, body?: string, signal?: AbortSignal) =>
    fetch(origin + path, {
      method,
      headers: { authorization: "Bearer a", ...headers },
      body,
      signal,
    });
  const send: Door["send"] = async (...sent) => answered(await replyOf(await begin(...sent)));
  return {
    rig,
    origin,
    send,
    post: (path, message, headers) => send(...posted(path, message, headers)),
    begin: (path, message, headers) => begin(...posted(path, message, headers)),
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
      await rig.store.close();
    },
  };
}

export async function replyOf(response: Response): Promise<Reply> {
  return { status: response.status, headers: response.headers, text: await response.text() };
}

export function answered(reply: Reply): Answered {
  const messages = messagesOf(reply.text);
  return { ...reply, messages, json: messages.at(-1) ?? {} };
}

function posted(path: string, message: unknown, headers: Record<string, string> = {}) {
  const accept = "application/json, text/event-stream";
  const all = { "content-type": "application/json", accept, ...headers };
  const body = typeof message === "string" ? message : JSON.stringify(message);
  return ["POST", path, all, body] as const;
}

function messagesOf(text: string): RpcMessage[] {
  if (/^[[{]/.test(text)) return [JSON.parse(text)].flat();
  const events = [...text.matchAll(/^data: ?(\S.*)$/gm)];
  return events.flatMap(([, data = ""]) => JSON.parse(data));
}

export function request(id: number | string, method: string, params: object = {}) {
  return { jsonrpc: "2.0", id, method, params };
}

export function notification(method: string, params: object = {}) {
  return { jsonrpc: "2.0", method, params };
}

/** Initialises at `path`; the headers of its session. */
export async function openSession(
  door: Door,
  path: string,
  protocolVersion = "2025-11-25",
  capabilities: object = {},
) {
  const params = { protocolVersion, capabilities, clientInfo: { name: "test", version: "0" } };
  const { headers } = await door.post(path, request(0, "initialize", params));
  const session = { "mcp-session-id": headers.get("mcp-session-id") ?? "" };
  await door.post(path, notification("notifications/initialized"), session);
  return session;
}
