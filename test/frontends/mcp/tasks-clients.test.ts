// Tasks of MCP servers behind the guard: official clients notice nothing, and the calls have outcomes.

import {
  Client as Client2,
  StreamableHTTPClientTransport as Http2,
} from "@modelcontextprotocol/client";
import {
  createTaskSessionFromClient,
  type RawClientDispatch,
  resultFromTaskOutcome,
} from "@modelcontextprotocol/ext-tasks/client";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { afterEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { createMcpUpstream } from "../../../src/upstream/mcp/index.ts";
import { mcpUpstreamSchema } from "../../../src/upstream/mcp/schema.ts";
import { type Door, openDoor } from "./door.ts";
import { startSessionTasks, startStatelessTasks, type TaskServer } from "./task-servers.ts";
import { whatBecame } from "./tasks-told.ts";

const world = { nowMs: () => 0, env: {} };
const headers = { authorization: "Bearer a" };
let server: TaskServer;
let door: Door;
const closing: (() => Promise<unknown>)[] = [];

async function start(begin: () => Promise<TaskServer>): Promise<string> {
  server = await begin();
  const config = mcpUpstreamSchema.parse({ url: server.url });
  door = await openDoor({ parts: { servers: [createMcpUpstream("builder", config, world)] } });
  return `${door.origin}/t/t/mcp/builder`;
}
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  await door.close();
  await server.close();
});
const recorded = async () => (await door.rig.records()).flatMap(whatBecame);

describe("in the era with sessions: client and server of the official SDK", () => {
  async function connect(url: string): Promise<Client> {
    const client = new Client({ name: "test", version: "0" });
    await client.connect(
      new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }),
    );
    closing.push(() => client.close());
    // The client knows by it which tools run as tasks.
    await client.listTools();
    return client;
  }
  async function run(url: string, how: string): Promise<readonly string[]> {
    const client = await connect(url);
    const said: string[] = [];
    const stream = client.experimental.tasks.callToolStream(
      { name: "build", arguments: { how } },
      undefined,
      { task: { ttl: 60_000 } },
    );
    for await (const message of stream) {
      if (message.type === "result") said.push(JSON.stringify(message.result.content));
      else if (message.type !== "taskStatus") said.push(message.type);
      else if (message.task.status !== "working") said.push(message.task.status);
    }
    return said;
  }

  it.each([
    {
      how: "well",
      says: ["taskCreated", "completed", '[{"type":"text","text":"built well"}]'],
      records: ["began", "carried_out (result unseen)", "carried_out built well"],
    },
    {
      how: "badly",
      says: ["taskCreated", "failed", "error"],
      records: ["began", "carried_out failed (result unseen)"],
    },
  ])("a task that ends $how", async ({ how, says, records }) => {
    const guarded = await start(startSessionTasks);
    expect(await run(server.url, how)).toEqual(says);
    expect(await run(guarded, how)).toEqual(says);
    expect(await recorded()).toEqual(records);
  });

  it("a task that the client cancels", async () => {
    const client = await connect(await start(startSessionTasks));
    const stream = client.experimental.tasks.callToolStream(
      { name: "build", arguments: { how: "never" } },
      undefined,
      { task: { ttl: 60_000 } },
    );
    for await (const message of stream) {
      if (message.type !== "taskCreated") continue;
      const { status } = await client.experimental.tasks.cancelTask(message.task.taskId);
      expect(status).toBe("cancelled");
      break;
    }
    expect(await recorded()).toEqual(["began", "cancel_asked", "cancelled"]);
  });

  it("a session learns nothing of another's task, and writes nothing of it", async () => {
    const url = await start(startSessionTasks);
    const [owner, other] = [await connect(url), await connect(url)];
    const stream = owner.experimental.tasks.callToolStream(
      { name: "build", arguments: { how: "never" } },
      undefined,
      { task: { ttl: 60_000 } },
    );
    for await (const message of stream) {
      if (message.type !== "taskCreated") continue;
      const { taskId } = message.task;
      await expect(other.experimental.tasks.getTask(taskId)).rejects.toThrow(/not found/i);
      await expect(other.experimental.tasks.cancelTask(taskId)).rejects.toThrow(/not found/i);
      break;
    }
    expect(await recorded()).toEqual(["began"]);
  });
});

describe("in the era without sessions: the client of the official extension", () => {
  async function run(url: string, how: string): Promise<unknown> {
    const client = new Client2(
      { name: "test", version: "0" },
      { versionNegotiation: { mode: { pin: "2026-07-28" } } },
    );
    await client.connect(new Http2(new URL(url), { requestInit: { headers } }));
    closing.push(() => client.close());
    const clientInfo = { name: "test", version: "0" };
    const session = createTaskSessionFromClient(client, {
      endpointId: url,
      rawDispatch: dispatchTo(url),
      v2RequestFraming: { protocolVersion: "2026-07-28", clientInfo, clientCapabilities: {} },
    });
    const execution = await session.callTool("build", { how });
    const { outcome } = await execution.settle();
    await session.close();
    return resultFromTaskOutcome(outcome);
  }

  it.each([
    { how: "well", record: "carried_out built well" },
    { how: "badly", record: "carried_out failed built badly" },
  ])("a task that ends $how", async ({ how, record }) => {
    const guarded = await start(startStatelessTasks);
    const direct = await run(server.url, how);
    expect(JSON.stringify(direct)).toContain(`built ${how}`);
    expect(await run(guarded, how)).toEqual(direct);
    expect(await recorded()).toEqual(["began", record]);
  });
});

const answerSchema = z.looseObject({
  result: z.json().optional(),
  error: z.looseObject({ code: z.number(), message: z.string() }).optional(),
});

/** What the SDK does not send by itself: the requests of the extension. */
function dispatchTo(url: string): RawClientDispatch {
  let id = 0;
  return async function dispatch(request) {
    const message = { jsonrpc: "2.0", ...Object(request), id: `task-${++id}` };
    const { method, params } = message;
    const response = await fetch(url, {
      method: "POST",
      headers: {
        ...headers,
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        "mcp-protocol-version": "2026-07-28",
        "mcp-method": method,
        "mcp-name": params.taskId ?? params.name,
      },
      body: JSON.stringify(message),
    });
    const { result, error } = answerSchema.parse(await response.json());
    return error === undefined
      ? { kind: "result", result: result ?? null }
      : { kind: "error", error: { ...error, data: null } };
  };
}
