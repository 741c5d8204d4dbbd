// Lists of tools pass, on whatever stream and in whatever pages, and what the client saw is on record.

import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { z } from "zod";
import type { Json } from "../../../src/core/json.ts";
import { isRedefined } from "../../../src/trajectory/offered.ts";
import { createMcpUpstream } from "../../../src/upstream/mcp/index.ts";
import { mcpUpstreamSchema } from "../../../src/upstream/mcp/schema.ts";
import { type Door, localTools, openDoor, openSession, request } from "./door.ts";

const path = "/t/t/mcp/listing";
const stream = { "content-type": "text/event-stream" };
const tool = (name: string, description = name) => ({ name, description, inputSchema: {} });

interface Asked {
  readonly id?: Json;
  readonly method?: string;
  readonly params?: { readonly cursor?: string };
}

type Answer = (asked: Asked, response: ServerResponse, others: readonly ServerResponse[]) => void;

const answered = ({ id }: Asked, result: object) => JSON.stringify({ jsonrpc: "2.0", id, result });
const event = (data: string) => `data: ${data}\n\n`;
const called: Answer = (asked, response) =>
  response.end(answered(asked, { content: [{ type: "text", text: "done" }] }));

/** How the server answers `tools/list`, and the names that are then on record. */
const ways: [string, Answer, readonly string[]][] = [
  [
    "as one body",
    (asked, response) => response.end(answered(asked, { tools: [tool("read"), tool("write")] })),
    ["read", "write"],
  ],
  [
    "as an event",
    (asked, response) =>
      response.writeHead(200, stream).end(event(answered(asked, { tools: [tool("read")] }))),
    ["read"],
  ],
  [
    "on the stream of another request",
    (asked, response, [listener]) => {
      listener?.write(event(answered(asked, { tools: [tool("read")] })));
      response.writeHead(202).end();
    },
    ["read"],
  ],
  [
    "with what is no tool among them",
    (asked, response) => response.end(answered(asked, { tools: [tool("read"), { name: 1 }, 2] })),
    ["read"],
  ],
  [
    "with an error",
    (asked, response) =>
      response.end(JSON.stringify({ jsonrpc: "2.0", id: asked.id, error: { code: -1 } })),
    [],
  ],
  [
    "to a request that nobody made",
    (asked, response) =>
      response
        .writeHead(200, stream)
        .end(
          event(answered({ id: "another" }, { tools: [tool("other")] })) +
            event(answered(asked, { tools: [tool("read")] })) +
            event(answered(asked, { tools: [tool("late")] })),
        ),
    ["read"],
  ],
];

