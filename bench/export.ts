// What an export costs over many trajectories, in each format: seconds, CPU and memory of each command in a process
// of its own, over a quarter and over all, so that a cost that is not linear shows.
// `npm run bench:export -- [trajectories] [steps]`; 50,000 of 20 as usual.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { costHeader, printCost, runCommand } from "./measure.ts";
import { arms, lineages, writeRows } from "./trajectories.ts";

const formats = ["trl", "trl-parquet", "openai", "atif", "proctor"];
const verified = "trl";

async function measure(trajectories: number, steps: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "proctor-bench-export-"));
  try {
    const agents = arms.map((id) => ({ id }));
    writeFileSync(join(folder, "proctor.yaml"), JSON.stringify({ agents, lineages }));
    await writeRows(join(folder, "rows.jsonl"), trajectories, steps);
    const from = ["rows.jsonl", "--format", "openai", "--catalogue", "anthropic"];
    await runCommand(folder, ["import", ...from]);
    const all = trajectories * steps;
    const common = ["--split", "train=0.9,test=0.1", "--where", "steps > 0"];
    for (const format of formats) {
      const out = join(folder, format);
      const cost = await runCommand(folder, ["export", out, "--format", format, ...common]);
      printCost(`\`export --format ${format}\``, all, cost);
      if (format !== verified) rmSync(out, { recursive: true });
    }
    const verify = await runCommand(folder, ["export", "verify", join(folder, verified)]);
    printCost(`\`export verify\` of ${verified}`, all, verify);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const [trajectories = 50_000, steps = 20] = process.argv.slice(2).map(Number);
for (const share of [4, 1]) {
  console.log(costHeader);
  await measure(Math.round(trajectories / share), steps);
}
