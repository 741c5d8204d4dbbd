// What the overview shows of each lineage, put together from rates and live contrasts.

import type { effectiveRows } from "../audit/rates.ts";
import type { Watched, WatchedContrast, WatchedVerdict } from "../audit/watch.ts";
import type { Lineage } from "../core/agent.ts";
import type { Measure } from "../core/measure.ts";
import { measures } from "../core/measure.ts";

export type RateRow = ReturnType<typeof effectiveRows>[number];

export interface MeasureView {
  readonly measure: Measure;
  /** Teacher, students, baselines, controls, in this order. */
  readonly rows: readonly RateRow[];
}

/** The sequential test of one student and measure. */
export interface TestView {
  readonly verdict: WatchedVerdict;
  readonly contrasts: readonly WatchedContrast[];
}

export interface LineageView {
  readonly name: string;
  readonly measures: readonly MeasureView[];
  readonly tests: readonly TestView[];
}

const order = ["teacher", "student", "baseline", "control", "unassigned"];

export interface OverviewGround {
  readonly lineages: readonly Lineage[];
  readonly taskClass: string;
  readonly rates: readonly RateRow[];
  readonly watched: Watched;
  readonly maySee: (agent: string) => boolean;
}

/** Agents in no lineage come last, as a lineage without tests. */
export function lineageViews(ground: OverviewGround): readonly LineageView[] {
  const names = [...ground.lineages.map(({ name }) => name), "none"];
  return names
    .map((name) => lineageView(name, ground))
    .filter(({ measures: shown }) => shown.some(({ rows }) => rows.length > 0));
}

function lineageView(name: string, ground: OverviewGround): LineageView {
  const { rates, watched, taskClass, maySee, lineages } = ground;
  const own = rates.filter(
    (row) =>
      row.lineage === name &&
      row.taskClass === taskClass &&
      row.denominator === "d1" &&
      maySee(row.agent),
  );
  const students = lineages.find((lineage) => lineage.name === name)?.students ?? [];
  const seesAll = students.every(({ agent }) => maySee(agent));
  return {
    name,
    measures: measures.map((measure) => ({
      measure,
      rows: own
        .filter((row) => row.measure === measure)
        .sort((a, b) => order.indexOf(a.role) - order.indexOf(b.role)),
    })),
    tests: watched.verdicts
      .filter(({ lineage }) => seesAll && lineage === name)
      .map((verdict) => ({
        verdict,
        contrasts: watched.contrasts.filter(
          ({ lineage, student, measure }) =>
            lineage === name && student === verdict.student && measure === verdict.measure,
        ),
      })),
  };
}
