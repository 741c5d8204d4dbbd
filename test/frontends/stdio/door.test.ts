// The wrapper between a client and a server over stdio: what passes, what is judged, what is answered here.

import { describe, expect, it } from "vitest";
import type { Verdict } from "../../../src/core/decision.ts";
import { ProctorError } from "../../../src/core/errors.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { createStdioDoor } from "../../../src/frontends/stdio/door.ts";
import { createRig } from "../../gateway/rig.ts";

interface Message {
  readonly id?: number | string | null;
  readonly method?: string;
  readonly params?: JsonObject;
  readonly result?: JsonObject;
  readonly error?: { readonly code: number; readonly message: string };
}

const text = (value: unknown) => JSON.stringify(value);
const request = (id: number, method: string, params: object = {}) => ({
  jsonrpc: "2.0",
  id,
  method,
  params,
});
const call = (id: number, name: string, meta?: object) =>
  request(id, "tools/call", {
    name,
    arguments: { path: "/a" },
    ...(meta === undefined ? {} : { _meta: meta }),
  });
const modern = { "io.modelcontextprotocol/protocolVersion": "2026-07-28" };

/** `delete` is denied; the server does nothing by itself. */
async function open(
  options: { withholdRoots?: boolean; hideDenied?: boolean; callTimeoutMs?: number } = {},
) {
  const verdict = (tool: string): Verdict => (tool === "delete" ? "deny" : "allow");
  const rig = await createRig({ decide: ({ call: { tool } }) => verdict(tool) });
  const toServer: Message[] = [];
  const lines: string[] = [];
  const toClient: Message[] = [];
  const answers: string[] = [];
  const door = createStdioDoor({
    judge: rig.gateway,
    agent: "a",
    naming: { name: "process", identifiedBy: "connection" },
    session: "session",
    server: {
      name: "s",
      context: { shell: "persistent", environment: "inherited", filesystem: "ours" },
      withholdRoots: options.withholdRoots ?? false,
      hideDenied: options.hideDenied ?? false,
      callTimeoutMs: options.callTimeoutMs ?? 60_000,
    },
    limits: { maxLength: 65_536, maxDepth: 16 },
    toServer(message, line) {
      expect(JSON.parse(line)).toEqual(message);
      toServer.push(message);
      lines.push(line);
    },
    toClient(line) {
      answers.push(line);
      toClient.push(JSON.parse(line));
    },
  });
  return {
    answers,
    rig,
    door,
    toServer,
    toClient,
    lines,
    client: (message: unknown) =>
      door.fromClient(typeof message === "string" ? message : text(message)),
    server: (message: JsonObject) => door.fromServer(message, text(message)),
    outcomes: async () =>
      (await rig.records("process")).flatMap((record) =>
        record.type === "outcome" ? [record.outcome.kind] : [],
      ),
  };
}

const done = (id: number, isError = false) => ({
  jsonrpc: "2.0",
  id,
  result: { content: [], ...(isError ? { isError } : {}) },
});

describe("what is no call", () => {
  it("passes both ways as it was written, and opens no trajectory", async () => {
    const { client, server, door, lines, answers, toClient, rig } = await open();
    const odd = '{"jsonrpc": "2.0", "id": 1, "method": "x/unknown", "params": {"n": 1e400}}';
    client(odd);
    expect(lines).toEqual([odd]);
    const answer = '{"jsonrpc":"2.0","id":1,"result":{"n":12345678901234567890}}';
    door.fromServer(JSON.parse(answer), answer);
    expect(answers).toEqual([answer]);
    server({ jsonrpc: "2.0", method: "notifications/message", params: {} });
    server({ jsonrpc: "2.0", id: 1, method: "sampling/createMessage", params: {} });
    client({ jsonrpc: "2.0", id: 1, result: {} });
    expect(toClient).toHaveLength(3);
    expect(lines).toHaveLength(2);
    expect(await rig.records("process")).toEqual([]);
  });

  it("loses the client's roots where they are withheld, in either era", async () => {
    const { client, toServer } = await open({ withholdRoots: true });
    const roots = { roots: { listChanged: true }, sampling: {} };
    client(request(1, "initialize", { capabilities: roots }));
    const meta = { ...modern, "io.modelcontextprotocol/clientCapabilities": roots };
    client(request(2, "tools/list", { _meta: meta }));
    expect(toServer.map(({ params }) => text(params).includes('"roots"'))).toEqual([false, false]);
    expect(toServer.map(({ params }) => text(params).includes("sampling"))).toEqual([true, true]);
  });
});

