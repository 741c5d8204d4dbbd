// What the commands of an export say on a terminal.

import type { ExportDiff, Manifest, Verified } from "../dataset/export/index.ts";
import { coloursOf, exitCodes, printLine, type Terminal } from "./terminal.ts";

export function printManifest(terminal: Terminal, folder: string, manifest: Manifest): void {
  const { counts, splits, near, query } = manifest;
  const { bold, dim, yellow } = coloursOf(terminal);
  const line = (name: string, number: number) =>
    printLine(terminal, `  ${name.padEnd(40)} ${String(number).padStart(10)}`);
  const { where } = query.select;
  if (where !== undefined) printLine(terminal, `where ${where}`);
  line("trajectories found", counts.found);
  line("trajectories selected", counts.trajectories);
  for (const [why, number] of Object.entries(counts.without)) line(`without rows: ${why}`, number);
  line("rows", counts.rows);
  for (const [stage, number] of Object.entries(counts.dropped)) line(`dropped: ${stage}`, number);
  line("written", counts.written);
  for (const [why, number] of Object.entries(counts.masked))
    line(`messages masked: ${why}`, number);
  line("secrets taken out once more", counts.redacted);
  if (counts.written === 0) {
    const why = counts.found === 0 ? " Trajectories that are open are in no dataset." : "";
    printLine(terminal, `\nNo rows, so nothing was written.${why}`);
    return;
  }
  if (near !== undefined) {
    line(`near another (${query.near.threshold} or more)`, near.rows);
    if (near.across > 0) line("  of these across splits", near.across);
  }
  printLine(terminal);
  for (const [name, { rows, tasks }] of Object.entries(splits)) {
    printLine(terminal, `  ${bold(name)}: ${rows} rows of ${tasks} tasks`);
  }
  if (near !== undefined && near.across > 0 && query.near.how === "report") {
    const said =
      "Rows are nearly the same as rows of another split: what is trained on is tested on.";
    printLine(terminal, yellow(`\n${said} --near drop-across leaves them out.`));
  }
  printLine(terminal, dim(`\n${folder}: rows, manifest.json, rows.jsonl and a data card`));
}

export function printVerified(
  terminal: Terminal,
  { files, rows, problems, notes }: Verified,
): number {
  const { red } = coloursOf(terminal);
  for (const problem of problems) printLine(terminal, red(problem));
  for (const note of notes) printLine(terminal, note);
  if (problems.length > 0) return exitCodes.problems;
  const said =
    "are what was written, and what the store gives; its chains go on from those of then.";
  printLine(terminal, `${files} files and ${rows} rows ${said}`);
  return exitCodes.ok;
}

const whys = {
  recorded: "recorded otherwise",
  rows: "other rows",
  split: "another split",
} as const;

export function printDiff(terminal: Terminal, diff: ExportDiff): number {
  const { bold, green, red, yellow } = coloursOf(terminal);
  if (diff.same) {
    printLine(terminal, `The same rows of ${diff.trajectories.same} trajectories.`);
    return exitCodes.ok;
  }
  if (diff.manifest.length > 0) printLine(terminal, bold("manifest"));
  for (const { path, a, b } of diff.manifest) printLine(terminal, `  ${path}: ${a} -> ${b}`);
  const { same, came, went, changed } = diff.trajectories;
  printLine(terminal, bold("trajectories"));
  printLine(terminal, `  ${same} the same, ${came} came, ${went} went, ${changed} changed`);
  for (const id of diff.came) printLine(terminal, green(`  + ${id}`));
  more(terminal, came - diff.came.length);
  for (const id of diff.went) printLine(terminal, red(`  - ${id}`));
  more(terminal, went - diff.went.length);
  for (const { trajectory, why } of diff.changed) {
    const said = why.map((one) => whys[one]).join(", ");
    printLine(terminal, yellow(`  ~ ${trajectory}: ${said}`));
  }
  more(terminal, changed - diff.changed.length);
  return exitCodes.problems;
}

function more(terminal: Terminal, number: number): void {
  if (number > 0) printLine(terminal, `    and ${number} more`);
}
