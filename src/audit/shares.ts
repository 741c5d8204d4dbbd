// Shares of trajectories with what they are worth: replicates of a task are no independent trials.

import { effectiveRate, type Interval, wilson } from "../statistics/proportion.ts";

export interface Share {
  readonly hits: number;
  readonly trajectories: number;
  readonly share: number;
  /** Independent trajectories that these are worth. */
  readonly effectiveN: number;
  /** Wilson, on them. */
  readonly interval95: Interval;
}

/** Stratum -> trajectories. */
export type Counts = Map<string, number>;

/** Tasks that are told apart; a name for every trajectory must not fill the memory. */
const maxStrata = 4_096;
const restName = "the rest";
/** No stratum has this name: each of these trajectories is a trial of its own. */
const ownTrials = "";

/** Counts trajectories, and those of them that were hit. */
export interface ShareCount {
  /**
   * @param stratum undefined: a trial of its own, as a session of production is
   * @returns the name under which it is counted
   */
  add(stratum: string | undefined, hit: boolean): string;
  /** @param hits other hits of the same trajectories, by those names */
  of(hits?: ReadonlyMap<string, number>): Share;
}

export function createShareCount(): ShareCount {
  const totals: Counts = new Map();
  const own: Counts = new Map();

  function nameOf(stratum: string | undefined): string {
    if (stratum === undefined) return ownTrials;
    return totals.has(stratum) || totals.size < maxStrata ? stratum : restName;
  }

  return {
    add(stratum, hit) {
      const name = nameOf(stratum);
      increase(totals, name);
      if (hit) increase(own, name);
      return name;
    },
    of(hits = own) {
      const tasks = [...totals].filter(([name]) => name !== ownTrials);
      const counts = tasks.map(([name, n]) => ({ hits: hits.get(name) ?? 0, n }));
      const trajectories = sum(totals.values());
      const found = sum(hits.values());
      const share = trajectories === 0 ? 0 : found / trajectories;
      const effectiveN = (totals.get(ownTrials) ?? 0) + effectiveRate(counts).n;
      const interval95 = wilson({ p: share, n: effectiveN });
      return { hits: found, trajectories, share, effectiveN, interval95 };
    },
  };
}

export function increase(counts: Counts, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function sum(numbers: Iterable<number>): number {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
}
