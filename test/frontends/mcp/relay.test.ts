// MCP servers behind the guard: the official client notices nothing, and tool calls are judged.

import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  LoggingMessageNotificationSchema,
} from "@modelcontextprotocol/sdk/types.js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ProctorRecord } from "../../../src/core/record.ts";
import { eventsOf } from "../../../src/frontends/mcp/events.ts";
import { createMcpUpstream } from "../../../src/upstream/mcp/index.ts";
import { mcpUpstreamSchema } from "../../../src/upstream/mcp/schema.ts";
import { type Door, openDoor, openSession, request } from "./door.ts";
import { type Fixture, startFixture } from "./fixture-server.ts";

const world = { nowMs: () => 0, env: {} };
const path = "/t/t/mcp/fixture";

describe("an MCP server behind the guard", () => {
  let fixture: Fixture;
  let door: Door;
  let clients: Client[] = [];

  beforeEach(async () => {
    clients = [];
    fixture = await startFixture();
    const config = mcpUpstreamSchema.parse({ url: fixture.url });
    door = await openDoor({
      decide: ({ effects }) => (effects[0]?.kind === "delete" ? "deny" : "allow"),
      parts: { servers: [createMcpUpstream("fixture", config, world)] },
    });
  });
  afterEach(async () => {
    for (const client of clients) await client.close();
    await door.close();
    await fixture.close();
  });

  async function connect(capabilities: object = {}): Promise<Client> {
    const client = new Client({ name: "test", version: "0" }, { capabilities });
    const requestInit = { headers: { authorization: "Bearer a" } };
    client.setNotificationHandler(LoggingMessageNotificationSchema, () => {});
    await client.connect(
      new StreamableHTTPClientTransport(new URL(door.origin + path), { requestInit }),
    );
    clients.push(client);
    return client;
  }
  const outcomes = async () =>
    (await door.rig.records()).flatMap((record) =>
      record.type === "outcome" ? [record.outcome] : [],
    );
  const malformed = (records: readonly ProctorRecord[]) =>
    records.filter(({ type }) => type === "malformed").length;
  const call = (name: string) => ({ name, arguments: { path: "/w/x" } });

  it("lists, reads, prompts and pings as without the guard", async () => {
    const client = await connect();
    const names = (await client.listTools()).tools.map(({ name }) => name);
    expect(names).toEqual(["read", "write", "delete", "ask", "ask-here", "fail", "hang"]);
    const { contents } = await client.readResource({ uri: "test://note" });
    expect(contents).toEqual([{ uri: "test://note", text: "a note" }]);
    expect((await client.getPrompt({ name: "greet" })).messages).toHaveLength(1);
    await client.ping();
    await client.setLoggingLevel("debug");
    expect(client.getServerVersion()).toEqual({ name: "fixture", version: "1" });
    expect(await outcomes()).toEqual([]);
  });

  it("carries progress and log messages on the way of a call, in order", async () => {
    const client = await connect();
    const seen: unknown[] = [];
    client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => {
      seen.push(params.data);
    });
    const result = await client.callTool(call("write"), undefined, {
      onprogress: ({ progress }) => seen.push(progress),
    });
    expect(result.content).toEqual([{ type: "text", text: "written" }]);
    expect(seen).toEqual([1, 2, 3, "writing /w/x"]);
    expect(await outcomes()).toMatchObject([
      { kind: "carried_out", observed: { protocol: { status: 200 }, tool: { isError: false } } },
    ]);
  });

  it("carries what the server asks of the client: sampling and elicitation", async () => {
    const client = await connect({ sampling: {}, elicitation: {} });
    client.setRequestHandler(CreateMessageRequestSchema, () => ({
      model: "m",
      role: "assistant",
      content: { type: "text", text: "well!" },
    }));
    client.setRequestHandler(ElicitRequestSchema, () => ({
      action: "accept",
      content: { sure: true },
    }));
    const { content } = await client.callTool({ name: "ask", arguments: {} });
    expect(content).toEqual([
      { type: "text", text: '[{"type":"text","text":"well!"},{"sure":true}]' },
    ]);
  });

  it("refuses as a result of the tool, which the server never sees", async () => {
    const client = await connect();
    const result = await client.callTool(call("delete"));
    expect(result).toMatchObject({ isError: true, _meta: { "proctor/decision": { step: 1 } } });
    expect(result.structuredContent).toBeUndefined();
    expect(JSON.stringify(result.content)).toContain("not today");
    expect(fixture.carriedOut).toEqual([]);
    expect(await outcomes()).toEqual([{ kind: "refused", code: "denied_by_policy" }]);
  });

  it("tells a tool's failure from the protocol's", async () => {
    const client = await connect();
    expect((await client.callTool({ name: "fail", arguments: {} })).isError).toBe(true);
    const session = await openSession(door, path);
    await door.post(path, request(1, "tools/call", { name: "read", arguments: {} }), session);
    const seen = (await outcomes()).map((outcome) =>
      outcome.kind === "carried_out" ? outcome.observed.tool.isError : undefined,
    );
    expect(seen).toEqual([true, true]);
  });

  it("passes a cancellation on, and records it", async () => {
    const client = await connect();
    const abort = new AbortController();
    const calling = client.callTool({ name: "hang", arguments: {} }, undefined, {
      signal: abort.signal,
    });
    await expect.poll(fixture.hanging).toBe(1);
    abort.abort("enough");
    await expect(calling).rejects.toThrow("enough");
    await expect.poll(outcomes).toMatchObject([{ kind: "cancelled", dispatched: true }]);
    await expect.poll(() => fixture.carriedOut).toEqual(["cancelled"]);
  });

  it("says as the server says that a session is lost", async () => {
    const session = await openSession(door, path);
    fixture.forget();
    const { status, json } = await door.post(path, request(1, "ping"), session);
    expect([status, json.error?.code]).toEqual([404, -32001]);
    const called = await door.post(path, request(2, "tools/call", call("read")), session);
    expect([called.status, called.json.error?.code]).toEqual([404, -32001]);
    expect(await outcomes()).toMatchObject([
      { kind: "carried_out", observed: { protocol: { status: 404, errorCode: -32001 } } },
    ]);
  });

  it("ends a session on DELETE", async () => {
    const session = await openSession(door, path);
    expect((await door.send("DELETE", path, session)).status).toBe(200);
    expect((await door.post(path, request(1, "ping"), session)).status).toBe(404);
  });

  it("keeps a session to the token and the trajectory that opened it", async () => {
    const session = await openSession(door, path);
    const theirs = { ...session, authorization: "Bearer b" };
    expect((await door.post(path, request(1, "ping"), theirs)).status).toBe(404);
    expect((await door.post("/t/other/mcp/fixture", request(1, "ping"), session)).status).toBe(400);
    expect((await door.post("/mcp/fixture", request(1, "ping"), session)).status).toBe(200);
  });

  const version = { "mcp-protocol-version": "2026-07-28" };
  const _meta = { "io.modelcontextprotocol/protocolVersion": "2026-07-28" };
  const twoReadings: [string, unknown, Record<string, string>, number][] = [
    [
      "Mcp-Name of another tool",
      request(1, "tools/call", call("read")),
      { "mcp-name": "x" },
      -32020,
    ],
    [
      "Mcp-Method of another method",
      request(1, "tools/call", call("read")),
      { "mcp-method": "ping" },
      -32020,
    ],
    [
      "another version in the header",
      request(1, "tools/list", { _meta }),
      { "mcp-protocol-version": "2025-11-25" },
      -32020,
    ],
    [
      "the version of the header in the body",
      request(1, "ping", { _meta: { "io.modelcontextprotocol/protocolVersion": "x" } }),
      version,
      -32020,
    ],
    [
      "a header of a parameter that no argument says",
      request(1, "tools/call", call("read")),
      { "mcp-param-path": "/w/y" },
      -32020,
    ],
    ["a member in another case", { ...request(1, "ping"), Method: "tools/call" }, {}, -32600],
    [
      "a parameter in another case",
      request(1, "tools/call", { ...call("read"), Name: "delete" }),
      {},
      -32600,
    ],
    [
      "a member twice",
      '{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call"}',
      {},
      -32600,
    ],
    [
      "a call without an id",
      { jsonrpc: "2.0", method: "tools/call", params: call("delete") },
      {},
      -32600,
    ],
    [
      "a call whose arguments are none",
      request(1, "tools/call", { name: "read", arguments: [] }),
      {},
      -32602,
    ],
    ["no JSON", "{", {}, -32700],
    [
      "a batch of a version without them",
      [request(1, "ping")],
      { "mcp-protocol-version": "2025-11-25" },
      -32600,
    ],
  ];
  for (const [what, message, headers, code] of twoReadings) {
    it(`refuses and sends nowhere ${what}`, async () => {
      const session = await openSession(door, path);
      const { json } = await door.post(path, message, { ...session, ...headers });
      expect(json.error?.code).toBe(code);
      expect(fixture.carriedOut).toEqual([]);
    });
  }

  it("writes down what could be read in two ways", async () => {
    await door.post(path, request(1, "tools/call", call("read")), { "mcp-name": "delete" });
    expect(malformed(await door.rig.records())).toBe(1);
  });

  it("looks at every message of a batch", async () => {
    const session = await openSession(door, path, "2025-03-26");
    const { messages } = await door.post(
      path,
      [
        request(1, "tools/call", call("read")),
        request(2, "tools/call", call("delete")),
        request(3, "ping"),
        { jsonrpc: "2.0", method: "notifications/roots/list_changed" },
      ],
      session,
    );
    const answers = messages.filter(({ method }) => method === undefined);
    expect(answers.map(({ id, result }) => [id, result?.isError])).toEqual([
      [1, undefined],
      [2, true],
      [3, undefined],
    ]);
    expect(fixture.carriedOut).toEqual(["read"]);
  });

  it("carries what the server asks of the client within a batch, before its answer", async () => {
    const session = await openSession(door, path, "2025-03-26", { sampling: {} });
    const headers = {
      authorization: "Bearer a",
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...session,
    };
    const body = JSON.stringify([
      request(1, "tools/call", { name: "ask-here", arguments: {} }),
      request(2, "tools/call", call("read")),
    ]);
    const response = await fetch(door.origin + path, { method: "POST", headers, body });
    const result = { model: "m", role: "assistant", content: { type: "text", text: "well!" } };
    const answered: unknown[] = [];
    for await (const { data } of eventsOf(response.body ?? new ReadableStream(), 65_536)) {
      if (data === undefined) continue;
      const { id, method } = JSON.parse(data);
      answered.push(method ?? id);
      if (method !== undefined) await door.post(path, { jsonrpc: "2.0", id, result }, session);
    }
    expect(answered).toEqual(["sampling/createMessage", 1, 2]);
  });
});
