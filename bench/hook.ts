// What a hook costs its agent: `proctor hook` against a bare start of Node, in turn, in one run, each asking a running
// proctor about a call that is allowed. Prints the difference, since absolute figures tell of the machine.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { quantile, type Started, started } from "./measure.ts";

const rounds = Number(process.env.BENCH_ROUNDS ?? 60);
const entry = join(import.meta.dirname, "../src/main.js");
const scratch = mkdtempSync(join(tmpdir(), "proctor-bench-hook-"));

const config = `
agentListener: { port: 0 }
adminListener: { port: 0 }
data: ${scratch}/data
workspace: ${scratch}/workspace
embedded: { bash: { offered: false } }
log: { format: json }
`;

const event = (id: number) => ({
  session_id: "bench",
  turn_id: "bench",
  cwd: scratch,
  hook_event_name: "PreToolUse",
  tool_name: "Bash",
  tool_input: { command: "ls" },
  tool_use_id: `call_${id}`,
});

async function serve(): Promise<Started> {
  const file = join(scratch, "proctor.yaml");
  writeFileSync(file, config);
  return started(process.execPath, [entry, "serve", "--config", file, "--log", "json"]);
}

/** Milliseconds. */
function time(argv: readonly string[], input: string): number {
  const began = performance.now();
  const { status, stdout } = spawnSync(process.execPath, argv, { input, encoding: "utf8" });
  const took = performance.now() - began;
  if (status !== 0 || stdout !== "") throw new Error(`it ended with ${status}: ${stdout}`);
  return took;
}

const { child, url } = await serve();
try {
  const tokenFile = join(scratch, "data", "agent.token");
  if (readFileSync(tokenFile, "utf8") === "") throw new Error("there is no token");
  const bare = join(scratch, "bare.mjs");
  writeFileSync(bare, "");
  const hook = [entry, "hook", "codex", "--url", url, "--token-file", tokenFile];
  const found = { bare: [] as number[], hook: [] as number[] };
  for (let i = 0; i < rounds; i += 1) {
    found.bare.push(time([bare], ""));
    found.hook.push(time(hook, JSON.stringify(event(i))));
  }
  for (const times of Object.values(found)) times.sort((a, b) => a - b);
  console.log("| ms | bare Node | proctor hook | added |\n|---|---:|---:|---:|");
  for (const [name, share] of [
    ["p50", 0.5],
    ["p90", 0.9],
  ] as const) {
    const [low, high] = [quantile(found.bare, share), quantile(found.hook, share)];
    console.log(
      `| ${name} | ${low.toFixed(0)} | ${high.toFixed(0)} | ${(high - low).toFixed(0)} |`,
    );
  }
} finally {
  child.kill("SIGTERM");
  await new Promise((done) => child.once("exit", done));
  rmSync(scratch, { recursive: true, force: true });
}
