// Tasks of an MCP server over HTTP that says what a test makes it say: sessions that end, streams, agents.

import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Json, JsonObject } from "../../../src/core/json.ts";
import type { ProctorRecord } from "../../../src/core/record.ts";
import { createMcpUpstream } from "../../../src/upstream/mcp/index.ts";
import { mcpUpstreamSchema } from "../../../src/upstream/mcp/schema.ts";
import { failing } from "../../gateway/failing.ts";
import { memoryStore } from "../../gateway/rig.ts";
import { type Door, openDoor, request } from "./door.ts";
import { whatBecame } from "./tasks-told.ts";

interface Asked {
  readonly id?: Json;
  readonly method: string;
  readonly params: JsonObject;
}
type Answer = (asked: Asked, response: ServerResponse) => void;

const path = "/t/t/mcp/s";
const session = { "mcp-session-id": "one" };
const other = { "mcp-session-id": "two" };
const meta = { "io.modelcontextprotocol/protocolVersion": "2026-07-28" };
const headersOf = (method: string) => ({
  "mcp-protocol-version": "2026-07-28",
  "mcp-method": method,
});
const body = ({ id }: Asked, result: object) => JSON.stringify({ jsonrpc: "2.0", id, result });
const task = (status: string) => ({ taskId: "T", status });
const text = { content: [{ type: "text", text: "done" }] };

/** A task for each call; `tasks/result` brings its result, and `tasks/get` says that it goes on. */
const usual: Answer = (asked, response) => {
  const answers: Readonly<Record<string, object>> = {
    "tools/call": { task: task("working") },
    "tasks/get": task("working"),
    "tasks/result": text,
  };
  response.end(body(asked, answers[asked.method] ?? {}));
};

let server: Server;
let door: Door;
let answer: Answer;
let broken: boolean;
let listener: ServerResponse | undefined;

beforeEach(async () => {
  [answer, broken, listener] = [usual, false, undefined];
  server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    if (incoming.method === "GET") {
      listener = response.writeHead(200, { "content-type": "text/event-stream" });
      listener.write(": open\n\n");
      return;
    }
    if (incoming.method === "DELETE") return void response.writeHead(204).end();
    response.setHeader("content-type", "application/json");
    answer(JSON.parse(Buffer.concat(chunks).toString("utf8")), response);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
  const store = failing(
    await memoryStore(),
    (records) => broken && records.some(({ type }) => type === "outcome" || type === "task"),
  );
  door = await openDoor({
    store,
    parts: { servers: [createMcpUpstream("s", mcpUpstreamSchema.parse({ url }), world)] },
  });
});
afterEach(async () => {
  await door.close();
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
});

const world = { nowMs: () => 0, env: {} };
const call = { name: "write", arguments: { path: "/w" }, task: {} };
const begin = () => door.post(path, request(1, "tools/call", call), session);
const ask = (id: number, method: string, headers: Record<string, string> = session) =>
  door.post(path, request(id, method, { taskId: "T" }), headers);
const told = async (id = "t") => (await door.rig.records(id)).flatMap(whatBecame);

it("the outcome is written down before the result leaves", async () => {
  await begin();
  broken = true;
  const { json } = await ask(2, "tasks/result");
  expect(json).toMatchObject({ id: 2, error: { data: { code: "outcome_unrecorded" } } });
  expect(JSON.stringify(json)).not.toContain("done");
  broken = false;
  // What could not be written is, before anything else of the trajectory.
  expect((await ask(3, "tasks/result")).json.result).toEqual(text);
  expect(await told()).toEqual(["began", "carried_out done"]);
});

it("a handle that cannot be recorded does not leave either", async () => {
  broken = true;
  const { json } = await begin();
  expect(json.result).toMatchObject({ isError: true });
  expect(JSON.stringify(json)).toContain("outcome_unrecorded");
});

it("that somebody asks for its end is written down before the server hears of it", async () => {
  await begin();
  const heard: string[] = [];
  answer = (asked, response) => {
    heard.push(asked.method);
    usual(asked, response);
  };
  broken = true;
  expect((await ask(2, "tasks/cancel")).json.error).toMatchObject({ code: -31_000 });
  expect(heard).toEqual([]);
});

