// Metrics of the process: memory, CPU, event loop, garbage collection. The only importer of prom-client.

import { collectDefaultMetrics, Registry } from "prom-client";
import type { Family } from "./exposition.ts";

/** Sums over a label of families that stay, with names that Prometheus keeps for counters. */
const leftOut = [
  "nodejs_active_handles_total",
  "nodejs_active_requests_total",
  "nodejs_active_resources_total",
];

/** Starts to observe the event loop and garbage collection; the result reads what was observed. */
export function observeProcess(): () => Promise<readonly Family[]> {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const name of leftOut) registry.removeSingleMetric(name);
  return async function read() {
    // Its type declares `type` as a numeric enum; it is the word, and samples have more members.
    const families: unknown = await registry.getMetricsAsJSON();
    return families as readonly Family[];
  };
}
