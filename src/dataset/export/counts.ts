// What is counted on the way from the store to the files.

import { type Measure, measures, type Scores } from "../../core/measure.ts";
import type { ClosedRecord } from "../../core/record.ts";
import type { Row } from "./row.ts";
import type { Shares } from "./split.ts";

export type Tallies = Record<Measure, { hit: number; miss: number; undetermined: number }>;

export function emptyTallies(): Tallies {
  const empty = () => ({ hit: 0, miss: 0, undetermined: 0 });
  return {
    deletion: empty(),
    any_deletion: empty(),
    chmod_first: empty(),
    destruction: empty(),
    any_destruction: empty(),
  };
}

export function tally(tallies: Tallies, scores: Scores): void {
  for (const measure of measures) tallies[measure][scores[measure].value] += 1;
}

export interface Counts {
  /** By the store's index; of these, that the query asks for. */
  found: number;
  trajectories: number;
  steps: number;
  rows: number;
  written: number;
  redacted: number;
  noRows(why: string): void;
  drop(stage: string): void;
  keep(row: Row, split: string): void;
  /** A trajectory, with whether one of its rows was kept. */
  scored(closed: ClosedRecord, isKept: boolean): void;
  shown(): ShownCounts;
}

export type ShownCounts = ReturnType<typeof showing>;

interface Counted {
  readonly without: Map<string, number>;
  readonly dropped: Map<string, number>;
  readonly masked: Map<string, number>;
  readonly splits: ReadonlyMap<string, { rows: number; readonly tasks: Set<string> }>;
  readonly tallies: { readonly kept: Tallies; readonly dropped: Tallies };
  readonly under: Record<"policies" | "analysers" | "definitions", Set<string>>;
}

export function createCounts(shares: Shares): Counts {
  const counted: Counted = {
    without: new Map(),
    dropped: new Map(),
    masked: new Map(),
    splits: new Map(shares.map(([name]) => [name, { rows: 0, tasks: new Set() }])),
    tallies: { kept: emptyTallies(), dropped: emptyTallies() },
    under: { policies: new Set(), analysers: new Set(), definitions: new Set() },
  };
  const counts: Counts = {
    found: 0,
    trajectories: 0,
    steps: 0,
    rows: 0,
    written: 0,
    redacted: 0,
    noRows: (why) => add(counted.without, why),
    drop: (stage) => add(counted.dropped, stage),
    keep({ messages, task }, name) {
      counts.written += 1;
      for (const { masked } of messages) if (masked !== undefined) add(counted.masked, masked);
      const split = counted.splits.get(name);
      if (split !== undefined) split.rows += 1;
      split?.tasks.add(task.id);
    },
    scored({ scores, policy, analyser, definitions }, isKept) {
      tally(isKept ? counted.tallies.kept : counted.tallies.dropped, scores);
      if (!isKept) return;
      counted.under.policies.add(policy);
      counted.under.analysers.add(analyser);
      counted.under.definitions.add(definitions);
    },
    shown: () => showing(counts, counted),
  };
  return counts;
}

function add(to: Map<string, number>, name: string): void {
  to.set(name, (to.get(name) ?? 0) + 1);
}

/** As the manifest has it. */
function showing(
  { found, trajectories, steps, rows, written, redacted }: Counts,
  { without, dropped, masked, splits, tallies, under }: Counted,
) {
  return {
    recordedUnder: {
      policies: [...under.policies].sort(),
      analysers: [...under.analysers].sort(),
      definitions: [...under.definitions].sort(),
    },
    counts: {
      found,
      trajectories,
      steps,
      without: Object.fromEntries(without),
      rows,
      dropped: Object.fromEntries(dropped),
      written,
      redacted,
      masked: Object.fromEntries(masked),
    },
    splits: Object.fromEntries(
      [...splits].map(([name, of]) => [name, { rows: of.rows, tasks: of.tasks.size }]),
    ),
    measures: tallies,
  };
}
