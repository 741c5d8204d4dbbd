// What doors in processes of their own cost, side by side in one run, in turn: a server over stdio bare, wrapped with a
// guard of its own, and wrapped before a guard that runs already; bash bare, and proctor-shell. The times are of a
// client's: from the start to the answer to `initialize`, to the list of tools, to the first call's result, and then
// of each further call.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { median, started } from "./measure.ts";

const rounds = Number(process.env.BENCH_ROUNDS ?? 7);
const callsEach = 50;
const here = import.meta.dirname;
const main = join(here, "../src/main.js");
const shell = join(here, "../src/shell.js");
const scratch = mkdtempSync(join(tmpdir(), "proctor-bench-"));
const files = join(scratch, "files");
const filesystem = join(
  here,
  "../../node_modules/@modelcontextprotocol/server-filesystem/dist/index.js",
);
process.once("exit", () => rmSync(scratch, { recursive: true, force: true }));

interface Guard {
  readonly child: ChildProcess;
  readonly env: Record<string, string>;
}

async function startGuard(): Promise<Guard> {
  const data = join(scratch, "served");
  const ports = ["--port", "0", "--admin-port", "0", "--log", "json"];
  const folders = ["--data", data, "--workspace", join(scratch, "workspace")];
  const args = [main, "serve", ...ports, ...folders];
  const { child, url } = await started(process.execPath, args, scratch);
  const env = { PROCTOR_URL: url, PROCTOR_TOKEN_FILE: join(data, "agent.token") };
  return { child, env };
}

interface Timing {
  readonly initialize: number;
  readonly tools: number;
  readonly firstCall: number;
  readonly call: number;
}

async function timed(words: readonly string[], env: Record<string, string>): Promise<Timing> {
  const began = performance.now();
  const child = spawn(process.execPath, words, {
    cwd: scratch,
    env: { ...process.env, ...env },
    stdio: ["pipe", "pipe", "ignore"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let id = 0;
  async function ask(method: string, params: object): Promise<number> {
    id += 1;
    child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`);
    for (;;) {
      const { value, done } = await lines.next();
      if (done === true) throw new Error(`${words.join(" ")} ended`);
      const answer = JSON.parse(value);
      if (answer.id !== id || answer.method !== undefined) continue;
      if (answer.error !== undefined || answer.result.isError === true) throw new Error(value);
      return performance.now();
    }
  }
  const clientInfo = { name: "bench", version: "0" };
  const hello = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo };
  const initialize = (await ask("initialize", hello)) - began;
  child.stdin.write('{"jsonrpc":"2.0","method":"notifications/initialized"}\n');
  const tools = (await ask("tools/list", {})) - began;
  const read = { name: "read_text_file", arguments: { path: join(files, "a.txt") } };
  const first = await ask("tools/call", read);
  for (let call = 0; call < callsEach; call += 1) await ask("tools/call", read);
  const call = (performance.now() - first) / callsEach;
  child.kill("SIGTERM");
  await new Promise((ended) => child.once("close", ended));
  return { initialize, tools, firstCall: first - began, call };
}

function timedShell(words: readonly string[], env: Record<string, string>): number {
  const began = performance.now();
  const [program = "", ...args] = words;
  const { status } = spawnSync(program, [...args, "-c", "true"], {
    cwd: scratch,
    env: { ...process.env, ...env },
    stdio: "ignore",
  });
  if (status !== 0) throw new Error(`${words.join(" ")} ended with ${status}`);
  return performance.now() - began;
}

const ms = (value: number) => value.toFixed(value < 10 ? 1 : 0);

mkdirSync(files);
writeFileSync(join(files, "a.txt"), "hello");
const guard = await startGuard();
const bare = [filesystem, files];
const ways = [
  { name: "bare", words: bare, env: {} },
  {
    name: "wrapped, a guard of its own",
    words: [main, "mcp", "--standalone", "--", process.execPath, ...bare],
    env: {},
  },
  {
    name: "wrapped, a guard that runs",
    words: [main, "mcp", "--", process.execPath, ...bare],
    env: guard.env,
  },
];
const shells = [
  { name: "bash", words: ["/bin/bash"], env: {} },
  { name: "node -e 0", words: [process.execPath, "-e", "0", "--"], env: {} },
  { name: "proctor-shell", words: [process.execPath, shell], env: guard.env },
];
const timings = new Map<string, Timing[]>(ways.map(({ name }) => [name, []]));
const shellTimings = new Map<string, number[]>(shells.map(({ name }) => [name, []]));
for (let round = 0; round < rounds; round += 1) {
  for (const { name, words, env } of ways) timings.get(name)?.push(await timed(words, env));
  for (const { name, words, env } of shells) {
    shellTimings.get(name)?.push(timedShell(words, env));
  }
}
console.log(
  "| MCP over stdio, ms (median) | initialize | tools/list | first call | further call |",
);
console.log("|---|---|---|---|---|");
for (const [name, all] of timings) {
  const cell = (of: (timing: Timing) => number) => ms(median(all.map(of)));
  const cells = [cell((t) => t.initialize), cell((t) => t.tools), cell((t) => t.firstCall)];
  console.log(`| ${[name, ...cells, cell((t) => t.call)].join(" | ")} |`);
}
console.log("\n| a shell that does nothing, ms (median) | whole |");
console.log("|---|---|");
for (const [name, all] of shellTimings) console.log(`| ${name} | ${ms(median(all))} |`);
guard.child.kill("SIGTERM");
