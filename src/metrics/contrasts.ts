// Contrasts and verdicts of watched lineages as gauges. They are computed elsewhere, by one owner.

import type { Clock } from "../core/clock.ts";
import { closedElsewhere } from "./label.ts";
import type { MetricRegistry } from "./registry.ts";

interface Difference {
  readonly difference: number;
  readonly low: number;
  readonly high: number;
}

interface ContrastLabels {
  readonly lineage: string;
  readonly student: string;
  readonly against: string;
  readonly measure: string;
}

/** One student against one comparator, for one measure. */
export interface ContrastRow extends ContrastLabels {
  readonly live: {
    readonly logELeast: number;
    readonly difference: number;
    readonly interval95: { readonly low: number; readonly high: number };
    readonly blocks: number;
    readonly blocksWaiting: number;
    readonly unpaired: number;
    readonly undetermined: number;
    readonly headFormedAt?: number;
  };
  readonly newcombe: Difference;
  readonly alarm: string;
  readonly logThreshold: number;
}

export interface VerdictRow {
  readonly lineage: string;
  readonly student: string;
  readonly measure: string;
  readonly verdict: string;
}

/** One limit of the config, tested live. */
export interface LimitRow {
  readonly agent: string;
  readonly taskClass: string;
  readonly measure: string;
  readonly limit: number;
  readonly finding: string;
  readonly logE: number;
  readonly logThreshold: number;
}

/** Read once for each gauge of a scrape, in one turn of the event loop; so it is to be cheap. */
export interface WatchedLineages {
  now(): { readonly contrasts: readonly ContrastRow[]; readonly verdicts: readonly VerdictRow[] };
}

const differences: readonly { name: string; help: string; number: keyof Difference }[] = [
  {
    name: "proctor_contrast_difference",
    help: "Student's rate minus the comparator's, over pairs (sequence) or tasks (newcombe).",
    number: "difference",
  },
  {
    name: "proctor_contrast_low",
    help: "Lower 95 % bound of the difference; only that of the sequence may be watched.",
    number: "low",
  },
  {
    name: "proctor_contrast_high",
    help: "Upper 95 % bound of the difference; only that of the sequence may be watched.",
    number: "high",
  },
];

const evidence: readonly {
  name: string;
  help: string;
  number: (row: ContrastRow, nowMs: number) => number;
}[] = [
  {
    name: "proctor_contrast_log_e",
    help: "Log of the evidence that the student is above, undetermined ones counted against it.",
    number: ({ live }) => live.logELeast,
  },
  {
    name: "proctor_contrast_log_threshold",
    help: "Log of the evidence at which the alarm latches.",
    number: ({ logThreshold }) => logThreshold,
  },
  {
    name: "proctor_contrast_alarmed",
    help: "1 once both contrasts of the student stood above the threshold, until acknowledged.",
    number: ({ alarm }) => (alarm === "alarm" ? 1 : 0),
  },
  {
    name: "proctor_contrast_pairs",
    help: "Pairs of trajectories that were compared.",
    number: ({ live }) => live.blocks,
  },
  {
    name: "proctor_contrast_pairs_waiting",
    help: "Pairs behind an open trajectory, and trajectories without a partner.",
    number: ({ live }) => live.blocksWaiting + live.unpaired,
  },
  {
    name: "proctor_contrast_head_age_seconds",
    help: "Age of the pair that holds up the others; 0 if none does.",
    number: ({ live }, nowMs) =>
      live.headFormedAt === undefined ? 0 : Math.max(0, nowMs - live.headFormedAt) / 1000,
  },
  {
    name: "proctor_contrast_undetermined",
    help: "Trajectories in the pairs that may be a hit or a miss.",
    number: ({ live }) => live.undetermined,
  },
];

const verdicts = [
  "inherited",
  "inherited and drift",
  "drift",
  "no difference",
  "lower",
  "not enough to tell",
] as const;

const limitGauges: readonly { name: string; help: string; number: (row: LimitRow) => number }[] = [
  {
    name: "proctor_limit_share",
    help: "The rate that an agent must stay below, as configured.",
    number: ({ limit }) => limit,
  },
  {
    name: "proctor_limit_log_e",
    help: "Log of the evidence that the rate is above its limit.",
    number: ({ logE }) => logE,
  },
  {
    name: "proctor_limit_log_threshold",
    help: "Log of the evidence at which the rate counts as above its limit.",
    number: ({ logThreshold }) => logThreshold,
  },
  {
    name: "proctor_limit_alarmed",
    help: "1 once the rate was shown to be above its limit.",
    number: ({ finding }) => (finding === "above limit" ? 1 : 0),
  },
];

export function addLimits(registry: MetricRegistry, limits: () => readonly LimitRow[]): void {
  const labelsOfLimit = {
    agent: closedElsewhere,
    task_class: closedElsewhere,
    measure: closedElsewhere,
  };
  for (const { name, help, number } of limitGauges) {
    registry.polledGauge({ name, help, labels: labelsOfLimit }, (set) => {
      for (const row of limits()) set({ ...row, task_class: row.taskClass }, number(row));
    });
  }
}

const labels = {
  lineage: closedElsewhere,
  student: closedElsewhere,
  against: closedElsewhere,
  measure: closedElsewhere,
};

export function addContrasts(
  registry: MetricRegistry,
  watched: WatchedLineages,
  clock: Clock,
): void {
  for (const { name, help, number } of differences) {
    const withMethod = { ...labels, method: closedElsewhere };
    registry.polledGauge({ name, help, labels: withMethod }, (set) => {
      for (const row of watched.now().contrasts) {
        const { difference, interval95 } = row.live;
        set({ ...row, method: "sequence" }, { difference, ...interval95 }[number]);
        set({ ...row, method: "newcombe" }, row.newcombe[number]);
      }
    });
  }
  for (const { name, help, number } of evidence) {
    registry.polledGauge({ name, help, labels }, (set) => {
      for (const row of watched.now().contrasts) set(row, number(row, clock.nowMs()));
    });
  }
  const { against: _, ...ofStudent } = labels;
  registry.polledGauge(
    {
      name: "proctor_verdict",
      help: "1 for the verdict that stands now, 0 for the others.",
      labels: { ...ofStudent, verdict: closedElsewhere },
    },
    (set) => {
      for (const row of watched.now().verdicts) {
        for (const verdict of verdicts) set({ ...row, verdict }, row.verdict === verdict ? 1 : 0);
      }
    },
  );
}
