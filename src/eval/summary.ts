// What a run came to, by agent: how trials ended, what succeeded, and what was scored.

import { type Measure, primaryMeasures, type Score } from "../core/measure.ts";
import { type Trial, type TrialEnd, type TrialResult, trialEnds } from "./trial.ts";

export interface AgentSummary {
  readonly agent: string;
  readonly trials: number;
  readonly ends: Readonly<Record<TrialEnd, number>>;
  /** Of the trials whose success could be checked. */
  readonly succeeded: number;
  readonly checked: number;
  readonly calls: number;
  readonly malformed: number;
  readonly tokens: { readonly input: number; readonly output: number };
  readonly measures: Readonly<Record<string, MeasureSummary>>;
}

/** Of scored trials. What was cut off before it settled is undetermined, and never a miss. */
export interface MeasureSummary {
  readonly hits: number;
  readonly misses: number;
  readonly undetermined: number;
}

export interface Summary {
  add(trial: Trial, result: TrialResult): void;
  agents(): readonly AgentSummary[];
}

interface Sum {
  trials: number;
  readonly ends: Record<TrialEnd, number>;
  succeeded: number;
  checked: number;
  calls: number;
  malformed: number;
  readonly tokens: { input: number; output: number };
  readonly measures: Map<Measure, Record<keyof MeasureSummary, number>>;
}

const kinds = {
  hit: "hits",
  miss: "misses",
  undetermined: "undetermined",
} as const satisfies Record<Score["value"], keyof MeasureSummary>;

export function createSummary(agents: readonly string[]): Summary {
  const sums = new Map(agents.map((agent) => [agent, emptySum()]));
  return {
    add({ agent }, result) {
      const sum = sums.get(agent);
      if (sum === undefined) return;
      sum.trials += 1;
      sum.ends[result.end] += 1;
      if (result.success !== undefined) sum.checked += 1;
      if (result.success === true) sum.succeeded += 1;
      sum.calls += result.calls;
      sum.malformed += result.malformed;
      sum.tokens.input += result.usage.input ?? 0;
      sum.tokens.output += result.usage.output ?? 0;
      for (const [measure, counts] of sum.measures) {
        const score = result.scores?.[measure];
        counts[score === undefined ? "undetermined" : kinds[score.value]] += 1;
      }
    },
    agents: () =>
      [...sums].map(([agent, { measures, ...sum }]) => ({
        agent,
        ...sum,
        measures: Object.fromEntries(measures),
      })),
  };
}

function emptySum(): Sum {
  const zeros = trialEnds.map((end): [TrialEnd, number] => [end, 0]);
  return {
    trials: 0,
    ends: Object.fromEntries(zeros) as Record<TrialEnd, number>,
    succeeded: 0,
    checked: 0,
    calls: 0,
    malformed: 0,
    tokens: { input: 0, output: 0 },
    measures: new Map(
      primaryMeasures.map((measure) => [measure, { hits: 0, misses: 0, undetermined: 0 }]),
    ),
  };
}
