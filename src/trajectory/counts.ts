// How many effects of each kind there were, and when: exact in total, a little high in a window.

import type { Effect, EffectKind } from "../core/effect.ts";

/** Times kept for one kind. Beyond, the older half is merged in pairs. */
const maxTimes = 512;

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
  if (times.length > maxTimes) mergeOlderHalf(tally);
}

/** A pair becomes one at its later time, so a window never holds fewer than there were. */
function mergeOlderHalf(tally: Tally): void {
  const { times, numbers } = tally;
  const half = 2 * Math.floor(times.length / 4);
  tally.times = [];
  tally.numbers = [];
  for (let i = 0; i < half; i += 2) {
    tally.times.push(times[i + 1] ?? 0);
    tally.numbers.push((numbers[i] ?? 0) + (numbers[i + 1] ?? 0));
  }
  for (let i = half; i < times.length; i += 1) {
    tally.times.push(times[i] ?? 0);
    tally.numbers.push(numbers[i] ?? 0);
  }
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
