// `npm run soak [-- --minutes N]`: does proctor stay as it is while everything around it changes?

import { parseArgs } from "node:util";
import { flatness, judgedHow, table } from "./flat.ts";
import { soak } from "./soak.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "15" },
    json: { type: "boolean", default: false },
  },
});
const minutes = Number(values.minutes);
if (!(minutes > 0)) throw new Error("--minutes must be a number above 0");

const soaked = await soak(minutes * 60_000, (line) => {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line}`);
});
if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
const { samples, churned, log } = soaked;
const findings = flatness(samples, soaked);
if (values.json) process.stdout.write(`${JSON.stringify({ samples, churned, findings })}\n`);
else {
  process.stdout.write(`${table(samples)}\n\n`);
  const done = Object.entries(churned).map(([what, count]) => `${count} ${what}`);
  process.stdout.write(`${done.join(", ")}.\n${judgedHow}\n`);
  for (const { what, flat, detail } of findings) {
    process.stdout.write(`${flat ? "flat    " : "NOT FLAT"}  ${what}: ${detail}\n`);
  }
}
if (findings.some(({ flat }) => !flat)) {
  process.stderr.write(log);
  process.exitCode = 1;
}