describe("a call", () => {
  it("reaches the server, and its result the client when the outcome is written", async () => {
    const { client, server, door, toServer, toClient, outcomes } = await open();
    client(call(1, "write"));
    await door.passed();
    expect(toServer).toEqual([call(1, "write")]);
    expect(toClient).toEqual([]);
    server(done(1));
    await door.settled();
    expect(toClient).toEqual([done(1)]);
    expect(await outcomes()).toEqual(["carried_out"]);
  });

  it.each([
    { era: "with sessions", meta: undefined, resultType: undefined },
    { era: "without sessions", meta: modern, resultType: "complete" },
  ])("that is denied is answered here, $era", async ({ meta, resultType }) => {
    const { client, door, toServer, toClient, outcomes } = await open();
    client(call(7, "delete", meta));
    await door.settled();
    expect(toServer).toEqual([]);
    expect(toClient).toMatchObject([{ id: 7, result: { isError: true } }]);
    expect(toClient[0]?.result?.resultType).toBe(resultType);
    expect(text(toClient[0])).toContain("not today");
    expect(await outcomes()).toEqual(["refused"]);
  });

  it("that the server fails, or answers with an error, is recorded as that", async () => {
    const { client, server, door, rig } = await open();
    for (const id of [1, 2, 3]) client(call(id, "write"));
    await door.passed();
    server(done(1, true));
    server({ jsonrpc: "2.0", id: 2, error: { code: -32602, message: "no" } });
    door.serverEnded(new ProctorError("upstream_failed", "the server ended (1)"));
    await door.settled();
    const found = (await rig.records("process")).flatMap((record) =>
      record.type === "outcome" ? [record.outcome] : [],
    );
    expect(found).toMatchObject([
      { kind: "carried_out", observed: { tool: { isError: true } } },
      { kind: "carried_out", observed: { protocol: { errorCode: -32602 } } },
      { kind: "failed", code: "upstream_failed" },
    ]);
  });

  it("that is cancelled gets no answer, and the server is told if it has it", async () => {
    const { client, server, door, toServer, toClient, outcomes } = await open();
    client(call(1, "write"));
    await door.passed();
    const cancelled = {
      jsonrpc: "2.0",
      method: "notifications/cancelled",
      params: { requestId: 1 },
    };
    client(cancelled);
    await door.settled();
    expect(toServer).toEqual([call(1, "write"), cancelled]);
    // It answers all the same, later: that is nobody's.
    server(done(1));
    expect(toClient).toEqual([]);
    expect(await outcomes()).toEqual(["cancelled"]);
  });

  it("that takes too long is answered here, and a late result is not passed", async () => {
    const { client, server, door, toClient } = await open({ callTimeoutMs: 1 });
    client(call(1, "write"));
    await door.settled();
    server(done(1));
    expect(toClient).toMatchObject([{ id: 1, result: { isError: true } }]);
    expect(text(toClient)).toContain("upstream_timeout");
  });

  it("belongs to the session of the protocol, where there is one", async () => {
    const { client, server, door, rig } = await open();
    client(request(0, "initialize", { capabilities: {} }));
    server({ jsonrpc: "2.0", id: 0, result: { protocolVersion: "2025-11-25" } });
    client(call(1, "delete"));
    await door.settled();
    const opened = (await rig.records("process")).flatMap((each) =>
      each.type === "opened" ? [each.identifiedBy] : [],
    );
    expect(opened).toEqual(["harness"]);
  });
});

describe("a message that two readers could take for two", () => {
  const rows = [
    { what: "no JSON", line: "{nonsense", code: -32700 },
    { what: "no message", line: '"text"', code: -32600 },
    {
      what: "a member twice",
      line: '{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call"}',
      code: -32600,
    },
    {
      what: "a member in another case",
      line: '{"jsonrpc":"2.0","id":1,"Method":"tools/call","method":"ping"}',
      code: -32600,
    },
    {
      what: "a call without an id",
      line: '{"jsonrpc":"2.0","method":"tools/call","params":{"name":"write"}}',
      code: -32600,
    },
    { what: "a batch where there is none", line: text([call(1, "delete")]), code: -32600 },
    { what: "nesting without end", line: `{"a":${"[".repeat(40)}${"]".repeat(40)}}`, code: -32600 },
  ];
  it.each(rows)("goes nowhere: $what", async ({ line, code }) => {
    const { client, door, toServer, toClient } = await open();
    client(line);
    await door.settled();
    expect(toServer).toEqual([]);
    expect(toClient).toMatchObject([{ error: { code } }]);
  });

  it("goes nowhere: an id that is under way, be it of a call or not", async () => {
    const { client, door, toServer, toClient } = await open();
    client(request(1, "ping"));
    client(call(1, "write"));
    client(call(2, "write"));
    client(request(2, "ping"));
    await door.passed();
    expect(toServer.map(({ method }) => method)).toEqual(["ping", "tools/call"]);
    expect(toClient).toMatchObject([
      { id: 1, error: { code: -32600 } },
      { id: 2, error: { code: -32600 } },
    ]);
  });
});

