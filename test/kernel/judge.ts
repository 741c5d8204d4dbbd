// Runs rows under the kernel and judges the analysis of each.

import { analyseCommand } from "./analysis.ts";
import { classOf, compare } from "./compare.ts";
import type { JudgedRow } from "./figures.ts";
import { type Observation, type Observed, observe } from "./observe.ts";
import { settleRepositories } from "./repository.ts";
import { project, type Run, type Sandbox } from "./sandbox.ts";
import type { Expected, Row } from "./table.ts";
import { readTrace } from "./trace.ts";
import { follow, type Tree } from "./tree.ts";

export interface Judged {
  readonly rows: readonly JudgedRow[];
  /** Rows that need a program which is not here: `rsync.txt:3 needs rsync`. */
  readonly skipped: readonly string[];
  /** Rows that were killed: the machine was too slow for them, and nothing is said of them. */
  readonly timedOut: readonly string[];
}

/** As many as the machines that this is meant for have cores. */
const parallelRows = 2;

/**
 * Observations of an earlier run by command, to judge a changed analysis without running anything;
 * what is not in it is run and added.
 */
export type Recording = Map<string, ObservedRun>;

export async function judge(
  rows: readonly Row[],
  sandbox: Sandbox,
  recording: Recording = new Map(),
): Promise<Judged> {
  const judged: (JudgedRow | undefined)[] = rows.map(() => undefined);
  const skipped: string[] = [];
  const timedOut: string[] = [];
  let next = 0;
  async function work(): Promise<void> {
    for (let at = next++; at < rows.length; at = next++) {
      const row = rows[at];
      if (row === undefined) return;
      const missing = sandbox.missing(row.needs);
      if (missing.length > 0) skipped.push(`${row.at} needs ${missing.join(", ")}`);
      else {
        judged[at] = await judgeRow(row, sandbox, recording);
        if (judged[at] === undefined) timedOut.push(row.at);
      }
    }
  }
  await Promise.all(Array.from({ length: parallelRows }, work));
  return { rows: judged.filter((row) => row !== undefined), skipped, timedOut };
}

async function judgeRow(
  row: Row,
  sandbox: Sandbox,
  recording: Recording,
): Promise<JudgedRow | undefined> {
  const observed =
    row.judged === undefined
      ? await observeRow(row, sandbox, recording)
      : byHand(row.judged, sandbox.before);
  if (observed.timedOut) return undefined;
  const { effects } = analyseCommand(row.command);
  const seen = { ...observed, before: sandbox.before, open: row.open };
  return {
    theme: row.theme,
    at: row.at,
    command: row.command,
    units: compare(effects, seen),
    unknown: effects.some((effect) => effect.kind === "unknown"),
    defect: defectOf(row, observed),
  };
}

async function observeRow(row: Row, sandbox: Sandbox, recording: Recording): Promise<ObservedRun> {
  const earlier = recording.get(row.command);
  if (earlier !== undefined && !earlier.timedOut) return earlier;
  const observed = await sandbox.run(row.command, (run) => observeRun(run, sandbox));
  if (!observed.timedOut) recording.set(row.command, observed);
  return observed;
}

export interface ObservedRun extends Observation {
  readonly timedOut: boolean;
  readonly output: string;
}

export function observeRun(run: Run, sandbox: Sandbox): ObservedRun {
  const { events, made } = observe(readTrace(run.trace, project), sandbox.before, run.after);
  return {
    events: settleRepositories(events, sandbox.template, run.root, sandbox.before, run.after),
    made,
    timedOut: run.timedOut,
    output: run.output,
  };
}

/** What a row that must not run would do, as its directive says. */
function byHand(expected: readonly Expected[], before: Tree): ObservedRun {
  const actor = { pid: 0, program: "", words: [], command: -1 };
  const events = expected.map(({ kind, path = "/" }): Observed => {
    return { kind, path, real: follow(before, path, false), required: true, actor };
  });
  const made = new Set(events.map((event) => event.real));
  return { events, made, timedOut: false, output: "" };
}

/** Why a row does not show what its table says that it shows. */
function defectOf(row: Row, observed: ObservedRun): string | undefined {
  if (row.judged !== undefined || row.expected === undefined) return undefined;
  const events = observed.events.filter((event) => event.required);
  if (row.expected.length === 0) {
    const harm = events.find((event) => event.kind !== "write");
    return harm === undefined ? undefined : `${harm.kind} ${harm.path} happened`;
  }
  const unmet = row.expected.find(({ kind, path }) => !events.some(met(kind, path)));
  if (unmet === undefined) return undefined;
  return `${unmet.kind} ${unmet.path ?? ""} did not happen: ${observed.output.trim().slice(0, 200)}`;
}

function met(kind: Observed["kind"], path: string | undefined): (event: Observed) => boolean {
  return (event) =>
    classOf(event.kind) === classOf(kind) &&
    (path === undefined || event.path === path || event.real === path);
}
