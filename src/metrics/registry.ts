// Counters, gauges and histograms, fed call by call and read at each scrape.
//
// They are our own because they are on the way of every call: prom-client makes and looks up a key for
// each observation, about a microsecond, and a call has fifteen of them.

import type { Clock } from "../core/clock.ts";
import type { Exemplar, Family, Sample } from "./exposition.ts";
import { createSeries, type Labels, type Values } from "./series.ts";

interface FamilySpec<L extends string> {
  /** As Prometheus names metrics: base units last, `_total` on counters. */
  readonly name: string;
  readonly help: string;
  readonly labels: Labels<L>;
}

type Count<L extends string> = (values: Values<L>, by?: number) => void;
type SetGauge<L extends string> = (values: Values<L>, value: number) => void;
type Observe<L extends string> = (values: Values<L>, value: number, traceId?: string) => void;

export interface MetricRegistry {
  counter<L extends string>(spec: FamilySpec<L>): Count<L>;
  /** `replace` takes all other series away. */
  gauge<L extends string>(spec: FamilySpec<L>): { readonly replace: SetGauge<L> };
  /** Asked at each scrape for all of its series; if it fails, the last ones stay. */
  polledGauge<L extends string>(
    spec: FamilySpec<L>,
    poll: (set: SetGauge<L>) => void | Promise<void>,
  ): void;
  /** @param bounds upper bounds of the buckets, ascending, without infinity */
  histogram<L extends string>(spec: FamilySpec<L>, bounds: readonly number[]): Observe<L>;
  /** All polls begin in one turn of the event loop, so that what they read belongs together. */
  collect(): Promise<readonly Family[]>;
}

export function createRegistry(clock: Clock): MetricRegistry {
  const families: (() => Promise<Family> | Family)[] = [];

  return {
    counter(spec) {
      const series = createSeries(spec.labels, () => ({ value: 0 }));
      families.push(() => familyOf(spec, "counter", samplesOf(series.all())));
      return function count(values, by = 1) {
        if (Number.isFinite(by) && by > 0) series.of(values).value += by;
      };
    },
    gauge(spec) {
      let samples: readonly Sample[] = [];
      families.push(() => familyOf(spec, "gauge", samples));
      return {
        replace(values, value) {
          const series = createSeries(spec.labels, () => ({ value }));
          series.of(values);
          samples = samplesOf(series.all());
        },
      };
    },
    polledGauge(spec, poll) {
      let last: readonly Sample[] = [];
      families.push(async function ask() {
        const series = createSeries(spec.labels, () => ({ value: 0 }));
        try {
          await poll((values, value) => {
            series.of(values).value = value;
          });
          last = samplesOf(series.all());
        } catch {
          // A scrape tells what can be told; that the store fails is a metric of its own.
        }
        return familyOf(spec, "gauge", last);
      });
    },
    histogram(spec, bounds) {
      const series = createSeries(spec.labels, () => emptyBuckets(bounds.length + 1));
      families.push(() => {
        const samples = [...series.all()].flatMap(({ labels, cell }) =>
          bucketSamples(spec.name, bounds, labels, cell),
        );
        return familyOf(spec, "histogram", samples);
      });
      return function observe(values, value, traceId) {
        if (!Number.isFinite(value) || value < 0) return;
        const cell = series.of(values);
        const bucket = bucketOf(bounds, value);
        cell.numbers[bucket] = (cell.numbers[bucket] ?? 0) + 1;
        cell.sum += value;
        if (traceId === undefined) return;
        const timestamp = clock.nowMs() / 1000;
        cell.exemplars[bucket] = { labels: { trace_id: traceId }, value, timestamp };
      };
    },
    collect: () => Promise.all(families.map((family) => family())),
  };
}

function familyOf<L extends string>(
  { name, help }: FamilySpec<L>,
  type: Family["type"],
  values: readonly Sample[],
): Family {
  return { name, help, type, values };
}

function samplesOf(
  entries: Iterable<{ readonly labels: Sample["labels"]; readonly cell: { value: number } }>,
): readonly Sample[] {
  return [...entries].map(({ labels, cell }) => ({ labels, value: cell.value }));
}

interface Buckets {
  /** For each bound, and one for infinity; not cumulative. */
  readonly numbers: number[];
  readonly exemplars: (Exemplar | undefined)[];
  sum: number;
}

function emptyBuckets(length: number): Buckets {
  return { numbers: new Array<number>(length).fill(0), exemplars: [], sum: 0 };
}

function bucketOf(bounds: readonly number[], value: number): number {
  const index = bounds.findIndex((bound) => value <= bound);
  return index < 0 ? bounds.length : index;
}

function bucketSamples(
  name: string,
  bounds: readonly number[],
  labels: Sample["labels"],
  { numbers, exemplars, sum }: Buckets,
): readonly Sample[] {
  const samples: Sample[] = [];
  let below = 0;
  for (const [i, number] of numbers.entries()) {
    below += number;
    samples.push({
      metricName: `${name}_bucket`,
      labels: { ...labels, le: bounds[i] ?? "+Inf" },
      value: below,
      exemplar: exemplars[i],
    });
  }
  samples.push({ metricName: `${name}_sum`, labels, value: sum });
  samples.push({ metricName: `${name}_count`, labels, value: below });
  return samples;
}
