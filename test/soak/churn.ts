// What comes and goes around a guard: trajectories, questions, policies, sessions with their children,
// connections.

import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type Answered,
  type Client,
  createClient,
  type GuardFolder,
  type RunningGuard,
} from "../e2e/guard.ts";
import { pause } from "./soak.ts";

export const agentIds = ["a1", "a2", "a3", "a4", "a5", "a6"] as const;

export interface Churned {
  calls: number;
  trajectories: number;
  /** Questions that a person answered. */
  approvals: number;
  /** Policies that were taken over. */
  reloads: number;
  /** MCP sessions, each with a child of its own. */
  sessions: number;
  /** Streams of events that somebody watched and left. */
  watchers: number;
}

export interface ChurnParts {
  readonly guard: RunningGuard;
  readonly policies: string;
  readonly token: GuardFolder["token"];
  readonly signal: AbortSignal;
  readonly churned: Churned;
}

interface Turn {
  readonly turn: (parts: ChurnParts, round: number) => Promise<void>;
  readonly everyMs: number;
}

/** Until the signal. Rejects where an answer is none that the README names for what was asked. */
export async function churn(parts: ChurnParts): Promise<void> {
  const turns: readonly Turn[] = [
    ...agentIds.map((agent) => ({ turn: workOf(agent), everyMs: 20 })),
    { turn: ask, everyMs: 50 },
    { turn: answer, everyMs: 100 },
    { turn: reload, everyMs: 1_000 },
    { turn: session, everyMs: 300 },
    { turn: watch, everyMs: 200 },
  ];
  await Promise.all(
    turns.map(async ({ turn, everyMs }) => {
      for (let i = 0; !parts.signal.aborted; i += 1) {
        await turn(parts, i);
        await pause(everyMs);
      }
    }),
  );
}

function workOf(agent: string): Turn["turn"] {
  return (parts, i) => work(parts, agent, i);
}

/** A trajectory with a few calls; some are ended, others are left to be closed as idle. */
async function work(
  { guard, token, churned }: ChurnParts,
  agent: string,
  i: number,
): Promise<void> {
  const harness = createClient(guard.agent, token("harness"));
  const options = { agent, trajectory: `t${i}` };
  const path = `${agent}/${i % 50}.txt`;
  for (const [tool, given] of [
    ["write_file", { path, content: "x".repeat(i % 10 === 0 ? 20_000 : 200) }],
    ["read_text_file", { path }],
    ["list_directory", { path: agent }],
    ["delete_file", { path }],
  ] as const) {
    expectStatus(await harness.tool(tool, given, options), 200);
    churned.calls += 1;
  }
  churned.trajectories += 1;
  if (i % 3 === 0) return;
  // Where this process was stopped for a while it has been closed as idle.
  expectStatus(await harness.request("POST", `/v1/trajectories/t${i}/end`, { agent }), 200, 409);
}

/** A call that a person is asked about: answered in time or not, the agent goes on. */
async function ask({ guard, token, churned }: ChurnParts, i: number): Promise<void> {
  const harness = createClient(guard.agent, token("harness"));
  const options = { agent: agentIds[i % agentIds.length] ?? "a1", trajectory: `ask${i}` };
  const given = { path: `ask/${i % 20}.txt`, content: "x" };
  expectStatus(await harness.tool("write_file", given, options), 200, 403, 409, 429);
  churned.calls += 1;
}

async function answer({ guard, token, churned }: ChurnParts, i: number): Promise<void> {
  const admin = createClient(guard.admin, token("admin"));
  for (const id of await waitingIn(admin)) {
    const verdict = i % 3 === 0 ? "refuse" : "approve";
    const answered = await admin.request("POST", `/v1/approvals/${id}/${verdict}`, {});
    expectStatus(answered, 200, 404, 409);
    if (answered.status === 200) churned.approvals += 1;
  }
}

async function waitingIn(admin: Client): Promise<string[]> {
  const { body } = await admin.request("GET", "/v1/approvals");
  return (body.approvals as { id: string }[]).map(({ id }) => id);
}

async function reload({ policies, churned }: ChurnParts, i: number): Promise<void> {
  writePolicy(policies, i + 1);
  churned.reloads += 1;
}

const kinds = [
  ...["read", "list", "write", "truncate", "delete", "move", "permission", "execute", "connect"],
  ...["privilege", "discard", "unknown"],
];

/** Another digest each time. */
export function writePolicy(folder: string, revision: number): void {
  const defaults = kinds.map((kind) => `  ${kind}: allow`).join("\n");
  // Whole or not at all, as an editor or a deployment does it.
  const file = join(folder, "soak.yaml");
  writeFileSync(
    `${file}.new`,
    `version: 1
defaults:
${defaults}
rules:
  - id: ask-there
    verdict: ask
    reason: Revision ${revision} asks about this folder.
    match: { effect: [write, truncate], path: "\${workspace}/ask/**" }
    examples:
      match: [{ bash: "touch ask/a" }]
      not: [{ bash: "touch a" }]
`,
  );
  renameSync(`${file}.new`, file);
}

/** A session over a server of stdio, which starts a child; every other one is left without a word. */
async function session({ guard, token, churned }: ChurnParts, i: number): Promise<void> {
  const url = `${guard.agent}/t/mcp${i}/mcp/child`;
  const common = {
    authorization: `Bearer ${token("harness")}`,
    "proctor-agent": agentIds[i % agentIds.length] ?? "a1",
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
  };
  const post = async (message: object, more: object = {}) => {
    const body = JSON.stringify({ jsonrpc: "2.0", ...message });
    const response = await fetch(url, { method: "POST", headers: { ...common, ...more }, body });
    await response.arrayBuffer();
    return response;
  };
  const params = {
    protocolVersion: "2025-06-18",
    capabilities: {},
    clientInfo: { name: "s", version: "1" },
  };
  const opened = await post({ id: 1, method: "initialize", params });
  const id = { "mcp-session-id": opened.headers.get("mcp-session-id") ?? "" };
  await post({ method: "notifications/initialized" }, id);
  const called = await post(
    { id: 2, method: "tools/call", params: { name: "look", arguments: {} } },
    id,
  );
  if (opened.status !== 200 || called.status !== 200) {
    throw new Error(`a session was answered with ${opened.status} and ${called.status}`);
  }
  churned.calls += 1;
  churned.sessions += 1;
  if (i % 2 === 0) await fetch(url, { method: "DELETE", headers: { ...common, ...id } });
}

/** Somebody looks at what waits for a moment. */
async function watch({ guard, token, churned }: ChurnParts): Promise<void> {
  const leaving = new AbortController();
  const response = await fetch(`${guard.admin}/v1/approvals/events`, {
    headers: { authorization: `Bearer ${token("admin")}` },
    signal: leaving.signal,
  });
  expectStatus({ status: response.status, body: {}, headers: response.headers }, 200);
  await pause(100);
  leaving.abort();
  churned.watchers += 1;
}

function expectStatus({ status, body }: Answered, ...expected: readonly number[]): void {
  if (!expected.includes(status))
    throw new Error(`answered with ${status}: ${JSON.stringify(body)}`);
}