describe("a list of tools", () => {
  let door: Door;
  let server: Server;
  const listeners: ServerResponse[] = [];

  afterEach(async () => {
    await door.close();
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
    listeners.length = 0;
  });

  async function start(list: Answer, options: Parameters<typeof openDoor>[0] = {}, more = {}) {
    server = createServer(async (incoming, response) => {
      if (incoming.method === "GET") {
        listeners.push(response);
        response.writeHead(200, stream).flushHeaders();
        return;
      }
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(chunk);
      const asked: Asked = JSON.parse(Buffer.concat(chunks).toString());
      response.setHeader("content-type", "application/json");
      (asked.method === "tools/list" ? list : called)(asked, response, listeners);
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const config = mcpUpstreamSchema.parse({ url, ...more });
    const upstream = createMcpUpstream("listing", config, { nowMs: () => 0, env: {} });
    door = await openDoor({ ...options, parts: { servers: [upstream] } });
  }

  /** Names of the tools on record, list by list. */
  async function recorded(): Promise<readonly (readonly unknown[])[]> {
    await door.post(path, request("call", "tools/call", { name: "read", arguments: {} }));
    return (await door.rig.records()).flatMap((record) =>
      record.type === "offered" ? [(record.pins ?? []).map(({ tool: name }) => name)] : [],
    );
  }

  for (const [what, list, expected] of ways) {
    it(`is on record when it comes ${what}`, async () => {
      await start(list);
      const gone = new AbortController();
      const listening = door.send("GET", path, {}, undefined, gone.signal).catch(() => undefined);
      await expect.poll(() => listeners.length).toBe(1);
      await door.post(path, request(1, "tools/list"));
      await expect.poll(recorded).toEqual(expected.length === 0 ? [] : [expected]);
      gone.abort();
      await listening;
    });
  }

  it("is put together from its pages", async () => {
    const pages = new Map([
      [undefined, { tools: [tool("read")], nextCursor: "2" }],
      ["2", { tools: [tool("write")], nextCursor: "3" }],
      ["3", { tools: [tool("delete")] }],
    ]);
    await start((asked, response) =>
      response.end(answered(asked, pages.get(asked.params?.cursor) ?? { tools: [] })),
    );
    for (const cursor of pages.keys()) {
      await door.post(path, request(`page ${cursor}`, "tools/list", cursor ? { cursor } : {}));
    }
    expect(await recorded()).toEqual([["delete", "read", "write"]]);
    await door.post(path, request("again", "tools/list"));
    expect(await recorded()).toEqual([["delete", "read", "write"], ["read"]]);
  });

  describe("with tools that the policy denies", () => {
    const denying: Parameters<typeof openDoor>[0] = {
      decide: ({ call, state }) =>
        call.tool === "write" || isRedefined(state, call.upstream, call.tool) ? "deny" : "allow",
    };
    const both = { tools: [tool("read"), tool("write")], ttlMs: 1, cacheScope: "public" };
    const events: Answer = (asked, response) =>
      response.writeHead(200, stream).end(`id: 7\n${event(answered(asked, both))}`);
    const body: Answer = (asked, response) => response.end(answered(asked, both));
    const names = (result: Readonly<Record<string, unknown>> | undefined) =>
      Array.isArray(result?.tools) ? result.tools.map(({ name }) => name) : result;

    it.each([
      ["passes whole as usual", body, {}, ["read", "write"], "public"],
      ["leaves them out where that is asked for", body, { hideDenied: true }, ["read"], "private"],
      ["leaves them out of an event", events, { hideDenied: true }, ["read"], "private"],
    ])("%s", async (_, list, more, expected, cacheScope) => {
      await start(list, denying, more);
      const { json, text } = await door.post(path, request(1, "tools/list"));
      expect(names(json.result)).toEqual(expected);
      expect(json.result).toMatchObject({ ttlMs: 1, cacheScope });
      if (list === events) expect(text).toMatch(/^id: 7\ndata: \{.*\}\n\n$/);
      expect(await recorded()).toEqual([expected]);
    });

    it("leaves out one that has just changed, and records it as changed and not as offered", async () => {
      let description = "reads";
      await start(
        (asked, response) => response.end(answered(asked, { tools: [tool("read", description)] })),
        denying,
        { hideDenied: true },
      );
      const list = async () => names((await door.post(path, request(1, "tools/list"))).json.result);
      expect(await list()).toEqual(["read"]);
      expect(await recorded()).toEqual([["read"]]);
      description = "reads, and more";
      expect(await list()).toEqual([]);
      expect(await recorded()).toEqual([["read"], []]);
      const changed = (await door.rig.records()).filter(({ type }) => type === "redefined");
      expect(changed).toMatchObject([{ tool: "read", event: { kind: "noticed" } }]);
    });
  });

  it.each([
    { hideDenied: false, expected: ["read", "write", "delete"] },
    { hideDenied: true, expected: ["read", "delete"] },
  ])("of the embedded tools is filtered where that is asked for: $hideDenied", async (row) => {
    const { hideDenied, expected } = row;
    door = await openDoor({
      decide: ({ call }) => (call.tool === "write" ? "deny" : "allow"),
      parts: { local: { ...localTools(), hideDenied } },
    });
    const local = "/t/t/mcp/local";
    const session = await openSession(door, local);
    const { json } = await door.post(local, request(1, "tools/list"), session);
    const { tools } = z
      .object({ tools: z.array(z.object({ name: z.string() })) })
      .parse(json.result);
    expect(tools.map(({ name }) => name)).toEqual(expected);
    // Whoever guesses the name is refused as before.
    const call = { name: "write", arguments: { path: "/w" } };
    const refused = await door.post(local, request(2, "tools/call", call), session);
    expect(refused.json.result?.isError).toBe(true);
    const records = await door.rig.records();
    expect(records[1]).toMatchObject({ type: "offered", count: expected.length });
  });

  it("of the embedded tools is on record as well", async () => {
    await start(called);
    const meta = {
      "io.modelcontextprotocol/protocolVersion": "2026-07-28",
      "io.modelcontextprotocol/clientCapabilities": {},
    };
    const headers = (method: string, name?: string) => ({
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": method,
      ...(name && { "mcp-name": name }),
    });
    const local = "/t/t/mcp/local";
    await door.post(local, request(1, "tools/list", { _meta: meta }), headers("tools/list"));
    const call = { _meta: meta, name: "read", arguments: { path: "/w" } };
    await door.post(local, request(2, "tools/call", call), headers("tools/call", "read"));
    const records = await door.rig.records();
    expect(records.map(({ type }) => type)).toEqual(["opened", "offered", "intent", "outcome"]);
    expect(records[1]).toMatchObject({ door: "mcp", upstream: "local", count: 3 });
  });
});