it.each([
  {
    how: "the server has lost it",
    end: async () => {
      answer = (_, response) => response.writeHead(404).end();
      expect((await ask(2, "tasks/get")).status).toBe(404);
    },
  },
  {
    how: "the client ends it",
    end: async () => void (await door.send("DELETE", path, session)),
  },
])("a session that ends takes its tasks with it: $how", async ({ end }) => {
  await begin();
  // Of another session nothing ends.
  await door.post(path, request(1, "tools/call", call), other);
  await end();
  expect(await told()).toEqual(["began", "began", "unknown"]);
});

it("a notification on the stream of the session is as good as an answer", async () => {
  await begin();
  const stream = door.send("GET", path, session);
  await expect.poll(() => listener !== undefined).toBe(true);
  const method = "notifications/tasks/status";
  const said = JSON.stringify({ jsonrpc: "2.0", method, params: task("failed") });
  listener?.end(`data: ${said}\n\n`);
  expect((await stream).messages).toEqual([JSON.parse(said)]);
  expect(await told()).toEqual(["began", "carried_out failed (result unseen)"]);
});

it("an answer on a stream that was taken up again is one", async () => {
  await begin();
  answer = (_, response) => response.writeHead(202).end();
  await ask(2, "tasks/result");
  const stream = door.send("GET", path, session);
  await expect.poll(() => listener !== undefined).toBe(true);
  listener?.end(`id: 1\ndata: ${body({ id: 2, method: "", params: {} }, text)}\n\n`);
  expect((await stream).messages).toMatchObject([{ id: 2 }]);
  expect(await told()).toEqual(["began", "carried_out done"]);
});

it("the same id in another session, or of another agent, is another task", async () => {
  await begin();
  await ask(2, "tasks/result", other);
  await ask(3, "tasks/cancel", { authorization: "Bearer b" });
  expect(await told()).toEqual(["began"]);
  await ask(2, "tasks/result");
  expect(await told()).toEqual(["began", "carried_out done"]);
});

it("without a session the agent may ask on another connection", async () => {
  answer = (asked, response) =>
    response.end(
      body(
        asked,
        asked.method === "tools/call"
          ? { resultType: "task", ...task("working") }
          : { resultType: "complete", ...task("completed"), result: text },
      ),
    );
  const params = { name: "write", arguments: { path: "/w" }, _meta: meta };
  await door.post("/t/one/mcp/s", request(1, "tools/call", params), headersOf("tools/call"));
  const poll = request(1, "tasks/get", { taskId: "T", _meta: meta });
  await door.post("/t/b/mcp/s", poll, { ...headersOf("tasks/get"), authorization: "Bearer b" });
  expect(await told("one")).toEqual(["began"]);
  await door.post("/t/two/mcp/s", poll, headersOf("tasks/get"));
  expect(await told("one")).toEqual(["began", "carried_out done"]);
});

it("`Mcp-Name` says which task is asked about, or the request is refused", async () => {
  const poll = request(1, "tasks/get", { taskId: "T", _meta: meta });
  const headers = { ...headersOf("tasks/get"), "mcp-name": "another" };
  const { status, json } = await door.post(path, poll, headers);
  expect([status, json.error?.code]).toEqual([400, -32_020]);
});

it("a guard that was started anew finds the task in the record", async () => {
  await begin();
  const records: ProctorRecord[] = await door.rig.records("t");
  expect(records.at(-1)).toMatchObject({ type: "task", event: { kind: "began" } });
  // A door without memory of it.
  const fresh = await openDoor({ store: door.rig.store, parts: { servers: serversOf() } });
  const { json } = await fresh.post(path, request(2, "tasks/result", { taskId: "T" }), session);
  expect(json.result).toEqual(text);
  expect((await fresh.rig.records("t")).flatMap(whatBecame)).toEqual(["began", "carried_out done"]);
});

function serversOf() {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
  return [createMcpUpstream("s", mcpUpstreamSchema.parse({ url }), world)];
}
