// Metrics of proctor itself: build, policy, store, trajectories.

import type { Clock } from "../core/clock.ts";
import type { Mode } from "../core/decision.ts";
import { analyserVersion } from "../core/effect.ts";
import { definitionsVersion } from "../core/measure.ts";
import { closedElsewhere, closedLabel } from "./label.ts";
import type { MetricRegistry } from "./registry.ts";

export interface LoadedPolicy {
  readonly digest: string;
  readonly mode: Mode;
  /** Ids of its rules, built-in ones included. */
  readonly rules: readonly string[];
}

export interface PolicyHealth {
  loaded(policy: LoadedPolicy): void;
  rejected(): void;
}

export function addBuild(registry: MetricRegistry, version: string): void {
  const info = registry.gauge({
    name: "proctor_build_info",
    help: "Always 1; the versions of proctor, of effect analysis and of the measures.",
    labels: { version: closedElsewhere, analyser: closedElsewhere, definitions: closedElsewhere },
  });
  info.replace({ version, analyser: analyserVersion, definitions: definitionsVersion }, 1);
}

export function addPolicyHealth(registry: MetricRegistry, clock: Clock): PolicyHealth {
  const info = registry.gauge({
    name: "proctor_policy_info",
    help: "Always 1; digest and mode of the policy that decides.",
    labels: { digest: closedElsewhere, mode: closedElsewhere },
  });
  const reloads = registry.counter({
    name: "proctor_policy_reloads_total",
    help: "Loads of the policy, the first one included; after a failed one the old policy stays.",
    labels: { result: closedLabel(["ok", "failed"]) },
  });
  const healthy = registry.gauge({
    name: "proctor_policy_last_reload_successful",
    help: "1 if the files were valid when the policy was last loaded, else 0.",
    labels: {},
  });
  const lastSuccess = registry.gauge({
    name: "proctor_policy_last_reload_success_timestamp_seconds",
    help: "When a policy was last loaded.",
    labels: {},
  });
  return {
    loaded({ digest, mode }) {
      info.replace({ digest, mode }, 1);
      reloads({ result: "ok" });
      healthy.replace({}, 1);
      lastSuccess.replace({}, clock.nowMs() / 1000);
    },
    rejected() {
      reloads({ result: "failed" });
      healthy.replace({}, 0);
    },
  };
}

export interface StoreProbes {
  /** How many trajectories are open, in the store. */
  readonly openTrajectories: () => number | Promise<number>;
  /** Resolves if the store takes appends, else rejects. */
  readonly storeHealthy: () => Promise<void>;
}

export function addStoreHealth(registry: MetricRegistry, probes: StoreProbes): void {
  registry.polledGauge(
    {
      name: "proctor_trajectories_open",
      help: "Trajectories in the store without an end; the last known number if the store fails.",
      labels: {},
    },
    async (set) => set({}, await probes.openTrajectories()),
  );
  registry.polledGauge(
    {
      name: "proctor_store_up",
      help: "1 if the store takes records, else 0, and then calls are refused.",
      labels: {},
    },
    async function probe(set) {
      const up = await probes.storeHealthy().then(
        () => 1,
        () => 0,
      );
      set({}, up);
    },
  );
}
