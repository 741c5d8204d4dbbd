// What the guard costs: the same 1 KiB call through it, through a bare pass-through, and through one
// that only records (floor.ts), in turn, in one run. The proxies share one core; load and upstream
// have the rest. Prints ratios, since absolute figures tell of the machine.

import type { ChildProcess } from "node:child_process";
import {
  closeSync,
  fdatasyncSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Pool } from "undici";
import { cpuMicros, ended, median, started } from "./measure.ts";

const connections = [1, 16, 64];
const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
const roundMs = Number(process.env.BENCH_ROUND_MS ?? 1_500);
const here = import.meta.dirname;
const scratch = mkdtempSync(join(tmpdir(), "proctor-bench-"));

/** Tools behind two routes: one that reads, one that changes something. */
const kinds = { reads: "/files/read", changes: "/files/write" } as const;
type Kind = keyof typeof kinds;

const config = (upstream: string) => `
agentListener: { port: 0 }
adminListener: { port: 0 }
data: ${scratch}/data
workspace: ${scratch}/workspace
trajectories: { maxOpensPerMinute: 100000 }
embedded: { bash: { offered: false } }
upstreams:
  bench:
    url: ${upstream}
    routes:
      "POST /files/read": read_file
      "POST /files/write": append_file
    tools:
      read_file: { read: $.path, harmless: [note] }
      append_file: { write: $.path, harmless: [note] }
`;

type ProxyName = "pass-through" | "floor" | "guard";

interface Proxy {
  readonly name: ProxyName;
  readonly child: ChildProcess;
  readonly url: string;
  readonly prefix: string;
  readonly headers: Record<string, string>;
}

interface Round {
  readonly perSecond: number;
  readonly cpuMicros: number;
  readonly p50: number;
  readonly p99: number;
}

