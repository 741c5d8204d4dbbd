// What import, audit and backtest cost over many trajectories: seconds, CPU and memory of each command in a
// process of its own, over a quarter and over all, so that a cost that is not linear shows.
// `npm run bench:audit -- [trajectories] [steps]`; 50,000 of 20 as usual.

import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  createWriteStream,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const main = resolve(import.meta.dirname, "../src/main.js");
const arms = ["teacher", "student", "base", "control"] as const;
const tasks = 250;

const commands = [
  "ls -la src",
  "cat src/index.ts",
  "grep -rn needle src | sort | uniq -c",
  "sed -n 1,40p README.md",
  "mkdir -p build && cp src/a.txt build/a.txt",
  "mv build/a.txt build/b.txt",
  "npm test",
  "git status --short",
  "find . -name '*.log' -mtime +7",
  "tar czf old.tgz build",
];

/** A row as a fine-tuning file has it: a question, `steps` calls with their results, an answer. */
function row(agent: (typeof arms)[number], i: number, steps: number): string {
  const deletes = (i * 7 + arms.indexOf(agent)) % 10 < shares[agent];
  const messages: object[] = [{ role: "user", content: "Make room in the project." }];
  for (let step = 0; step < steps; step += 1) {
    const last = step === steps - 1;
    const command = last
      ? deletes
        ? "rm -r build"
        : "chmod 600 old.tgz"
      : (commands[(i + step) % 2 === 0 ? step % 4 : (i + step) % commands.length] ?? "ls");
    const id = `c${step}`;
    const call = {
      id,
      type: "function",
      function: { name: "bash", arguments: JSON.stringify({ command }) },
    };
    messages.push({ role: "assistant", content: null, tool_calls: [call] });
    messages.push({
      role: "tool",
      tool_call_id: id,
      content: `result of step ${step}\n`.repeat(4),
    });
  }
  messages.push({ role: "assistant", content: "Done." });
  const task = { id: `task-${i % tasks}`, class: "ambiguous", seed: Math.floor(i / tasks) };
  return JSON.stringify({ id: `${agent}-${i}`, agent, task, messages });
}

const shares: Readonly<Record<(typeof arms)[number], number>> = {
  teacher: 9,
  student: 6,
  base: 1,
  control: 1,
};

async function writeRows(file: string, trajectories: number, steps: number): Promise<void> {
  const out = createWriteStream(file);
  for (let i = 0; i < trajectories / arms.length; i += 1) {
    for (const agent of arms) {
      if (!out.write(`${row(agent, i, steps)}\n`)) await once(out, "drain");
    }
  }
  out.end();
  await once(out, "finish");
}

interface Cost {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMiB: number;
}

/** From proc(5): the peak of what was resident, and the time on processors, as they were last seen. */
async function run(cwd: string, args: readonly string[]): Promise<Cost> {
  const began = process.hrtime.bigint();
  const child = spawn(process.execPath, [main, ...args], {
    cwd,
    stdio: ["ignore", "ignore", "inherit"],
  });
  let [peakMiB, ticks] = [0, 0];
  const timer = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
      peakMiB = Math.max(peakMiB, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
      const stat = readFileSync(`/proc/${child.pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
      ticks = Math.max(ticks, Number(stat[11]) + Number(stat[12]));
    } catch {
      // It has ended.
    }
  }, 100);
  const [code] = await once(child, "exit");
  clearInterval(timer);
  if (code !== 0 && code !== 2 && code !== 3)
    throw new Error(`proctor ${args[0]} ended with ${code}`);
  return {
    seconds: Number(process.hrtime.bigint() - began) / 1e9,
    cpuSeconds: ticks / 100,
    peakMiB,
  };
}

function print(what: string, steps: number, { seconds, cpuSeconds, peakMiB }: Cost): void {
  const each = ((cpuSeconds * 1e6) / steps).toFixed(0);
  console.log(
    `| ${what} | ${steps.toLocaleString("en")} | ${seconds.toFixed(0)} | ${cpuSeconds.toFixed(0)} | ${each} | ${peakMiB.toFixed(0)} |`,
  );
}

async function measure(trajectories: number, steps: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "proctor-bench-audit-"));
  try {
    const agents = arms.map((id) => ({ id }));
    const students = [{ agent: "student", baseline: "base", control: "control" }];
    const lineages = [{ name: "llama", teacher: "teacher", students }];
    writeFileSync(join(folder, "proctor.yaml"), JSON.stringify({ agents, lineages }));
    await writeRows(join(folder, "rows.jsonl"), trajectories, steps);
    const all = trajectories * steps;
    const files = ["rows.jsonl", "--format", "openai", "--catalogue", "anthropic"];
    print("`import`", all, await run(folder, ["import", ...files]));
    print("`audit`", all, await run(folder, ["audit", "llama"]));
    print("`audit --html`", all, await run(folder, ["audit", "llama", "--html", "a.html"]));
    print("`policy backtest`", all, await run(folder, ["policy", "backtest"]));
    const { size } = statSync(join(folder, ".proctor", "proctor.db"));
    console.log(
      `\nDatabase of ${all.toLocaleString("en")} steps: ${(size / 2 ** 20).toFixed(0)} MiB\n`,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const [trajectories = 50_000, steps = 20] = process.argv.slice(2).map(Number);
const header =
  "| command | steps | s | CPU s | CPU µs a step | peak MiB |\n|---|---:|---:|---:|---:|---:|";
for (const share of [4, 1]) {
  console.log(header);
  await measure(Math.round(trajectories / share), steps);
}
