// How many effects of each kind there were, and when: exact in total, a little high in a window.

import type { Effect, EffectKind } from "../core/effect.ts";

/** Times kept for one kind. Beyond, old ones are merged. */
const maxTimes = 512;
/** The latest times, which stay as they are. */
const exactTimes = 256;
/**
 * Old times become one where they hold no more than this share of what came after them, so that a
 * window holds that share too much at most. A thousand million effects leave 500 times.
 */
const maxShare = 1 / 16;

/** Effects of one kind: `numbers[i]` of them at `times[i]`, milliseconds, ascending. */
interface Tally {
  total: number;
  times: number[];
  numbers: number[];
}

export interface EffectCounts {
  readonly tallies: Map<EffectKind, Tally>;
  /** Not everything was counted: every count is Infinity. */
  incomplete: boolean;
}

export type KindNumbers = readonly (readonly [kind: EffectKind, number: number])[];

export function emptyCounts(): EffectCounts {
  return { tallies: new Map(), incomplete: false };
}

/** Kinds of a call's effects with their numbers. */
export function kindsOf(effects: readonly Effect[]): KindNumbers {
  const numbers = new Map<EffectKind, number>();
  for (const { kind } of effects) numbers.set(kind, (numbers.get(kind) ?? 0) + 1);
  return [...numbers];
}

export function addKinds(counts: EffectCounts, kinds: KindNumbers, at: number): void {
  for (const [kind, number] of kinds) {
    let tally = counts.tallies.get(kind);
    if (tally === undefined) {
      tally = { total: 0, times: [], numbers: [] };
      counts.tallies.set(kind, tally);
    }
    addNumber(tally, number, at);
  }
}

/** Takes out what `addKinds` counted; where it was merged, from the time that it was merged into. */
export function takeKinds(counts: EffectCounts, kinds: KindNumbers, at: number): void {
  for (const [kind, number] of kinds) {
    const tally = counts.tallies.get(kind);
    if (tally === undefined) continue;
    const place = tally.times.findIndex((time) => time >= at);
    const there = tally.numbers[place] ?? 0;
    const taken = Math.min(number, there);
    if (place >= 0) tally.numbers[place] = there - taken;
    tally.total -= taken;
  }
}

/** A time before the last one counts as the last: later is stricter, and the order stays. */
function addNumber(tally: Tally, number: number, at: number): void {
  const { times, numbers } = tally;
  tally.total += number;
  const last = times.length - 1;
  if (last >= 0 && at <= (times[last] ?? 0)) {
    numbers[last] = (numbers[last] ?? 0) + number;
    return;
  }
  times.push(at);
  numbers.push(number);
  if (times.length > maxTimes) mergeOldTimes(tally);
}

/** What is merged stands at its latest time, so a window never holds fewer than there were. */
function mergeOldTimes(tally: Tally): void {
  const { times, numbers } = tally;
  // From the latest to the oldest.
  const merged = { times: times.slice(-exactTimes), numbers: numbers.slice(-exactTimes) };
  merged.times.reverse();
  merged.numbers.reverse();
  let after = merged.numbers.reduce((sum, number) => sum + number, 0);
  let share = 0;
  for (let i = times.length - exactTimes - 1; i >= 0; i -= 1) {
    const number = numbers[i] ?? 0;
    if (share > 0 && share + number <= after * maxShare) {
      share += number;
      merged.numbers[merged.numbers.length - 1] = share;
    } else {
      after += share;
      share = number;
      merged.times.push(times[i] ?? 0);
      merged.numbers.push(number);
    }
  }
  tally.times = merged.times.reverse();
  tally.numbers = merged.numbers.reverse();
}

/** Effects of these kinds at or after `sinceMs`; never fewer than there were. */
export function countSince(
  counts: EffectCounts,
  kinds: readonly EffectKind[],
  sinceMs: number,
): number {
  if (counts.incomplete) return Number.POSITIVE_INFINITY;
  let sum = 0;
  for (const kind of kinds) sum += numberSince(counts.tallies.get(kind), sinceMs);
  return sum;
}

function numberSince(tally: Tally | undefined, sinceMs: number): number {
  if (tally === undefined) return 0;
  const { total, times, numbers } = tally;
  if (sinceMs <= (times[0] ?? 0)) return total;
  let sum = 0;
  for (let i = times.length - 1; i >= 0 && (times[i] ?? 0) >= sinceMs; i -= 1) {
    sum += numbers[i] ?? 0;
  }
  return sum;
}

/** As plain data. */
export interface StoredCounts {
  readonly tallies: readonly (readonly [EffectKind, Readonly<Tally>])[];
  readonly incomplete: boolean;
}

export function storedCounts({ tallies, incomplete }: EffectCounts): StoredCounts {
  return { tallies: [...tallies], incomplete };
}

export function restoredCounts({ tallies, incomplete }: StoredCounts): EffectCounts {
  const copies = tallies.map(([kind, { total, times, numbers }]) => {
    const copy: Tally = { total, times: [...times], numbers: [...numbers] };
    return [kind, copy] as const;
  });
  return { tallies: new Map(copies), incomplete };
}
