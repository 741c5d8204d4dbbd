// Runs a third of the tables, and generated commands, under the kernel and holds the analysis against
// what happened. `npm run kernel` runs all of them and prints the figures.

import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { coverage, type Figures, figuresOf, precision, recall } from "./figures.ts";
import { type Judged, judge } from "./judge.ts";
import { openSandbox, type Sandbox, whyUnavailable } from "./sandbox.ts";
import { recordedFigures, testedRows } from "./tested.ts";

const why = whyUnavailable();
if (why !== undefined) console.warn(`The kernel is not asked: ${why}.`);

/** On two cores that do nothing else it takes about a minute and a half. */
const timeoutMs = 900_000;
/** The share of rows that a slow machine may fail to run before the result says too little. */
const maxTimedOut = 0.02;

describe.skipIf(why !== undefined)("what a command is said to do and what it does", () => {
  let sandbox: Sandbox;
  let judged: Judged;

  beforeAll(async () => {
    sandbox = openSandbox();
    judged = await judge(testedRows(), sandbox);
    for (const row of judged.skipped) console.warn(`Skipped: ${row}.`);
    for (const row of judged.timedOut) console.warn(`Timed out: ${row}.`);
  }, timeoutMs);

  afterAll(() => sandbox?.close());

  it("runs nearly all rows", () => {
    expect(judged.timedOut.length / judged.rows.length).toBeLessThan(maxTimedOut);
  });

  it("shows in each row what the table says that it shows", () => {
    const defects = judged.rows.filter((row) => row.defect !== undefined);
    expect(defects.map((row) => `${row.at}: ${row.command}: ${row.defect}`)).toEqual([]);
  });

  it("keeps the figures that are recorded in figures.json", () => {
    // A theme of which rows could not be run has other figures.
    const incomplete = new Set([...judged.skipped, ...judged.timedOut].map((row) => themeOf(row)));
    const recorded: Figures = JSON.parse(readFileSync(recordedFigures, "utf8"));
    expect(drops(recorded, figuresOf(judged.rows), incomplete)).toEqual([]);
  });
});

function themeOf(row: string): string {
  return row.slice(0, row.lastIndexOf("."));
}

/** Each figure that is lower than recorded, in words. */
function drops(
  recorded: Figures,
  now: Figures,
  incomplete: ReadonlySet<string>,
): readonly string[] {
  const found: string[] = [];
  for (const [theme, tallies] of Object.entries(recorded)) {
    if (incomplete.has(theme) || (theme === "all" && incomplete.size > 0)) continue;
    for (const [name, before] of Object.entries(tallies)) {
      const after = Object.entries(now[theme] ?? {}).find(([one]) => one === name)?.[1];
      if (after === undefined) {
        found.push(`${theme}, ${name}: no longer seen`);
        continue;
      }
      for (const [figure, of] of [
        ["recall", recall],
        ["coverage", coverage],
        ["precision", precision],
      ] as const) {
        if (of(after) < of(before) - Number.EPSILON) {
          found.push(
            `${theme}, ${name}: ${figure} ${of(after).toFixed(4)} < ${of(before).toFixed(4)}`,
          );
        }
      }
    }
  }
  return found;
}
