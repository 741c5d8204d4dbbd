// A guard in a process of its own, agents that come and go around it, and what it takes meanwhile.

import { mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { createGuardFolder, type RunningGuard, scrape } from "../e2e/guard.ts";
import { agentIds, type Churned, churn, writePolicy } from "./churn.ts";
import { maxHandlesLeft, type Sample } from "./flat.ts";

export interface Soaked {
  readonly samples: readonly Sample[];
  readonly churned: Churned;
  /** Open beyond those of the start, when everybody has left. */
  readonly handlesLeft: number;
  /** What the guard logged at `warn` and above. */
  readonly log: string;
}

/** Everything is short, so that a quarter of an hour has many of each. */
function configOf(policies: string): object {
  return {
    policies: [policies],
    agents: agentIds.map((id) => ({ id })),
    embedded: { bash: { offered: false } },
    trajectories: { idleMs: 2_000, maxAgeMs: 10_000, maxInMemory: 100, maxOpensPerMinute: 100_000 },
    approvals: { maxHoldMs: 500, expiresMs: 2_000 },
    store: { retention: { everyMs: 5_000, rules: [{ maxBytes: 4 * 1024 * 1024 }] } },
    mcpServers: {
      child: {
        command: "sh",
        args: ["-c", stdioServer],
        maxChildren: 2,
        idleMs: 2_000,
        maxLifetimeMs: 5_000,
      },
    },
    log: { level: "warn" },
  };
}

/** Answers whatever has an id. */
const stdioServer = `while read -r line; do
  id=\${line#*'"id":'}; id=\${id%%[,\\}]*}
  case $line in
    *'"method":"notifications/'*) ;;
    *'"method":"initialize"'*)
      printf '{"jsonrpc":"2.0","id":%s,"result":{"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{"name":"s","version":"1"}}}\\n' "$id" ;;
    *) printf '{"jsonrpc":"2.0","id":%s,"result":{"content":[{"type":"text","text":"ok"}]}}\\n' "$id" ;;
  esac
done`;

const sampleCount = 45;
const settleMs = 15_000;

export async function soak(durationMs: number, progress: (line: string) => void): Promise<Soaked> {
  const folder = createGuardFolder();
  let running: RunningGuard | undefined;
  try {
    const policies = join(folder.folder, "policies");
    mkdirSync(policies);
    writePolicy(policies, 0);
    folder.writeConfig(configOf(policies));
    const guard = await folder.start();
    running = guard;
    const handlesBefore = handlesOf(guard);
    const ending = new AbortController();
    const churned: Churned = churnedNothing();
    const parts = { guard, policies, token: folder.token, signal: ending.signal, churned };
    const churning = churn(parts);
    churning.catch(() => ending.abort());
    const samples: Sample[] = [];
    const startedAt = Date.now();
    for (let i = 1; i <= sampleCount && !ending.signal.aborted; i += 1) {
      await pause(startedAt + (i * durationMs) / sampleCount - Date.now());
      const metrics = await scrape(guard.admin, folder.token("admin"));
      samples.push({
        second: Math.round((Date.now() - startedAt) / 1000),
        rssMib: residentMib(guard),
        heapMib: (metrics.get("nodejs_heap_size_used_bytes") ?? Number.NaN) / 2 ** 20,
        handles: handlesOf(guard),
        delayMs: (metrics.get("nodejs_eventloop_lag_p99_seconds") ?? Number.NaN) * 1000,
        calls: churned.calls,
        storeMib: folderMib(join(folder.folder, ".proctor")),
      });
      progress(
        `${samples.at(-1)?.second} s, ${churned.calls} calls, ${samples.at(-1)?.rssMib.toFixed(0)} MiB`,
      );
    }
    // On a slow machine some of it has not happened yet.
    while (!ending.signal.aborted && Object.values(churned).includes(0)) await pause(100);
    ending.abort();
    await churning;
    const handlesLeft = await settled(guard, handlesBefore);
    const code = await guard.stop();
    const verified = await folder.run("verify");
    if (code !== 0 || verified.code !== 0) {
      const { stdout, stderr } = verified;
      throw new Error(
        `it ended with ${code}, verify with ${verified.code}\n${guard.log()}${stdout}${stderr}`,
      );
    }
    return { samples, churned, handlesLeft, log: guard.log() };
  } finally {
    // Nothing where it has ended in order.
    await running?.kill();
    folder.remove();
  }
}

function churnedNothing(): Churned {
  return { calls: 0, trajectories: 0, approvals: 0, reloads: 0, sessions: 0, watchers: 0 };
}

/** Sockets and children take a moment to go, on a slow machine a long one. */
async function settled(guard: RunningGuard, before: number): Promise<number> {
  const startedAt = Date.now();
  for (;;) {
    const left = handlesOf(guard) - before;
    const longEnoughMs = left <= maxHandlesLeft ? settleMs : 8 * settleMs;
    if (left <= 0 || Date.now() - startedAt > longEnoughMs) return left;
    await pause(250);
  }
}

/** Open descriptors: files, sockets, pipes. */
function handlesOf({ process: { pid } }: RunningGuard): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

function residentMib({ process: { pid } }: RunningGuard): number {
  const [, kib = "NaN"] =
    /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kib) / 1024;
}

function folderMib(folder: string): number {
  const sizes = readdirSync(folder).map((file) => statSync(join(folder, file)).size);
  return sizes.reduce((sum, size) => sum + size, 0) / 2 ** 20;
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}
