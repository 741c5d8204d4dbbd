// Limits on rates, watched live: for traffic that nothing randomised, above it or not shown to be.

import type { Measure } from "../core/measure.ts";
import type { ClosedRecord, OpenedRecord } from "../core/record.ts";
import { isUnit, trajectoryId } from "../core/trajectory.ts";
import type { Result, Started } from "../statistics/blocks.ts";
import {
  createLimitTest,
  type Family,
  type LimitTest,
  logThresholdOf,
  type RunningLimit,
} from "../statistics/live.ts";
import { stratumOf } from "../trajectory/tally.ts";

export interface RateLimit {
  readonly agent: string;
  readonly taskClass: string;
  readonly measure: Measure;
  /** Share of trajectories, above 0 and below 1. */
  readonly limit: number;
}

export interface WatchedLimit extends RateLimit, LimitTest {
  readonly logThreshold: number;
}

/** Records come in the order of the store, so a restart is a replay. */
export interface Limits {
  opened(record: OpenedRecord): void;
  apply(record: ClosedRecord): void;
  now(): readonly WatchedLimit[];
}

interface Unit extends Started {
  result: Result;
}

interface Subject extends RateLimit {
  readonly test: RunningLimit<Unit>;
  readonly open: Map<string, Unit>;
}

/** Limits are a family of their own: with every rate below its limit, alpha is the chance of any alarm ever. */
export function createLimits(limits: readonly RateLimit[], family: Family): Limits {
  const logThreshold = logThresholdOf(family);
  const subjects = limits.map(
    (limit): Subject => ({
      ...limit,
      test: createLimitTest<Unit>(({ result }) => result, limit.limit, family),
      open: new Map(),
    }),
  );
  const of = ({ agent }: { agent: string }, task: { class: string }) =>
    subjects.filter((subject) => subject.agent === agent && subject.taskClass === task.class);

  return {
    opened({ key, identifiedBy, task, at }) {
      if (!isUnit(key, identifiedBy)) return;
      const id = trajectoryId(key);
      for (const { test, open } of of(key, task)) {
        const unit: Unit = { id, stratum: stratumOf(task), startedAt: at, result: "undetermined" };
        open.set(id, unit);
        test.add(unit);
      }
    },
    apply({ key, task, at, scores }) {
      const id = trajectoryId(key);
      for (const { test, open, measure } of of(key, task)) {
        const unit = open.get(id);
        if (unit === undefined) continue;
        open.delete(id);
        unit.result = scores[measure]?.value ?? "undetermined";
        unit.final = { at };
        test.advance();
      }
    },
    now: () =>
      subjects.map(({ agent, taskClass, measure, limit, test }) => ({
        ...{ agent, taskClass, measure, limit, logThreshold },
        ...test.state(),
      })),
  };
}
