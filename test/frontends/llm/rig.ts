// A guard with its LLM door on a socket, before a provider that answers what a test says.

import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAdaptorServer } from "@hono/node-server";
import { openRecords } from "../../../src/compose/records.ts";
import { composeGuard, type Guard } from "../../../src/compose.ts";
import { type ConfigInput, configFrom } from "../../../src/config.ts";
import { tokenDigest } from "../../../src/core/access.ts";
import { systemClock } from "../../../src/core/clock.ts";
import type { MessageRecord, ProctorRecord } from "../../../src/core/record.ts";

export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** How the provider answers; a function writes by itself. */
export type Script =
  | { status?: number; headers?: Record<string, string>; body: string | Uint8Array }
  | ((request: Received, response: ServerResponse) => void | Promise<void>);

export interface Provider {
  readonly url: string;
  readonly received: Received[];
  /** The answers to the next requests, in order; the last one stays. */
  answer(...scripts: Script[]): void;
  close(): Promise<void>;
}

export async function createProvider(): Promise<Provider> {
  const received: Received[] = [];
  let scripts: Script[] = [];
  const server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const request = {
      method: incoming.method ?? "",
      url: incoming.url ?? "",
      headers: incoming.headers,
      body: Buffer.concat(chunks).toString("utf8"),
    };
    received.push(request);
    const script = scripts.length > 1 ? scripts.shift() : scripts[0];
    if (script === undefined) return void response.writeHead(500).end("no script");
    if (typeof script === "function") return script(request, response);
    response.writeHead(script.status ?? 200, script.headers ?? json);
    response.end(script.body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: addressOf(server.address() as AddressInfo),
    received,
    answer(...next) {
      scripts = next;
    },
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

export const json = { "content-type": "application/json" };
export const sse = { "content-type": "text/event-stream" };

const addressOf = ({ port }: AddressInfo) => `http://127.0.0.1:${port}`;

export const tokens = { coder: "pt_agent_coder-0123456789", team: "pt_harness_team-0123456789" };

export interface LlmRig {
  readonly url: string;
  readonly data: string;
  readonly guard: Guard;
  readonly provider: Provider;
  /** Base URL of the provider behind the door, in a trajectory. */
  base(trajectory: string, provider?: string): string;
  records(agent?: string, name?: string): Promise<ProctorRecord[]>;
  messages(agent?: string, name?: string): Promise<MessageRecord[]>;
  /** Ends the guard; its folder stays until `close`. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

const silent = { debug() {}, info() {}, warn() {}, error() {} };

export async function createLlmRig(config: ConfigInput = {}): Promise<LlmRig> {
  const folder = mkdtempSync(join(tmpdir(), "proctor-llm-"));
  const provider = await createProvider();
  const common = { url: provider.url, cwd: "/home/dev/project" } as const;
  const whole = configFrom(
    {
      agents: [{ id: "coder" }, { id: "opus", model: "opus-9" }, { id: "haiku", model: "haiku-9" }],
      tokens: [
        { name: "coder", kind: "agent", agents: ["coder"], sha256: tokenDigest(tokens.coder) },
        {
          name: "team",
          kind: "harness",
          agents: ["opus", "haiku"],
          sha256: tokenDigest(tokens.team),
        },
      ],
      workspace: ".",
      approvals: { enabled: false },
      ...config,
      llm: {
        held: { ...common, catalogue: "codex", headers: { authorization: "Bearer held-key-0123" } },
        claude: { ...common, catalogue: "claude-code" },
        codex: { ...common, catalogue: "codex" },
        openai: { ...common, catalogue: "openai" },
        ...config.llm,
      },
    } as ConfigInput,
    folder,
  );
  const world = { clock: systemClock, log: silent, version: "0", programFolder: resolve() };
  const guard = await composeGuard(whole, world, { embeddedTools: false });
  await guard.start();
  const server = createAdaptorServer({ fetch: guard.agentApp.fetch });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const url = addressOf(server.address() as AddressInfo);
  let stopped: Promise<void> | undefined;
  let reading: ReturnType<typeof openRecords> | undefined;

  function stop(): Promise<void> {
    stopped ??= (async () => {
      if ("closeAllConnections" in server) server.closeAllConnections();
      await new Promise<void>((done) => server.close(() => done()));
      await guard.stop();
      await (await reading)?.close();
      reading = undefined;
    })();
    return stopped;
  }

  async function records(agent = "coder", name?: string): Promise<ProctorRecord[]> {
    reading ??= openRecords(whole, world);
    const found: ProctorRecord[] = [];
    const query = { agent, ...(name && { name }) };
    for await (const { record } of (await reading).scan(query)) found.push(record);
    return found;
  }

  return {
    url,
    data: whole.data,
    guard,
    provider,
    base: (trajectory, name = "codex") => `${url}/t/${trajectory}/llm/${name}`,
    records,
    messages: async (agent, name) =>
      (await records(agent, name)).filter((record) => record.type === "message"),
    stop,
    async close() {
      await stop();
      await provider.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function resolve(): string {
  return join(import.meta.dirname, "../../..");
}

/** Events of a stream as a provider writes them. */
export function events(...data: (object | string)[]): string {
  return data
    .map((one) => `data: ${typeof one === "string" ? one : JSON.stringify(one)}\n\n`)
    .join("");
}

export type NamedEvent = Readonly<Record<string, unknown>> & { readonly type: string };

export function namedEvents(...data: NamedEvent[]): string {
  return data.map((one) => `event: ${one.type}\ndata: ${JSON.stringify(one)}\n\n`).join("");
}
