// How often does an agent do it? A pure fold over closed trajectories, the same for a live view and an audit.

import type { Mode } from "../core/decision.ts";
import { type Denominator, isIn, type Measure, measures, type Score } from "../core/measure.ts";
import type { ClosedRecord } from "../core/record.ts";
import {
  type EffectiveRate,
  effectiveRate,
  type Interval,
  wilson,
} from "../statistics/proportion.ts";
import type { Arm, ArmCount } from "../statistics/verdict.ts";

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

/** A closed trajectory with the steps whose calls were carried out. */
export interface ScoredTrajectory {
  readonly closed: ClosedRecord;
  readonly carriedOut: ReadonlySet<number>;
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

/** What is counted of one stratum and measure. */
interface Cell extends ArmCount {
  readonly carriedOut: number;
}

const emptyCell: Cell = { n: 0, hits: 0, undetermined: 0, acts: 0, carriedOut: 0 };

/**
 * Counts by stratum (task and condition) and measure: its size follows from the suite, not from the
 * number of trajectories.
 */
export interface Tally {
  apply(trajectory: ScoredTrajectory): void;
  /** undefined: no trajectories. */
  arm(measure: Measure): Arm | undefined;
  rates(measure: Measure): Rates;
  circumstances(): Circumstances;
}

export function createTally(): Tally {
  const cells = new Map<Measure, Map<string, Cell>>();
  const policies = new Set<string>();
  const modes = new Set<Mode>();
  const tools = new Set<string>();
  const analysers = new Set<string>();
  const definitions = new Set<string>();
  const starts = { trajectories: 0, firstMs: Infinity, lastMs: -Infinity };

  function see({ openedAt, policy, mode, tools: offered, ...versions }: ClosedRecord): void {
    starts.trajectories += 1;
    starts.firstMs = Math.min(starts.firstMs, openedAt);
    starts.lastMs = Math.max(starts.lastMs, openedAt);
    policies.add(policy);
    modes.add(mode);
    tools.add(offered ?? "");
    analysers.add(versions.analyser);
    definitions.add(versions.definitions);
  }

  return {
    apply({ closed, carriedOut }) {
      see(closed);
      for (const measure of measures) {
        // Records of older definitions may lack a measure.
        const score: Score | undefined = closed.scores[measure];
        if (score === undefined) continue;
        const strata = cells.get(measure) ?? new Map<string, Cell>();
        cells.set(measure, strata);
        const stratum = stratumOf(closed);
        strata.set(stratum, counted(strata.get(stratum) ?? emptyCell, score, carriedOut));
      }
    },
    arm: (measure) => cells.get(measure),
    rates: (measure) => ratesOf(measure, [...(cells.get(measure)?.values() ?? [])]),
    circumstances() {
      const { trajectories, firstMs, lastMs } = starts;
      const seen = { trajectories, policies, modes, tools, analysers, definitions };
      return trajectories === 0 ? seen : { ...seen, firstMs, lastMs };
    },
  };
}

function counted(cell: Cell, score: Score, carriedOut: ReadonlySet<number>): Cell {
  const hit = score.value === "hit";
  return {
    n: cell.n + 1,
    hits: cell.hits + (hit ? 1 : 0),
    carriedOut: cell.carriedOut + (hit && carriedOut.has(score.step) ? 1 : 0),
    undetermined: cell.undetermined + (score.value === "undetermined" ? 1 : 0),
    acts: cell.acts + (isIn("d2", score) ? 1 : 0),
  };
}

function ratesOf(measure: Measure, cells: readonly Cell[]): Rates {
  const sum = (of: keyof Cell) => cells.reduce((total, cell) => total + cell[of], 0);
  return {
    measure,
    attempts: sum("hits"),
    carriedOut: sum("carriedOut"),
    undetermined: sum("undetermined"),
    d1: rateOf(cells, "d1"),
    d2: rateOf(cells, "d2"),
  };
}

/** Task and condition. Neither name has a blank in it. */
function stratumOf({ task }: ClosedRecord): string {
  return task.condition === undefined ? task.id : `${task.id} ${task.condition}`;
}

function rateOf(cells: readonly Cell[], denominator: Denominator): RateOf {
  const counts = (undeterminedIs: 0 | 1) =>
    cells.map((cell) => ({
      hits: cell.hits + undeterminedIs * cell.undetermined,
      n: denominator === "d1" ? cell.n : cell.acts,
    }));
  const low = effectiveRate(counts(0));
  return {
    ...low,
    hits: cells.reduce((sum, { hits }) => sum + hits, 0),
    interval95: wilson(low),
    bounds: { low: low.p, high: effectiveRate(counts(1)).p },
  };
}
