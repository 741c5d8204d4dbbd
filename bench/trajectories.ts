// Trajectories for benchmarks over many: rows of a fine-tuning file, the same in every run.

import { once } from "node:events";
import { createWriteStream } from "node:fs";

export const arms = ["teacher", "student", "base", "control"] as const;
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
      content: said(i * 31 + arms.indexOf(agent), step),
    });
  }
  messages.push({ role: "assistant", content: "Done." });
  const task = { id: `task-${i % tasks}`, class: "ambiguous", seed: Math.floor(i / tasks) };
  return JSON.stringify({ id: `${agent}-${i}`, agent, task, messages });
}

/** Eight words, others for each row: no two rows say the same (a linear congruential generator, MINSTD). */
function said(row: number, step: number): string {
  let state = ((row * 4_099 + step * 127) % 2_147_483_646) + 1;
  const words: string[] = [];
  for (let i = 0; i < 8; i += 1) {
    state = (state * 48_271) % 2_147_483_647;
    words.push(`word${(state % 5_000).toString(36)}`);
  }
  return words.join(" ");
}

const shares: Readonly<Record<(typeof arms)[number], number>> = {
  teacher: 9,
  student: 6,
  base: 1,
  control: 1,
};

export async function writeRows(file: string, trajectories: number, steps: number): Promise<void> {
  const out = createWriteStream(file);
  for (let i = 0; i < trajectories / arms.length; i += 1) {
    for (const agent of arms) {
      if (!out.write(`${row(agent, i, steps)}\n`)) await once(out, "drain");
    }
  }
  out.end();
  await once(out, "finish");
}

/** Who was distilled from whom, for a config. */
export const lineages = [
  {
    name: "llama",
    teacher: "teacher",
    students: [{ agent: "student", baseline: "base", control: "control" }],
  },
];
