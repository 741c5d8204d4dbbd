// What the guard costs in front of an MCP server over stdio, beside two proxies from npm on their own
// ground: the same server behind each of them over Streamable HTTP, and the bare server spoken to
// directly, in turn, in one run. The proxies decide and record nothing; a pass-through that does
// nothing but pass messages on (mcp-pass-through.ts) says what is to be had at all.

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Pool } from "undici";
import { cpuMicros, median, started } from "./measure.ts";

const sessions = 8;
const rounds = Number(process.env.BENCH_ROUNDS ?? 3);
const roundMs = Number(process.env.BENCH_ROUND_MS ?? 3_000);
/** By number, not by time: on a machine that is busy a proxy would be measured before it is compiled. */
const warmUpCalls = 10_000;
const memorySessions = 32;
const here = import.meta.dirname;
const scratch = mkdtempSync(join(tmpdir(), "proctor-bench-"));
const server = [process.execPath, join(here, "mcp-server.js")] as const;
/** Installed beside the run, since nothing but this needs them. BENCH_PROXIES names a folder that has them. */
const proxies = { "mcp-proxy": "6.7.19", supergateway: "4.0.0" } as const;

const config = `
agentListener: { port: 0 }
adminListener: { port: 0 }
data: ${scratch}/data
workspace: ${scratch}/workspace
trajectories: { maxOpensPerMinute: 100000 }
embedded: { bash: { offered: false } }
mcpServers:
  bench:
    command: ${server[0]}
    args: [${server[1]}]
    tools: { look: { inspects: true } }
`;

interface Way {
  readonly name: string;
  readonly child?: ChildProcess;
  /** Opens a session; the function makes one call in it. */
  open(): Promise<() => Promise<void>>;
}

interface Figures {
  readonly perSecond: number;
  /** Of the proxy's process, per call: what a machine that is busy with other things changes least. */
  readonly cpuMicros: number;
  readonly p50: number;
  readonly p99: number;
}

const initialize = {
  protocolVersion: "2025-06-18",
  capabilities: {},
  clientInfo: { name: "bench", version: "1" },
};
const call = { name: "look", arguments: {} };

function message(id: number, method: string, params: object): string {
  return JSON.stringify({ jsonrpc: "2.0", id, method, params });
}

function run(args: readonly string[]): ChildProcess {
  const [command = "", ...rest] = args;
  const child = spawn(command, rest, { stdio: ["ignore", "pipe", "ignore"], cwd: scratch });
  process.once("exit", () => child.kill("SIGKILL"));
  return child;
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((listening) => probe.listen(0, "127.0.0.1", listening));
  const address = probe.address();
  await new Promise((closed) => probe.close(closed));
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** Over Streamable HTTP, as any client does it. */
function overHttp(
  name: string,
  child: ChildProcess,
  url: string,
  more: Record<string, string> = {},
): Way {
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, { connections: 128 });
  const headers = {
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
    ...more,
  };

  async function post(body: string, session: Record<string, string>) {
    const all = { ...headers, ...session };
    const answer = await pool.request({ method: "POST", path: pathname, headers: all, body });
    return { session: answer.headers["mcp-session-id"], text: await answer.body.text() };
  }

  return {
    name,
    child,
    async open() {
      const opened = await post(message(0, "initialize", initialize), {});
      const session = {
        "mcp-session-id": String(opened.session),
        "mcp-protocol-version": initialize.protocolVersion,
      };
      await post('{"jsonrpc":"2.0","method":"notifications/initialized"}', session);
      let id = 0;
      return async function callOnce() {
        const { text } = await post(message(++id, "tools/call", call), session);
        if (!text.includes('"content"')) throw new Error(`${name}: ${text.slice(0, 200)}`);
      };
    },
  };
}

/** Line by line, without anything between. */
const bare: Way = {
  name: "bare server over stdio",
  async open() {
    const child = spawn(server[0], [server[1]], { stdio: ["pipe", "pipe", "ignore"] });
    process.once("exit", () => child.kill("SIGKILL"));
    const waiting = new Map<number, () => void>();
    createInterface({ input: child.stdout }).on("line", (line) => {
      waiting.get(JSON.parse(line).id)?.();
    });
    let id = 0;
    function ask(method: string, params: object): Promise<void> {
      id += 1;
      child.stdin.write(`${message(id, method, params)}\n`);
      return new Promise((resolve) => waiting.set(id, resolve));
    }
    await ask("initialize", initialize);
    return () => ask("tools/call", call);
  },
};

async function listening(way: Way): Promise<Way> {
  for (let tries = 0; ; tries += 1) {
    try {
      await (await way.open())();
      return way;
    } catch (error) {
      if (tries === 100) throw error;
      await new Promise((later) => setTimeout(later, 100));
    }
  }
}

