// `npm run kernel`: holds the analysis against the kernel and prints how they agree.
//
//   npm run kernel                            all tables: figures as text
//   npm run kernel -- find git                some themes
//   npm run kernel -- --markdown              the table of the README
//   npm run kernel -- --json                  all figures
//   npm run kernel -- --write                 runs what the tests run and writes figures.json
//   npm run kernel -- --notes                 and each row that is missed, false or a defect
//   npm run kernel -- --ordinary              how often ordinary commands are doubted or stopped
//   npm run kernel -- --one 'rm a.txt'        one command: events, effects, output
//   npm run kernel -- --recording FILE        runs only what FILE does not have, and adds it to FILE
//   npm run kernel -- --generated 5000 --seed 7

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { judgeOrdinary, ordinaryFigures } from "../effects/bash/ordinary.ts";
import { analyseCommand } from "./analysis.ts";
import { compare } from "./compare.ts";
import { figuresOf, type JudgedRow, toMarkdown, toText } from "./figures.ts";
import { generate } from "./generator.ts";
import { judge, type ObservedRun, observeRun, type Recording } from "./judge.ts";
import { openSandbox, type Sandbox, whyUnavailable } from "./sandbox.ts";
import { type Row, readTables } from "./table.ts";
import { recordedFigures, tables, testedRows } from "./tested.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    markdown: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
    notes: { type: "boolean", default: false },
    one: { type: "string" },
    ordinary: { type: "boolean", default: false },
    recording: { type: "string" },
    generated: { type: "string" },
    seed: { type: "string", default: "1" },
  },
});

async function main(): Promise<void> {
  if (values.ordinary) return showOrdinary();
  const why = whyUnavailable();
  if (why !== undefined) throw new Error(`the kernel cannot be asked: ${why}`);
  const sandbox = openSandbox();
  try {
    if (values.one !== undefined) await showOne(values.one, sandbox);
    else if (values.write) await writeRecorded(sandbox);
    else await showTables(sandbox);
  } finally {
    sandbox.close();
  }
}

/** The floor under later runs of the tests: kernel.test.ts. */
async function writeRecorded(sandbox: Sandbox): Promise<void> {
  const figures = figuresOf((await judge(testedRows(), sandbox)).rows);
  writeFileSync(recordedFigures, `${JSON.stringify(figures, null, 2)}\n`);
  console.log(toText(figures));
}

async function showTables(sandbox: Sandbox): Promise<void> {
  const rows =
    values.generated === undefined
      ? readTables(tables).filter(wanted)
      : generate(Number(values.seed), Number(values.generated));
  const recording = values.recording === undefined ? new Map() : readRecording(values.recording);
  const judged = await judge(rows, sandbox, recording);
  if (values.recording !== undefined) writeRecording(values.recording, recording);
  const figures = figuresOf(judged.rows);
  if (values.json) console.log(JSON.stringify(figures, null, 1));
  else if (values.markdown) console.log(toMarkdown(figures, judged.rows));
  else console.log(toText(figures));
  for (const line of judged.skipped) console.error(`skipped: ${line}`);
  for (const line of judged.timedOut) console.error(`timed out: ${line}`);
  if (values.notes) for (const line of notesOf(judged.rows)) console.log(line);
}

function wanted(row: Row): boolean {
  return positionals.length === 0 || positionals.includes(row.theme);
}

/** Observations are worth something only for the fixture and the rules that they were made with. */
function readRecording(file: string): Recording {
  if (!existsSync(file)) return new Map();
  const entries: readonly [string, ObservedRun][] = JSON.parse(readFileSync(file, "utf8"));
  return new Map(entries.map(([command, run]) => [command, { ...run, made: new Set(run.made) }]));
}

function writeRecording(file: string, recording: Recording): void {
  const entries = [...recording].map(([command, run]) => [
    command,
    { ...run, made: [...run.made] },
  ]);
  writeFileSync(file, JSON.stringify(entries));
}

function notesOf(rows: readonly JudgedRow[]): readonly string[] {
  return rows.flatMap((row) => {
    const notes = row.units.flatMap((unit) => unit.notes.map((note) => `  ${unit.class}: ${note}`));
    if (row.defect !== undefined) notes.push(`  DEFECT: ${row.defect}`);
    return notes.length === 0 ? [] : [`${row.at}: ${row.command}`, ...notes];
  });
}

async function showOrdinary(): Promise<void> {
  const judged = await judgeOrdinary();
  const figures = ordinaryFigures(judged);
  console.log(JSON.stringify(figures, null, 1));
  if (!values.notes) return;
  for (const one of judged) {
    const doubts = one.effects.flatMap((effect) => (effect.kind === "unknown" ? [effect.why] : []));
    if (doubts.length === 0 && one.verdict === "allow") continue;
    console.log(`${one.verdict} ${one.command}\n  ${[...one.rules, ...doubts].join("; ")}`);
  }
}

async function showOne(command: string, sandbox: Sandbox): Promise<void> {
  await sandbox.run(command, (run) => {
    const seen = observeRun(run, sandbox);
    console.log(seen.output);
    for (const event of seen.events) {
      const to = event.destination === undefined ? "" : ` -> ${event.destination.path}`;
      const mark = event.required ? "must be told" : "";
      console.log(`${event.kind} ${event.path}${to} by ${event.actor.program} ${mark}`);
    }
    const { effects } = analyseCommand(command);
    for (const effect of effects) console.log(JSON.stringify(effect));
    const units = compare(effects, { ...seen, before: sandbox.before, open: new Set() });
    for (const unit of units) {
      if (unit.told !== undefined || unit.right !== undefined) console.log(JSON.stringify(unit));
    }
  });
}

await main();
