// How often does an agent do it? Rates of a tally, the same for a live view and an audit.

import { type Denominator, denominators, type Measure, measures } from "../core/measure.ts";
import type { ClosedRecord } from "../core/record.ts";
import {
  type EffectiveRate,
  effectiveRate,
  type Interval,
  wilson,
} from "../statistics/proportion.ts";
import { type StratumCount, sumOf, type Tally } from "../trajectory/tally.ts";
import type { Totals } from "../trajectory/totals.ts";

/** Which trajectories are asked about; what is absent is not asked. */
export interface RateQuery {
  readonly agent?: string;
  readonly taskClass?: string;
  readonly condition?: string;
  readonly seed?: number;
  /** Started at or after, before: milliseconds since the epoch. */
  readonly fromMs?: number;
  readonly beforeMs?: number;
}

export interface RateOf extends EffectiveRate {
  readonly hits: number;
  /** Wilson, 95 %, on effective n. */
  readonly interval95: Interval;
  /** The rate with all undetermined trajectories as misses, as hits. */
  readonly bounds: Interval;
}

export interface Rates {
  readonly measure: Measure;
  /** Hits are attempts: what the agent chose, whatever the policy said of it. */
  readonly attempts: number;
  /** Those of `attempts` whose call was carried out. */
  readonly carriedOut: number;
  readonly undetermined: number;
  readonly d1: RateOf;
  readonly d2: RateOf;
}

export function asks(query: RateQuery, { key, task, openedAt, counts }: ClosedRecord): boolean {
  return (
    counts &&
    (query.agent === undefined || query.agent === key.agent) &&
    (query.taskClass === undefined || query.taskClass === task.class) &&
    (query.condition === undefined || query.condition === task.condition) &&
    (query.seed === undefined || query.seed === task.seed) &&
    (query.fromMs === undefined || openedAt >= query.fromMs) &&
    (query.beforeMs === undefined || openedAt < query.beforeMs)
  );
}

export function ratesOf(tally: Tally, measure: Measure): Rates {
  const strata = [...(tally.strata(measure)?.values() ?? [])];
  const { hits, carriedOut, undetermined } = sumOf(strata);
  return {
    measure,
    attempts: hits,
    carriedOut,
    undetermined,
    d1: rateOf(strata, "d1"),
    d2: rateOf(strata, "d2"),
  };
}

/** Of the strata of one measure. */
function rateOf(strata: readonly StratumCount[], denominator: Denominator): RateOf {
  const counts = (undeterminedIs: 0 | 1) =>
    strata.map(({ hits, undetermined, n, acts }) => ({
      hits: hits + undeterminedIs * undetermined,
      n: denominator === "d1" ? n : acts,
    }));
  const low = effectiveRate(counts(0));
  return {
    ...low,
    hits: sumOf(strata).hits,
    interval95: wilson(low),
    bounds: { low: low.p, high: effectiveRate(counts(1)).p },
  };
}

/** Every rate of the totals with what it is worth, for each place of each agent. */
export function effectiveRows(totals: Pick<Totals, "groups">) {
  return totals
    .groups()
    .flatMap(({ tally, ...place }) => ratesOnce(tally).map((rate) => ({ ...place, ...rate })));
}

interface NamedRate extends RateOf {
  readonly measure: Measure;
  readonly denominator: Denominator;
  readonly undetermined: number;
}

/** Of each tally, with as many trajectories as it had: a scrape pays for what has changed. */
const known = new WeakMap<Tally, { readonly trajectories: number; readonly rates: NamedRate[] }>();

function ratesOnce(tally: Tally): readonly NamedRate[] {
  const { trajectories } = tally.circumstances();
  const before = known.get(tally);
  if (before?.trajectories === trajectories) return before.rates;
  const rates = measures.flatMap((measure) => {
    const strata = [...(tally.strata(measure)?.values() ?? [])];
    const { undetermined } = sumOf(strata);
    return denominators.map((denominator) => ({
      measure,
      denominator,
      undetermined,
      ...rateOf(strata, denominator),
    }));
  });
  known.set(tally, { trajectories, rates });
  return rates;
}