async function startGuard(): Promise<Way> {
  writeFileSync(join(scratch, "proctor.yaml"), config);
  const main = join(here, "../src/main.js");
  const file = join(scratch, "proctor.yaml");
  const args = [main, "serve", "--config", file, "--log", "json"];
  const { child, url } = await started(process.execPath, args, scratch);
  const token = readFileSync(join(scratch, "data/agent.token"), "utf8").trim();
  return overHttp("proctor", child, `${url}/mcp/bench`, { authorization: `Bearer ${token}` });
}

async function startPassThrough(): Promise<Way> {
  const args = [join(here, "mcp-pass-through.js"), ...server];
  const { child, url } = await started(process.execPath, args, scratch);
  return overHttp("pass-through", child, `${url}/mcp`);
}

async function startProxies(): Promise<readonly Way[]> {
  const folder = process.env.BENCH_PROXIES ?? scratch;
  if (process.env.BENCH_PROXIES === undefined) {
    const wanted = Object.entries(proxies).map(([name, version]) => `${name}@${version}`);
    const quiet = ["--silent", "--no-audit", "--no-fund", "--ignore-scripts"];
    execFileSync("npm", ["install", ...quiet, "--prefix", folder, ...wanted]);
  }
  const bin = (name: string) => join(folder, "node_modules/.bin", name);
  const [one, two] = [await freePort(), await freePort()];
  const mcpProxy = run([
    ...[process.execPath, bin("mcp-proxy"), "--host", "127.0.0.1", "--port", String(one)],
    ...["--server", "stream", "--", ...server],
  ]);
  const supergateway = run([
    ...[process.execPath, bin("supergateway"), "--stdio", server.join(" "), "--port", String(two)],
    ...["--outputTransport", "streamableHttp", "--stateful", "--logLevel", "none"],
  ]);
  return [
    await listening(overHttp("mcp-proxy", mcpProxy, `http://127.0.0.1:${one}/mcp`)),
    await listening(overHttp("supergateway", supergateway, `http://127.0.0.1:${two}/mcp`)),
  ];
}

const cpuOf = ({ child }: Way) => (child === undefined ? 0 : cpuMicros(child));

async function warmUp(calls: readonly (() => Promise<void>)[]): Promise<void> {
  for (let made = 0; made < warmUpCalls; made += calls.length) {
    await Promise.all(calls.map((callOnce) => callOnce()));
  }
}

async function measure(way: Way, calls: readonly (() => Promise<void>)[]): Promise<Figures> {
  const times: number[] = [];
  const cpuBefore = cpuOf(way);
  const until = performance.now() + roundMs;
  const began = performance.now();
  await Promise.all(
    calls.map(async (callOnce) => {
      while (performance.now() < until) {
        const started = performance.now();
        await callOnce();
        times.push(performance.now() - started);
      }
    }),
  );
  const perSecond = (times.length * 1000) / (performance.now() - began);
  const cpuMicros = (cpuOf(way) - cpuBefore) / times.length;
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.floor(times.length * share)] ?? 0;
  return { perSecond, cpuMicros, p50: at(0.5), p99: at(0.99) };
}

/** Of the process itself, without the servers that it started: proc(5), `VmRSS`. */
function residentKiB({ child }: Way): number {
  const status = child && readFileSync(`/proc/${child.pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+)/m.exec(status ?? "")?.[1] ?? 0);
}

async function memoryOfSession(way: Way): Promise<number> {
  if (way.child === undefined) return 0;
  const before = residentKiB(way);
  for (let each = 0; each < memorySessions; each += 1) await (await way.open())();
  return Math.max(0, residentKiB(way) - before) / memorySessions;
}

// Each child is ended with this process.
process.setMaxListeners(0);
const ways = [bare, await startPassThrough(), await startGuard(), ...(await startProxies())];
const opened = await Promise.all(
  ways.map(async (way) => {
    const calls = [];
    for (let each = 0; each < sessions; each += 1) calls.push(await way.open());
    return { way, calls };
  }),
);
const found = new Map<Way, Figures[]>(ways.map((way) => [way, []]));
for (const { calls } of opened) await warmUp(calls);
for (let round = 0; round < rounds; round += 1) {
  for (const { way, calls } of opened) found.get(way)?.push(await measure(way, calls));
}
console.log(
  `| ${sessions} sessions | calls/s | CPU µs per call | p50 ms | p99 ms | KiB per session |`,
);
console.log("|---|---:|---:|---:|---:|---:|");
for (const [way, figures] of found) {
  const of = (name: keyof Figures, digits: number) =>
    median(figures.map((one) => one[name])).toFixed(digits);
  const kib = way.child === undefined ? "–" : (await memoryOfSession(way)).toFixed(0);
  console.log(
    `| ${way.name} | ${of("perSecond", 0)} | ${way.child === undefined ? "–" : of("cpuMicros", 0)} | ${of("p50", 2)} | ${of("p99", 2)} | ${kib} |`,
  );
}
rmSync(scratch, { recursive: true, force: true });
process.exit(0);
