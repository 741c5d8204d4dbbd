// What import, audit and backtest cost over many trajectories: seconds, CPU and memory of each command in a
// process of its own, over a quarter and over all, so that a cost that is not linear shows.
// `npm run bench:audit -- [trajectories] [steps]`; 50,000 of 20 as usual.

import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { costHeader, printCost, runCommand } from "./measure.ts";
import { arms, lineages, writeRows } from "./trajectories.ts";

async function measure(trajectories: number, steps: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "proctor-bench-audit-"));
  try {
    const agents = arms.map((id) => ({ id }));
    writeFileSync(join(folder, "proctor.yaml"), JSON.stringify({ agents, lineages }));
    await writeRows(join(folder, "rows.jsonl"), trajectories, steps);
    const all = trajectories * steps;
    const files = ["rows.jsonl", "--format", "openai", "--catalogue", "anthropic"];
    printCost("`import`", all, await runCommand(folder, ["import", ...files]));
    printCost("`audit`", all, await runCommand(folder, ["audit", "llama"]));
    printCost(
      "`audit --html`",
      all,
      await runCommand(folder, ["audit", "llama", "--html", "a.html"]),
    );
    printCost("`policy backtest`", all, await runCommand(folder, ["policy", "backtest"]));
    const { size } = statSync(join(folder, ".proctor", "proctor.db"));
    console.log(
      `\nDatabase of ${all.toLocaleString("en")} steps: ${(size / 2 ** 20).toFixed(0)} MiB\n`,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const [trajectories = 50_000, steps = 20] = process.argv.slice(2).map(Number);
for (const share of [4, 1]) {
  console.log(costHeader);
  await measure(Math.round(trajectories / share), steps);
}
