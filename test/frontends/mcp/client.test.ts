// The MCP front end through its socket: the official client, and messages that no client sends.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createAdaptorServer } from "@hono/node-server";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { composeGuard, type Guard } from "../../../src/compose.ts";
import { loadConfig } from "../../../src/config.ts";
import { systemClock } from "../../../src/core/clock.ts";

const silent = { debug() {}, info() {}, warn() {}, error() {} };

describe("the MCP front end", () => {
  let folder: string;
  let guard: Guard;
  let server: Server;
  let url: string;
  let token: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "proctor-mcp-"));
    const settings = {
      approvals: { maxHoldMs: 0 },
      embedded: { bash: { offered: false } },
      limits: { maxBodyBytes: 65_536 },
    };
    writeFileSync(join(folder, "proctor.yaml"), JSON.stringify(settings));
    const config = loadConfig({}, {}, folder);
    const programFolder = resolve(import.meta.dirname, "../../..");
    guard = await composeGuard(config, {
      clock: systemClock,
      log: silent,
      version: "0.0.0",
      programFolder,
    });
    await guard.start();
    token = readFileSync(join(config.data, "agent.token"), "utf8").trim();
    server = createAdaptorServer({ fetch: guard.agentApp.fetch }) as Server;
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp/local`;
  });

  afterAll(async () => {
    server?.close();
    await guard?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function post(body: string, more: Record<string, string> = {}) {
    const headers = {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      ...more,
    };
    const response = await fetch(url, { method: "POST", headers, body });
    const text = await response.text();
    const answer = text.startsWith("{") ? JSON.parse(text) : {};
    return { status: response.status, answer, session: response.headers.get("mcp-session-id") };
  }

  it("serves the official client: lists, calls, and refuses with a reason for the model", async () => {
    const client = new Client({ name: "test", version: "0" });
    const headers = { authorization: `Bearer ${token}` };
    await client.connect(
      new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }),
    );
    await client.ping();
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toContain("write_file");
    const written = await client.callTool({
      name: "write_file",
      arguments: { path: "a.txt", content: "x" },
    });
    expect(written.isError ?? false).toBe(false);
    writeFileSync(join(guard.workspace, "unseen.txt"), "x");
    const refused = await client.callTool({
      name: "delete_file",
      arguments: { path: "unseen.txt" },
    });
    expect(refused.isError).toBe(true);
    expect(refused.structuredContent).toBeUndefined();
    expect(JSON.stringify(refused.content)).toContain("List or read it first");
    expect(readFileSync(join(guard.workspace, "unseen.txt"), "utf8")).toBe("x");
    await client.close();
  });

  const meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  const modern = (method: string, params: object = {}) =>
    JSON.stringify({ jsonrpc: "2.0", id: 1, method, params: { ...params, _meta: meta } });
  const version = { "mcp-protocol-version": "2026-07-28" };
  const read = { name: "list_directory", arguments: { path: "." } };
  const called = { ...version, "mcp-method": "tools/call", "mcp-name": "list_directory" };

  const rows: [string, string, Record<string, string>, number, number | undefined][] = [
    [
      "discover",
      modern("server/discover"),
      { ...version, "mcp-method": "server/discover" },
      200,
      undefined,
    ],
    ["a call", modern("tools/call", read), called, 200, undefined],
    [
      "a name in base64",
      modern("tools/call", read),
      { ...called, "mcp-name": `=?base64?${btoa("list_directory")}?=` },
      200,
      undefined,
    ],
    [
      "another Mcp-Name",
      modern("tools/call", read),
      { ...called, "mcp-name": "read_file" },
      400,
      -32020,
    ],
    [
      "another Mcp-Method",
      modern("tools/call", read),
      { ...called, "mcp-method": "tools/list" },
      400,
      -32020,
    ],
    ["no Mcp-Method", modern("tools/list"), version, 400, -32020],
    [
      "another version in the header",
      modern("tools/list"),
      { "mcp-protocol-version": "2025-11-25", "mcp-method": "tools/list" },
      400,
      -32020,
    ],
    ["no _meta", '{"jsonrpc":"2.0","id":1,"method":"tools/list"}', version, 400, -32602],
    ["an unknown method", modern("a/b"), { ...version, "mcp-method": "a/b" }, 404, -32601],
    ["no session", '{"jsonrpc":"2.0","id":1,"method":"tools/list"}', {}, 400, -32600],
    [
      "an unknown session",
      '{"jsonrpc":"2.0","id":1,"method":"ping"}',
      { "mcp-session-id": "x" },
      404,
      -32600,
    ],
    ["a batch without a session", "[]", {}, 400, -32600],
    ["no JSON", "{", {}, 400, -32700],
    ["a member twice", '{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}', {}, 400, -32600],
    ["a huge message", `"${"x".repeat(100_000)}"`, {}, 413, -32600],
  ];
  for (const [name, body, headers, status, code] of rows) {
    it(`answers as the protocol says: ${name}`, async () => {
      const found = await post(body, headers);
      expect([found.status, found.answer.error?.code]).toEqual([status, code]);
    });
  }

  it("keeps a session to its version and to its trajectory", async () => {
    const params = { protocolVersion: "2025-11-25", capabilities: {} };
    const hello = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params });
    const { session } = await post(hello);
    const ping = '{"jsonrpc":"2.0","id":2,"method":"ping"}';
    const own = { "mcp-session-id": session ?? "" };
    expect((await post(ping, own)).status).toBe(200);
    expect((await post(ping, { ...own, "proctor-trajectory": "other" })).status).toBe(400);
    expect((await post(`[${ping}]`, own)).status).toBe(400);
  });
});
