// A guard that is killed during a call of an MCP server, and started again: over HTTP, and behind the wrapper.

import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openRecords } from "../../src/compose/records.ts";
import { loadConfig } from "../../src/config.ts";
import { systemClock } from "../../src/core/clock.ts";
import { deferred } from "../../src/core/deferred.ts";
import { thisProgram } from "../../src/program.ts";
import { quietPort } from "../ports.ts";
import { createClient, createGuardFolder, type GuardFolder, type RunningGuard } from "./guard.ts";

const programFolder = thisProgram().folder;
const main = join(programFolder, "dist/src/main.js");
const log = { debug() {}, info() {}, warn() {}, error() {} };
const world = { clock: systemClock, log, version: "0", programFolder };

/** Says hello at once, and lets each call wait until it is let go. */
interface SlowServer {
  readonly url: string;
  /** Resolves when the next call has arrived; the answer lets it go. */
  arrived(): Promise<() => void>;
  close(): void;
}

async function startSlow(): Promise<SlowServer> {
  let next = deferred<() => void>();
  const answers: Readonly<Record<string, object>> = {
    initialize: {
      protocolVersion: "2025-11-25",
      capabilities: { tools: {} },
      serverInfo: { name: "slow", version: "1" },
    },
    "tools/list": { tools: [{ name: "write", inputSchema: { type: "object" } }] },
    "tools/call": { content: [{ type: "text", text: "written" }] },
  };
  function reply(outgoing: ServerResponse, id: unknown, result: object): void {
    const headers = { "content-type": "application/json", "mcp-session-id": "the-session" };
    outgoing.writeHead(200, headers).end(JSON.stringify({ jsonrpc: "2.0", id, result }));
  }
  const server: Server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    if (incoming.method !== "POST") return void outgoing.writeHead(405).end();
    const { id, method } = JSON.parse(Buffer.concat(chunks).toString("utf8"));
    const result = answers[method];
    if (id === undefined || result === undefined) return void outgoing.writeHead(202).end();
    if (method !== "tools/call") return reply(outgoing, id, result);
    next.resolve(() => reply(outgoing, id, result));
    next = deferred();
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    arrived: () => next.promise,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

let folder: GuardFolder;
let slow: SlowServer;
let guards: RunningGuard[];
let port: string;

beforeEach(async () => {
  slow = await startSlow();
  guards = [];
  port = String(await quietPort());
  folder = createGuardFolder({
    embedded: { bash: { offered: false } },
    approvals: { enabled: false },
    limits: { leaseMs: 1_000 },
    mcpServers: { slow: { url: slow.url, tools: { write: { inspects: true, write: "$.path" } } } },
  });
});
afterEach(async () => {
  await Promise.all(guards.map((guard) => guard.kill()));
  slow.close();
  folder.remove();
});

async function start(): Promise<RunningGuard> {
  const guard = await folder.start({ PROCTOR_PORT: port });
  guards.push(guard);
  return guard;
}

/** What is told of each step, in order. */
async function recorded(): Promise<readonly string[]> {
  const store = await openRecords(loadConfig({}, {}, folder.folder), world);
  const said: string[] = [];
  for await (const { record } of store.read({ agent: "default", name: "r", generation: 1 })) {
    if (record.type === "intent") said.push(`${record.step} intent`);
    if (record.type !== "outcome") continue;
    const { step, outcome, recovered } = record;
    said.push(`${step} ${outcome.kind}${recovered ? " by recovery" : ""}`);
  }
  await store.close();
  return said;
}

describe("over HTTP", () => {
  async function post(guard: RunningGuard, message: object, headers = {}) {
    const response = await fetch(`${guard.agent}/t/r/mcp/slow`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${folder.token("agent")}`,
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        ...headers,
      },
      body: JSON.stringify({ jsonrpc: "2.0", ...message }),
    });
    const session = response.headers.get("mcp-session-id") ?? "";
    return { session, text: await response.text() };
  }
  const call = (id: number) => ({
    id,
    method: "tools/call",
    params: { name: "write", arguments: { path: "a" } },
  });

  it("the connection closes, the call is unknown once, and what comes late is judged anew", async () => {
    const first = await start();
    const params = { protocolVersion: "2025-11-25", capabilities: {} };
    const { session } = await post(first, { id: 0, method: "initialize", params });
    const own = { "mcp-session-id": session };
    const arrival = slow.arrived();
    const lost = post(first, call(1), own).then(
      () => "an answer",
      () => "closed",
    );
    const letGo = await arrival;
    await first.kill();
    expect(await lost).toBe("closed");
    // The server goes on, and nobody hears of it.
    letGo();

    // The session is the server's own, and lives.
    const second = await start();
    const again = slow.arrived();
    const retried = post(second, call(1), own);
    (await again)();
    expect(JSON.parse((await retried).text)).toMatchObject({ result: { content: [{}] } });
    // Nobody is asked about it before the lease of the dead one has run out.
    await expect.poll(recorded, { interval: 500 }).toContain("1 unknown by recovery");
    await second.stop();
    expect([...(await recorded())].sort()).toEqual([
      "1 intent",
      "1 unknown by recovery",
      "2 carried_out",
      "2 intent",
    ]);
  });
});

describe("behind the wrapper", () => {
  async function wrap(
    words: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<Client> {
    const client = new Client({ name: "test", version: "0" });
    const own = ["--name", "slow", "--url", slow.url, "--trajectory", "r"];
    await client.connect(
      new StdioClientTransport({
        command: process.execPath,
        args: [main, "mcp", ...own, ...words],
        cwd: folder.folder,
        env: { PATH: process.env.PATH ?? "", HOME: folder.folder, ...env },
        stderr: "ignore",
      }),
    );
    return client;
  }
  const call = { name: "write", arguments: { path: "a" } };

  it("a guard that is back in time is told of the outcome, and the client has its answer", async () => {
    const first = await start();
    const client = await wrap(["--server", first.agent], { PROCTOR_TOKEN: folder.token("agent") });
    const arrival = slow.arrived();
    const answer = client.callTool(call);
    const letGo = await arrival;
    await first.kill();
    const second = await start();
    letGo();
    expect((await answer).content).toEqual([{ type: "text", text: "written" }]);
    await client.close();
    await second.stop();
    expect(await recorded()).toEqual(["1 intent", "1 carried_out"]);
  });

  it("without one the client is told that the outcome is not on record, and it ends unobserved", async () => {
    const first = await start();
    const client = await wrap(["--server", first.agent], { PROCTOR_TOKEN: folder.token("agent") });
    const arrival = slow.arrived();
    const answer = client.callTool(call);
    const letGo = await arrival;
    await first.kill();
    letGo();
    const told = await answer;
    expect(told.isError).toBe(true);
    expect(JSON.stringify(told.content)).toContain("outcome_unrecorded");
    expect(JSON.stringify(told.content)).not.toContain("written");
    await client.close();
    const second = await start();
    const harness = createClient(second.agent, folder.token("harness"));
    const end = await harness.request("POST", "/v1/trajectories/r/end", { agent: "default" });
    expect(end.status).toBe(200);
    await second.stop();
    expect(await recorded()).toEqual(["1 intent", "1 unobserved"]);
  });

  it("a wrapper that is killed closes its pipe; the next one closes the record, and judges anew", async () => {
    const client = await wrap(["--standalone"]);
    const gone = new Promise<void>((closed) => {
      client.onclose = closed;
    });
    const arrival = slow.arrived();
    const answer = client.callTool(call).then(
      () => "an answer",
      () => "none",
    );
    await arrival;
    const { transport } = client;
    if (!(transport instanceof StdioClientTransport)) throw new Error("another transport");
    process.kill(transport.pid ?? 0, "SIGKILL");
    await gone;
    expect(await answer).toBe("none");

    const next = await wrap(["--standalone"]);
    const again = slow.arrived();
    const retried = next.callTool(call);
    (await again)();
    expect((await retried).content).toEqual([{ type: "text", text: "written" }]);
    await expect.poll(recorded, { interval: 500 }).toContain("1 unknown by recovery");
    await next.close();
    expect([...(await recorded())].sort()).toEqual([
      "1 intent",
      "1 unknown by recovery",
      "2 carried_out",
      "2 intent",
    ]);
  });
});
