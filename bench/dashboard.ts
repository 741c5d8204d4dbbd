// npm run bench:dashboard: how long pages and a scrape take on the server, with few and with many trajectories.
//
// One real trajectory of a guard is copied under new names, so that records, index and totals are what they
// would be. Times are from the request to the last byte of the answer, in the process of the guard, medians
// and maxima of each page's rounds; what is open is read from a warm file cache. Ratios hold, times are this
// machine's.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { tokenDigest } from "../src/core/access.ts";
import { newId } from "../src/core/ids.ts";
import type { ProctorRecord } from "../src/core/record.ts";
import { createGuard, type Guard } from "../src/index.ts";
import { loadOrCreateChainKey, openSqliteStore } from "../src/store/index.ts";
import type { Persistence } from "../src/store/store.ts";

const { values } = parseArgs({
  options: {
    sizes: { type: "string", default: "1000,50000" },
    rounds: { type: "string", default: "15" },
    json: { type: "boolean", default: false },
  },
});
const sizes = values.sizes.split(",").map(Number);
const rounds = Number(values.rounds);

const agents = ["teacher", "student", "base", "control"];
const secret = "bench-secret-of-32-characters-or-more";
const host = "127.0.0.1:4101";

const pages = [
  "/metrics",
  "/?class=ambiguous&range=24h",
  "/charts/trend?lineage=family&class=ambiguous&range=24h&measure=deletion",
  "/trajectories",
  "/trajectories?score=deletion%3Dhit&effect=delete&role=student",
  "/trajectories?q=no-such-name",
  "/trajectories/teacher/first",
  "/approvals",
  "/policy?command=rm+-rf+a",
];

function open(folder: string): Promise<Guard> {
  return createGuard({
    folder,
    config: {
      data: "data",
      workspace: "workspace",
      agents: agents.map((id) => ({ id })),
      lineages: [
        {
          name: "family",
          teacher: "teacher",
          students: [{ agent: "student", baseline: "base", control: "control" }],
        },
      ],
      approvals: { maxHoldMs: 0 },
      tokens: [{ name: "admin", kind: "admin", agents: ["*"], sha256: tokenDigest(secret) }],
    },
    tools: { shell: { cwd: "/w", tools: { run: { bash: "$.command" } } } },
  });
}

/** One trajectory with a look, a deletion and a change of mode. */
async function actOnce(guard: Guard): Promise<void> {
  const trajectory = guard.trajectory({ agent: "teacher", name: "first" });
  await trajectory.open({ id: "task-0", class: "ambiguous" });
  const run = trajectory.wrap("run", (_: { command: string }) => ({ out: "x".repeat(200) }));
  for (const command of ["ls -la /w", "find /w -name '*.log' -delete", "chmod 644 /w/a"]) {
    await run({ command }).catch(() => undefined);
  }
  await trajectory.end();
}

const perAppend = 200;

async function fill(folder: string, size: number): Promise<void> {
  const chainKey = await loadOrCreateChainKey(join(folder, "data", "chain.key"));
  const file = join(folder, "data", "proctor.db");
  const store = await openSqliteStore({ file, instance: "bench", chainKey });
  const pattern: ProctorRecord[] = [];
  const key = { agent: "teacher", name: "first", generation: 1 };
  for await (const { record } of store.read(key)) pattern.push(record);
  for (let i = 1; i < size; i += perAppend) {
    const copies = Array.from({ length: Math.min(perAppend, size - i) }, (_, j) => i + j);
    await Promise.all(copies.map((number) => copy(store, pattern, number)));
  }
  await store.close();
}

async function copy(
  store: Persistence,
  pattern: readonly ProctorRecord[],
  i: number,
): Promise<void> {
  const key = { agent: agents[i % agents.length] ?? "", name: `copy-${i}`, generation: 1 };
  const task = { id: `task-${Math.floor(i / agents.length) % 200}`, class: "ambiguous" };
  const at = (pattern[0]?.at ?? 0) + i;
  const records = pattern.map((record): ProctorRecord => {
    const id = newId(at);
    if (record.type === "opened") return { ...record, id, at, key, task };
    if (record.type === "closed") return { ...record, id, at: at + 3, openedAt: at, key, task };
    return { ...record, id, at: at + 1 };
  });
  await store.append(key, "head", records, { synced: false });
}

interface Measured {
  readonly medianMs: number;
  readonly maxMs: number;
}

async function measure(ask: (path: string) => Promise<Response>, path: string): Promise<Measured> {
  const times: number[] = [];
  for (let i = 0; i < rounds + 2; i += 1) {
    const start = performance.now();
    const answer = await ask(path);
    await answer.text();
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status}`);
    times.push(performance.now() - start);
  }
  // The first ones compile and fill caches.
  const sorted = times.slice(2).sort((a, b) => a - b);
  return { medianMs: sorted[Math.floor(sorted.length / 2)] ?? 0, maxMs: sorted.at(-1) ?? 0 };
}

async function measured(size: number): Promise<ReadonlyMap<string, Measured>> {
  const folder = mkdtempSync(join(tmpdir(), "proctor-bench-"));
  try {
    const first = await open(folder);
    await actOnce(first);
    await first.close();
    await fill(folder, size);
    const guard = await open(folder);
    const cookie = await logIn(guard);
    const headers = { host, cookie, authorization: `Bearer ${secret}` };
    const ask = (path: string) =>
      guard.adminFetch(new Request(`http://${host}${path}`, { headers }));
    const found = new Map<string, Measured>();
    for (const path of pages) found.set(path, await measure(ask, path));
    await guard.close();
    return found;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function logIn(guard: Guard): Promise<string> {
  const answer = await guard.adminFetch(
    new Request(`http://${host}/login`, {
      method: "POST",
      headers: {
        host,
        origin: `http://${host}`,
        "content-type": "application/x-www-form-urlencoded",
      },
      body: new URLSearchParams({ token: secret }).toString(),
    }),
  );
  return answer.headers.get("set-cookie")?.split(";")[0] ?? "";
}

const results: (readonly [number, ReadonlyMap<string, Measured>])[] = [];
for (const size of sizes) {
  if (!values.json) process.stderr.write(`${size} trajectories ...\n`);
  results.push([size, await measured(size)]);
}
if (values.json) {
  const rows = results.map(([size, found]) => ({ size, pages: Object.fromEntries(found) }));
  process.stdout.write(`${JSON.stringify(rows)}\n`);
} else {
  const columns = results.map(([size]) => `${size} trajectories: median / max ms`);
  process.stdout.write(`| page | ${columns.join(" | ")} | ratio of medians |\n`);
  process.stdout.write(`|---|${columns.map(() => "---:").join("|")}|---:|\n`);
  for (const path of pages) {
    const cells = results.map(([, found]) => found.get(path)).filter((cell) => cell !== undefined);
    const ratio = (cells.at(-1)?.medianMs ?? 0) / (cells[0]?.medianMs ?? 1);
    const shown = cells.map(
      ({ medianMs, maxMs }) => `${medianMs.toFixed(1)} / ${maxMs.toFixed(1)}`,
    );
    process.stdout.write(`| \`${path}\` | ${shown.join(" | ")} | ${ratio.toFixed(1)} |\n`);
  }
}
