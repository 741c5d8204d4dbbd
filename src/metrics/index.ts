// Every metric of proctor: what feeds them, and the text that a scraper gets.

import type { Clock } from "../core/clock.ts";
import type { Totals } from "../trajectory/totals.ts";
import { type ApprovalMetrics, addApprovals } from "./approvals.ts";
import { addBehaviour, addEffectiveRates, type EffectiveRow } from "./behaviour.ts";
import { addCalls, type CallMetrics } from "./calls.ts";
import { addContrasts, addLimits, type LimitRow, type WatchedLineages } from "./contrasts.ts";
import { contentTypes, negotiate, writeExposition } from "./exposition.ts";
import {
  addBuild,
  addPolicyHealth,
  addStoreHealth,
  type LoadedPolicy,
  type StoreProbes,
} from "./health.ts";
import { createCallLabels, type NamedValues } from "./labels.ts";
import { observeProcess } from "./process.ts";
import { createRegistry } from "./registry.ts";

/** The names are those of the config, the embedded tools' included; `toolsKnown` adds others later. */
export interface MetricsParts extends NamedValues, StoreProbes {
  /** Of proctor. */
  readonly version: string;
  readonly totals: Totals;
  readonly rates: () => readonly EffectiveRow[];
  readonly watched: WatchedLineages;
  readonly limits: () => readonly LimitRow[];
  readonly waitingApprovals: () => number;
  readonly clock: Clock;
}

export interface Metrics extends CallMetrics, ApprovalMetrics {
  /** At the start, and at each reload that succeeded. */
  policyLoaded(policy: LoadedPolicy): void;
  /** A reload failed and the old policy stays. */
  policyRejected(): void;
  /** Tools that an upstream has told of. */
  toolsKnown(names: readonly string[]): void;
  /** @param accept the scraper's Accept header */
  render(accept: string): Promise<{ readonly contentType: string; readonly body: string }>;
}

export function createMetrics(parts: MetricsParts): Metrics {
  const registry = createRegistry(parts.clock);
  const labels = createCallLabels(parts);
  const calls = addCalls(registry, labels);
  addBehaviour(registry, parts.totals);
  addEffectiveRates(registry, parts.rates);
  addContrasts(registry, parts.watched, parts.clock);
  addLimits(registry, parts.limits);
  addStoreHealth(registry, parts);
  const approvals = addApprovals(registry, parts.waitingApprovals);
  const policy = addPolicyHealth(registry, parts.clock);
  addBuild(registry, parts.version);
  const processFamilies = observeProcess();

  return {
    ...calls,
    ...approvals,
    policyLoaded(loaded) {
      labels.rule.extend(loaded.rules);
      policy.loaded(loaded);
    },
    policyRejected: policy.rejected,
    toolsKnown: labels.tool.extend,
    async render(accept) {
      const format = negotiate(accept);
      const families = await Promise.all([registry.collect(), processFamilies()]);
      return {
        contentType: contentTypes[format],
        body: writeExposition(families.flat(), format),
      };
    },
  };
}
