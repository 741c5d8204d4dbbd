// What an append costs: per second and in CPU, at 1, 16 and 64 in flight, synced and not, beside what
// one sync of the disk takes here. The figure that holds on a busy machine is the CPU.

import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ProctorRecord, recordVersion } from "../src/core/record.ts";
import type { TrajectoryKey } from "../src/core/trajectory.ts";
import type { Version } from "../src/core/version.ts";
import { emptyVersion } from "../src/core/version.ts";
import { openSqliteStore } from "../src/store/index.ts";
import type { Persistence } from "../src/store/store.ts";
import { quantile } from "./measure.ts";

const inFlight = [1, 16, 64];
const roundMs = Number(process.env.BENCH_ROUND_MS ?? 1500);

interface Round {
  readonly appends: number;
  readonly elapsedMs: number;
  readonly cpuMicros: number;
  /** Sorted. */
  readonly latenciesMs: readonly number[];
}

/** An intent of about 1.5 KiB, as a call with 1 KiB of arguments makes it. */
function intent(step: number): ProctorRecord {
  const command = "grep -rn needle src | sort | uniq -c ".repeat(27);
  const target = { form: "resolved", path: "/home/agent/workspace/src" } as const;
  const context = {
    cwd: "/home/agent/workspace",
    shell: "fresh",
    environment: "fixed",
    filesystem: "ours",
  } as const;
  return {
    v: recordVersion,
    id: `0190a1b2-0000-7000-8000-${String(step).padStart(12, "0")}`,
    at: 1_790_000_000_000 + step,
    type: "intent",
    step,
    call: {
      door: "http",
      upstream: "local",
      tool: "bash",
      arguments: { bytes: command.length, inline: { command } },
      context,
      digest: "e".repeat(64),
    },
    effects: [{ kind: "read", certainty: "certain", via: "grep", target, recursive: true }],
    residue: {},
    analyser: "1",
    decision: {
      verdict: "allow",
      judged: "allow",
      mode: "enforce",
      matches: [],
      reason: "",
      policy: "f".repeat(64),
    },
    instance: "0190a1b2-ffff-7000-8000-000000000000",
    dispatched: true,
  };
}

function outcome(step: number): ProctorRecord {
  const text = "src/main.ts:12: needle\n".repeat(20);
  return {
    v: recordVersion,
    id: `0190a1b2-1111-7000-8000-${String(step).padStart(12, "0")}`,
    at: 1_790_000_000_001 + step,
    type: "outcome",
    step,
    outcome: {
      kind: "carried_out",
      observed: { transport: "in process", tool: { isError: false, exitStatus: 0 } },
      durationMs: 3,
      result: { bytes: text.length, inline: text },
    },
  };
}

/** One caller: intent, outcome, intent, ... each after the version of the one before. */
async function call(store: Persistence, key: TrajectoryKey, synced: boolean, untilMs: number) {
  const latenciesMs: number[] = [];
  let version: Version = emptyVersion;
  for (let i = 0; performance.now() < untilMs; i += 1) {
    const step = 1 + (i >> 1);
    const record = i % 2 === 0 ? intent(step) : outcome(step);
    const startMs = performance.now();
    const result = await store.append(key, version, [record], { synced });
    latenciesMs.push(performance.now() - startMs);
    if (!result.ok) throw new Error("somebody else wrote to this trajectory");
    version = result.version;
  }
  return latenciesMs;
}

let callers = 0;

async function round(store: Persistence, count: number, synced: boolean): Promise<Round> {
  const keys = Array.from({ length: count }, () => {
    callers += 1;
    return { agent: "bench", name: `t${callers}`, generation: 1 };
  });
  const startMs = performance.now();
  const before = process.cpuUsage();
  const all = await Promise.all(keys.map((key) => call(store, key, synced, startMs + roundMs)));
  const { user, system } = process.cpuUsage(before);
  const latenciesMs = all.flat().sort((a, b) => a - b);
  return {
    appends: latenciesMs.length,
    elapsedMs: performance.now() - startMs,
    cpuMicros: user + system,
    latenciesMs,
  };
}

/** Writing 8 KiB in place and syncing it, again and again: the median. */
function syncMs(folder: string): number {
  const file = openSync(join(folder, "sync"), "w");
  const block = Buffer.alloc(8192, 1);
  const times: number[] = [];
  for (let i = 0; i < 300; i += 1) {
    writeSync(file, block, 0, block.length, (i % 64) * block.length);
    const startMs = performance.now();
    fdatasyncSync(file);
    times.push(performance.now() - startMs);
  }
  closeSync(file);
  return quantile(
    times.sort((a, b) => a - b),
    0.5,
  );
}

function print(columns: readonly (string | number)[]): void {
  console.log(columns.map((column) => String(column).padStart(12)).join(""));
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "proctor-bench-"));
  const chainKey = new Uint8Array(32).fill(1);
  const store = await openSqliteStore({ file: join(folder, "bench.db"), instance: "i", chainKey });
  try {
    console.log(`fdatasync of 8 KiB: ${syncMs(folder).toFixed(3)} ms\n`);
    print(["synced", "in flight", "appends/s", "CPU us", "p50 ms", "p99 ms", "max ms"]);
    await round(store, 64, false);
    for (const synced of [false, true]) {
      for (const count of inFlight) {
        const { appends, elapsedMs, cpuMicros, latenciesMs } = await round(store, count, synced);
        print([
          synced ? "yes" : "no",
          count,
          Math.round((appends / elapsedMs) * 1000),
          (cpuMicros / appends).toFixed(1),
          ...[0.5, 0.99, 1].map((q) => quantile(latenciesMs, q).toFixed(3)),
        ]);
      }
    }
  } finally {
    await store.close();
    rmSync(folder, { recursive: true });
  }
}

await main();