async function startUpstream(): Promise<{ url: string; close(): void }> {
  const answer = JSON.stringify({ ok: true, note: "x".repeat(960) });
  const server = createServer((request, response) => {
    request.resume();
    request.on("end", () => response.setHeader("content-type", "application/json").end(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() };
}

/** On the last core, where the machine can pin. */
const startProxy = (args: readonly string[]) =>
  started("taskset", ["-c", "1", process.execPath, ...args]);

async function startAll(upstream: string): Promise<readonly Proxy[]> {
  writeFileSync(join(scratch, "proctor.yaml"), config(upstream));
  const bare = await startProxy([join(here, "pass-through.js"), upstream]);
  const floor = await startProxy([join(here, "floor.js"), upstream, join(scratch, "floor.db")]);
  const guard = await startProxy([
    join(here, "../src/main.js"),
    "serve",
    "--config",
    join(scratch, "proctor.yaml"),
    "--log",
    "json",
  ]);
  const token = readFileSync(join(scratch, "data/agent.token"), "utf8").trim();
  return [
    { name: "pass-through", ...bare, prefix: "", headers: {} },
    { name: "floor", ...floor, prefix: "", headers: {} },
    {
      name: "guard",
      ...guard,
      prefix: "/http/bench",
      headers: { authorization: `Bearer ${token}` },
    },
  ];
}

async function oneRound(proxy: Proxy, kind: Kind, clients: number, forMs: number): Promise<Round> {
  const pool = new Pool(proxy.url, { connections: clients, pipelining: 1 });
  const body = JSON.stringify({ path: "/files/a.txt", note: "x".repeat(980) });
  const times: number[] = [];
  const until = performance.now() + forMs;
  const cpuBefore = cpuMicros(proxy.child);
  const began = performance.now();
  async function client(index: number): Promise<void> {
    while (performance.now() < until) {
      const started = performance.now();
      const { statusCode, body: answer } = await pool.request({
        method: "POST",
        path: proxy.prefix + kinds[kind],
        headers: {
          "content-type": "application/json",
          "proctor-trajectory": `${kind}-${clients}-${index}`,
          ...proxy.headers,
        },
        body,
      });
      const text = await answer.text();
      if (statusCode !== 200) throw new Error(`${proxy.name}: ${statusCode} ${text}`);
      times.push(performance.now() - started);
    }
  }
  await Promise.all(Array.from({ length: clients }, (_, index) => client(index)));
  const seconds = (performance.now() - began) / 1000;
  const cpu = cpuMicros(proxy.child) - cpuBefore;
  await pool.close();
  times.sort((a, b) => a - b);
  return {
    perSecond: times.length / seconds,
    cpuMicros: cpu / times.length,
    p50: times[Math.floor(times.length * 0.5)] ?? 0,
    p99: times[Math.floor(times.length * 0.99)] ?? 0,
  };
}

function medians(all: readonly Round[]): Round {
  const of = (field: keyof Round) => median(all.map((round) => round[field]));
  return { perSecond: of("perSecond"), cpuMicros: of("cpuMicros"), p50: of("p50"), p99: of("p99") };
}

function fdatasyncMs(): number {
  const file = openSync(join(scratch, "fdatasync"), "w");
  const block = Buffer.alloc(4096, 1);
  const times = Array.from({ length: 200 }, () => {
    writeSync(file, block);
    const started = performance.now();
    fdatasyncSync(file);
    return performance.now() - started;
  });
  closeSync(file);
  return median(times);
}

const columns = [
  "calls",
  "connections",
  "CPU, guard / bare",
  "CPU, floor / bare",
  "CPU µs, bare",
  "throughput, guard / bare",
  "throughput, floor / bare",
  "added p50 ms",
  "added p99 ms",
];

function row(kind: Kind, clients: number, of: Record<ProxyName, Round>): string[] {
  const { "pass-through": bare, floor, guard } = of;
  return [
    kind,
    String(clients),
    (guard.cpuMicros / bare.cpuMicros).toFixed(1),
    (floor.cpuMicros / bare.cpuMicros).toFixed(1),
    bare.cpuMicros.toFixed(0),
    (guard.perSecond / bare.perSecond).toFixed(2),
    (floor.perSecond / bare.perSecond).toFixed(2),
    (guard.p50 - bare.p50).toFixed(2),
    (guard.p99 - bare.p99).toFixed(2),
  ];
}

/** Rounds of each proxy in turn, so that what the machine does meanwhile falls on all. */
async function compare(proxies: readonly Proxy[], kind: Kind, clients: number) {
  const all: Record<ProxyName, Round[]> = { "pass-through": [], floor: [], guard: [] };
  for (const proxy of proxies) await oneRound(proxy, kind, clients, roundMs);
  for (let i = 0; i < rounds; i += 1) {
    for (const proxy of proxies)
      all[proxy.name].push(await oneRound(proxy, kind, clients, roundMs));
  }
  return {
    "pass-through": medians(all["pass-through"]),
    floor: medians(all.floor),
    guard: medians(all.guard),
  };
}

async function main(): Promise<void> {
  const upstream = await startUpstream();
  const proxies = await startAll(upstream.url);
  try {
    console.log(`fdatasync of 4 KiB here: ${fdatasyncMs().toFixed(2)} ms (median of 200)`);
    console.log(`| ${columns.join(" | ")} |\n|${columns.map(() => "---").join("|")}|`);
    // One connection comes last: before that many calls no program is compiled to the end.
    for (const clients of [...connections].reverse()) {
      for (const kind of Object.keys(kinds) as Kind[]) {
        console.log(`| ${row(kind, clients, await compare(proxies, kind, clients)).join(" | ")} |`);
      }
    }
  } finally {
    // The guard still has its store open, and says so if that goes first.
    await Promise.all(proxies.map(({ child }) => ended(child)));
    upstream.close();
    rmSync(scratch, { recursive: true, force: true });
  }
}

// Ended from outside, the proxies end as well.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

await main();
