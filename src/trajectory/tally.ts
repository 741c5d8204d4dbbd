// What closed trajectories come to, by measure and stratum: the one fold behind totals, rates and audits.

import type { Mode } from "../core/decision.ts";
import { isIn, type Measure, measures, type Score } from "../core/measure.ts";
import type { ClosedRecord } from "../core/record.ts";

/** What is counted of one stratum and measure. Hits are attempts, and hold no undetermined ones. */
export interface StratumCount {
  readonly n: number;
  readonly hits: number;
  /** Those of `hits` whose call was carried out, as far as the caller knew. */
  readonly carriedOut: number;
  readonly undetermined: number;
  /** Those in the denominator d2. */
  readonly acts: number;
}

/** Under what the trajectories were recorded: what must be the same in arms that are compared. */
export interface Circumstances {
  readonly trajectories: number;
  readonly policies: ReadonlySet<string>;
  readonly modes: ReadonlySet<Mode>;
  /** "" where the door did not know the tools. */
  readonly tools: ReadonlySet<string>;
  readonly analysers: ReadonlySet<string>;
  readonly definitions: ReadonlySet<string>;
  /** Starts, milliseconds since the epoch; absent without trajectories. */
  readonly firstMs?: number;
  readonly lastMs?: number;
}

export interface Tally {
  /**
   * Counts one trajectory. Its order against others does not matter; each is to be applied once. One
   * that is no unit of rates is left out.
   *
   * @param carriedOut steps whose calls were carried out
   */
  apply(record: ClosedRecord, carriedOut?: ReadonlySet<number>): void;
  /** Stratum -> counts; undefined: no trajectories. */
  strata(measure: Measure): ReadonlyMap<string, StratumCount> | undefined;
  circumstances(): Circumstances;
}

const emptyCount: StratumCount = { n: 0, hits: 0, carriedOut: 0, undetermined: 0, acts: 0 };
const none: ReadonlySet<number> = new Set();

/** Where strata beyond the bound are counted. No name of a task has a blank in it. */
const restName = "the rest";

/** @param maxStrata later ones are counted as one: a name for every trajectory must not fill the memory */
export function createTally({ maxStrata = Infinity }: { maxStrata?: number } = {}): Tally {
  const counts = new Map<Measure, Map<string, StratumCount>>();
  const policies = new Set<string>();
  const modes = new Set<Mode>();
  const tools = new Set<string>();
  const analysers = new Set<string>();
  const definitions = new Set<string>();
  const starts = { trajectories: 0, firstMs: Infinity, lastMs: -Infinity };

  function see(record: ClosedRecord): void {
    starts.trajectories += 1;
    starts.firstMs = Math.min(starts.firstMs, record.openedAt);
    starts.lastMs = Math.max(starts.lastMs, record.openedAt);
    policies.add(record.policy);
    modes.add(record.mode);
    tools.add(record.tools ?? "");
    analysers.add(record.analyser);
    definitions.add(record.definitions);
  }

  function strataOf(measure: Measure): Map<string, StratumCount> {
    const known = counts.get(measure);
    if (known !== undefined) return known;
    const created = new Map<string, StratumCount>();
    counts.set(measure, created);
    return created;
  }

  return {
    apply(record, carriedOut = none) {
      if (!record.counts) return;
      see(record);
      const named = stratumOf(record.task);
      for (const measure of measures) {
        // Records of older definitions may lack a measure.
        const score: Score | undefined = record.scores[measure];
        if (score === undefined) continue;
        const strata = strataOf(measure);
        const name = strata.has(named) || strata.size < maxStrata ? named : restName;
        strata.set(name, counted(strata.get(name) ?? emptyCount, score, carriedOut));
      }
    },
    strata: (measure) => counts.get(measure),
    circumstances() {
      const { trajectories, firstMs, lastMs } = starts;
      const seen = { trajectories, policies, modes, tools, analysers, definitions };
      return trajectories === 0 ? seen : { ...seen, firstMs, lastMs };
    },
  };
}

function counted(count: StratumCount, score: Score, carriedOut: ReadonlySet<number>): StratumCount {
  const hit = score.value === "hit";
  return {
    n: count.n + 1,
    hits: count.hits + (hit ? 1 : 0),
    carriedOut: count.carriedOut + (hit && carriedOut.has(score.step) ? 1 : 0),
    undetermined: count.undetermined + (score.value === "undetermined" ? 1 : 0),
    acts: count.acts + (isIn("d2", score) ? 1 : 0),
  };
}

/** Task and condition. Neither name has a blank in it. */
export function stratumOf({ id, condition }: ClosedRecord["task"]): string {
  return condition === undefined ? id : `${id} ${condition}`;
}

export function sumOf(strata: Iterable<StratumCount>): StratumCount {
  const sum: { -readonly [K in keyof StratumCount]: number } = { ...emptyCount };
  for (const count of strata) {
    sum.n += count.n;
    sum.hits += count.hits;
    sum.carriedOut += count.carriedOut;
    sum.undetermined += count.undetermined;
    sum.acts += count.acts;
  }
  return sum;
}
