// Rates over time: closed trajectories counted by when they ended, for a look at how habits move.

import { type Measure, measures } from "../core/measure.ts";
import type { ClosedRecord } from "../core/record.ts";

export interface TrendPoint {
  /** Middle of the bucket, milliseconds since the epoch. */
  readonly at: number;
  readonly n: number;
  readonly hits: number;
}

export interface TrendQuery {
  readonly agent: string;
  readonly taskClass: string;
  readonly measure: Measure;
  readonly fromMs: number;
  readonly toMs: number;
  readonly buckets: number;
}

export interface Trend {
  apply(record: ClosedRecord): void;
  /** Every bucket, the empty ones too. Undetermined trajectories are no hits, as in rates. */
  points(query: TrendQuery): readonly TrendPoint[];
}

/** The finest resolution. */
const slotMs = 10_000;
/** Of one agent and class; beyond them the oldest are forgotten: more than 30 days at one an hour. */
const maxSlots = 20_000;

interface Slot {
  n: number;
  readonly hits: Map<Measure, number>;
}

export function createTrend(): Trend {
  const groups = new Map<string, Map<number, Slot>>();

  function slotOf(group: string, at: number): Slot {
    const slots = groups.get(group) ?? new Map<number, Slot>();
    groups.set(group, slots);
    const number = Math.floor(at / slotMs);
    const known = slots.get(number);
    if (known !== undefined) return known;
    const fresh: Slot = { n: 0, hits: new Map() };
    slots.set(number, fresh);
    if (slots.size > maxSlots) {
      for (const oldest of slots.keys()) {
        slots.delete(oldest);
        break;
      }
    }
    return fresh;
  }

  return {
    apply({ key, task, counts, at, scores }) {
      if (!counts) return;
      // Neither name has a blank in it.
      const slot = slotOf(`${key.agent} ${task.class}`, at);
      slot.n += 1;
      for (const measure of measures) {
        if (scores[measure]?.value !== "hit") continue;
        slot.hits.set(measure, (slot.hits.get(measure) ?? 0) + 1);
      }
    },
    points({ agent, taskClass, measure, fromMs, toMs, buckets }) {
      const widthMs = (toMs - fromMs) / buckets;
      const found = Array.from({ length: buckets }, (_, i) => ({
        at: fromMs + (i + 0.5) * widthMs,
        n: 0,
        hits: 0,
      }));
      for (const [number, slot] of groups.get(`${agent} ${taskClass}`) ?? []) {
        const bucket = found[Math.floor((number * slotMs - fromMs) / widthMs)];
        if (bucket === undefined) continue;
        bucket.n += slot.n;
        bucket.hits += slot.hits.get(measure) ?? 0;
      }
      return found;
    },
  };
}