it("a batch of the revision that has them is judged message by message", async () => {
  const { client, server, door, toServer, toClient } = await open();
  client(request(0, "initialize", { capabilities: {} }));
  server({ jsonrpc: "2.0", id: 0, result: { protocolVersion: "2025-03-26" } });
  client([request(1, "ping"), call(2, "delete"), call(3, "write")]);
  await door.passed();
  server(done(3));
  await door.settled();
  expect(toServer.map(({ method }) => method)).toEqual(["initialize", "ping", "tools/call"]);
  expect(toClient.slice(1)).toMatchObject([{ id: 2, result: { isError: true } }, { id: 3 }]);
});

it("a guard that throws refuses", async () => {
  const toServer: unknown[] = [];
  const toClient: string[] = [];
  const door = createStdioDoor({
    judge: {
      handle: async () => {
        throw new ProctorError("store_unavailable", "the disk is full");
      },
      offered: () => {},
      task: async () => {},
      hidden: async () => new Set(),
      malformed: async () => {},
    },
    agent: "a",
    naming: { name: "process", identifiedBy: "connection" },
    session: "session",
    server: {
      name: "s",
      context: { shell: "persistent", environment: "inherited", filesystem: "ours" },
      withholdRoots: false,
      hideDenied: false,
      callTimeoutMs: 1_000,
    },
    limits: { maxLength: 65_536, maxDepth: 16 },
    toServer: (message) => void toServer.push(message),
    toClient: (line) => void toClient.push(line),
  });
  door.fromClient(text(call(1, "write")));
  await door.settled();
  expect(toServer).toEqual([]);
  expect(toClient.join()).toContain("the disk is full");
});

it("a list of tools is on record with the call that comes after it", async () => {
  const { client, server, door, rig, toServer } = await open();
  const tools = [{ name: "read", description: "Reads.", inputSchema: { type: "object" } }];
  client(request(1, "tools/list"));
  server({ jsonrpc: "2.0", id: 1, result: { tools } });
  client(request(2, "tools/call", { name: "read", arguments: { path: "/a" } }));
  await expect.poll(() => toServer.length).toBe(2);
  server({ jsonrpc: "2.0", id: 2, result: { content: [] } });
  await door.settled();
  expect(await rig.records("process")).toMatchObject([
    { type: "opened" },
    { type: "offered", upstream: "s", tools: { inline: tools } },
    { type: "intent" },
    { type: "outcome" },
  ]);
});

describe("tools that the policy denies", () => {
  const tools = ["read", "delete"].map((name) => ({ name, inputSchema: { type: "object" } }));
  const listed = (messages: readonly Message[]) =>
    messages.flatMap(({ result }) =>
      Array.isArray(result?.tools) ? [result.tools.map((tool) => Object(tool).name)] : [],
    );

  it.each([
    { hideDenied: false, expected: ["read", "delete"] },
    { hideDenied: true, expected: ["read"] },
  ])("are listed, unless they are to be hidden: $hideDenied", async ({ hideDenied, expected }) => {
    const { client, server, door, rig, toClient } = await open({ hideDenied });
    client(request(1, "tools/list"));
    server({ jsonrpc: "2.0", id: 1, result: { tools } });
    await door.settled();
    expect(listed(toClient)).toEqual([expected]);
    // What the model had is what is on record, and whoever guesses the name is refused as before.
    client(call(2, "delete"));
    await door.settled();
    const records = await rig.records("process");
    expect(records.find(({ type }) => type === "offered")).toMatchObject({
      count: expected.length,
    });
    expect(records.at(-1)).toMatchObject({ type: "outcome", outcome: { kind: "refused" } });
  });

  it("are no list at all where the guard cannot say which they are", async () => {
    const { client, server, door, rig, toClient } = await open({ hideDenied: true });
    await rig.store.close();
    client(request(1, "tools/list"));
    server({ jsonrpc: "2.0", id: 1, result: { tools } });
    await door.settled();
    expect(toClient).toMatchObject([{ id: 1, error: { code: -32600 } }]);
  });
});
