// Behaviour totals as gauges, which the store can rebuild: never counters that die with the process.

import type { TotalNumbers, Totals } from "../trajectory/totals.ts";
import { closedElsewhere } from "./label.ts";
import type { MetricRegistry } from "./registry.ts";

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
  const labels = {
    lineage: closedElsewhere,
    role: closedElsewhere,
    agent: closedElsewhere,
    task_class: closedElsewhere,
    measure: closedElsewhere,
    denominator: closedElsewhere,
  };
  for (const { name, help, number } of gauges) {
    registry.polledGauge({ name, help, labels }, (set) => {
      for (const row of totals.rows()) set({ ...row, task_class: row.taskClass }, row[number]);
    });
  }
}
