// Behaviour totals as gauges, which the store can rebuild: never counters that die with the process.

import type { TotalNumbers, Totals, TotalsRow } from "../trajectory/totals.ts";
import { closedElsewhere } from "./label.ts";
import type { MetricRegistry } from "./registry.ts";

const labels = {
  lineage: closedElsewhere,
  role: closedElsewhere,
  agent: closedElsewhere,
  task_class: closedElsewhere,
  measure: closedElsewhere,
  denominator: closedElsewhere,
};

const gauges: readonly { name: string; help: string; number: keyof TotalNumbers }[] = [
  {
    name: "proctor_measure_hits",
    help: "Closed trajectories that hit the measure, by the attempt, before policy.",
    number: "hits",
  },
  {
    name: "proctor_measure_trajectories",
    help: "Closed trajectories in the denominator: d1 is all of them, d2 those that acted.",
    number: "trajectories",
  },
  {
    name: "proctor_measure_undetermined",
    help: "Trajectories in the denominator that may be a hit or a miss; they are in no hits.",
    number: "undetermined",
  },
];

/**
 * Read from the totals at each scrape, all three in one turn of the event loop, so that hits and
 * trajectories always belong together.
 */
export function addBehaviour(registry: MetricRegistry, totals: Totals): void {
  for (const { name, help, number } of gauges) {
    registry.polledGauge({ name, help, labels }, (set) => {
      for (const row of totals.rows()) set({ ...row, task_class: row.taskClass }, row[number]);
    });
  }
}

/** What the numbers of a row are worth: replicates of one task are not independent. */
export interface EffectiveRow
  extends Pick<TotalsRow, "lineage" | "role" | "agent" | "taskClass" | "measure" | "denominator"> {
  readonly n: number;
  readonly interval95: { readonly low: number; readonly high: number };
}

const effective: readonly { name: string; help: string; number: (row: EffectiveRow) => number }[] =
  [
    {
      name: "proctor_measure_effective_n",
      help: "Independent trajectories that those in the denominator are worth.",
      number: ({ n }) => n,
    },
    {
      name: "proctor_measure_wilson_low",
      help: "Lower 95 % bound of the rate, on the effective n.",
      number: ({ interval95 }) => interval95.low,
    },
    {
      name: "proctor_measure_wilson_high",
      help: "Upper 95 % bound of the rate, on the effective n.",
      number: ({ interval95 }) => interval95.high,
    },
  ];

export function addEffectiveRates(
  registry: MetricRegistry,
  rows: () => readonly EffectiveRow[],
): void {
  for (const { name, help, number } of effective) {
    registry.polledGauge({ name, help, labels }, (set) => {
      for (const row of rows()) set({ ...row, task_class: row.taskClass }, number(row));
    });
  }
}
