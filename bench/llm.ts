// What the LLM door costs: the same streams from the same provider, directly and through the guard, in
// turn, in one run. An event each millisecond, 100 of text and then a tool call, behind a conversation
// of 40 messages. The provider has a process of its own, and so has the guard.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Pool } from "undici";
import { ended, median, started } from "./measure.ts";

const rounds = Number(process.env.BENCH_ROUNDS ?? 15);
const here = import.meta.dirname;
const scratch = mkdtempSync(join(tmpdir(), "proctor-bench-"));

const config = (provider: string) => `
agentListener: { port: 0 }
adminListener: { port: 0 }
data: ${scratch}/data
workspace: ${scratch}/workspace
trajectories: { maxOpensPerMinute: 100000 }
embedded: { bash: { offered: false } }
llm:
  bench: { url: "${provider}", catalogue: codex }
`;

interface Way {
  readonly name: "direct" | "guard";
  readonly url: string;
  readonly prefix: (round: string) => string;
  readonly headers: Record<string, string>;
}

interface Timing {
  /** Milliseconds until the first event, and until the end. */
  readonly first: number;
  readonly total: number;
}

const history = Array.from({ length: 40 }, (_, i) => ({
  role: i % 2 === 0 ? "user" : "assistant",
  content: `message ${i}: ${"text ".repeat(100)}`,
}));

async function ask(way: Way, pool: Pool, name: string): Promise<Timing> {
  const messages = [...history, { role: "user", content: name }];
  const began = performance.now();
  const { statusCode, body } = await pool.request({
    method: "POST",
    path: `${way.prefix(name)}/v1/chat/completions`,
    headers: {
      "content-type": "application/json",
      authorization: "Bearer sk-bench",
      ...way.headers,
    },
    body: JSON.stringify({ model: "m", stream: true, messages }),
  });
  let first = 0;
  let text = "";
  for await (const chunk of body) {
    if (first === 0) first = performance.now() - began;
    text += chunk;
  }
  if (statusCode !== 200 || !text.endsWith("data: [DONE]\n\n")) {
    throw new Error(`${way.name}: ${statusCode} ${text.slice(-200)}`);
  }
  return { first, total: performance.now() - began };
}

async function measure(ways: readonly Way[], streams: number): Promise<Map<string, Timing>> {
  const found = new Map<string, Timing[]>(ways.map(({ name }) => [name, []]));
  for (let round = -2; round < rounds; round += 1) {
    for (const way of ways) {
      const pool = new Pool(way.url, { connections: streams, pipelining: 1 });
      const asked = Array.from({ length: streams }, (_, i) => ask(way, pool, `s${streams}-${i}`));
      const timings = await Promise.all(asked);
      await pool.close();
      // The first rounds warm up.
      if (round >= 0) found.get(way.name)?.push(...timings);
    }
  }
  return new Map(
    [...found].map(([name, all]) => [
      name,
      {
        first: median(all.map(({ first }) => first)),
        total: median(all.map(({ total }) => total)),
      },
    ]),
  );
}

const provider = await started(process.execPath, [join(here, "llm-provider.js")]);
writeFileSync(join(scratch, "proctor.yaml"), config(provider.url));
const file = join(scratch, "proctor.yaml");
const guard = await started(process.execPath, [
  join(here, "../src/main.js"),
  "serve",
  "--config",
  file,
  "--log",
  "json",
]);
const token = readFileSync(join(scratch, "data/agent.token"), "utf8").trim();
const ways: readonly Way[] = [
  { name: "direct", url: provider.url, prefix: () => "", headers: {} },
  {
    name: "guard",
    url: guard.url,
    prefix: (name) => `/t/${name}/llm/bench`,
    headers: { "proctor-token": token },
  },
];
console.log(
  "| streams | first event, direct | through the guard | total, direct | through the guard |",
);
console.log("|---:|---:|---:|---:|---:|");
for (const streams of [1, 16]) {
  const timings = await measure(ways, streams);
  const of = (name: string, field: keyof Timing) =>
    `${(timings.get(name)?.[field] ?? 0).toFixed(1)} ms`;
  const cells = [
    of("direct", "first"),
    of("guard", "first"),
    of("direct", "total"),
    of("guard", "total"),
  ];
  console.log(`| ${streams} | ${cells.join(" | ")} |`);
}
// The guard still has its store open, and says so if that goes first.
await Promise.all([guard, provider].map(({ child }) => ended(child)));
rmSync(scratch, { recursive: true, force: true });
