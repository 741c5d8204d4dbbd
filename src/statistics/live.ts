// Evidence that is watched all day: a live contrast, its latched alarm, and the limit test.

import {
  type Block,
  type BlockOptions,
  byStart,
  type Queue,
  type Result,
  type Started,
  usualBlocks,
} from "./blocks.ts";
import {
  confidenceSequence,
  logE,
  logEOfDifference,
  stillNeeded,
  valueOfDifference,
} from "./e-process.ts";
import { createFifo } from "./fifo.ts";
import type { Interval } from "./proportion.ts";

/** How many alarms may be watched at once, and the chance that any of them is ever false. */
export interface Family {
  readonly max: number;
  readonly alpha: number;
}

export const usualFamily: Family = { max: 12, alpha: 0.05 };

/** An alarm of a family fires at log E >= log(max / alpha): 240 as usual. */
export function logThresholdOf({ max, alpha }: Family): number {
  return Math.log(max / alpha);
}

/** E from here on is worth a look, and never a page. */
const watchFromE = 20;

/** What one slot watches. A change of any member of the epoch starts at E = 1 in a new slot. */
export interface Epoch {
  readonly agents: readonly string[];
  readonly models: readonly string[];
  readonly policy: string;
  readonly suite?: string;
}

export interface SlotName {
  readonly student: string;
  readonly measure: string;
  readonly epoch: Epoch;
}

function slotKey({ student, measure, epoch }: SlotName): string {
  const { agents, models, policy, suite } = epoch;
  return JSON.stringify([student, measure, agents, models, policy, suite ?? null]);
}

/** First come, first served, for good: a slot that was used once is not given to another epoch. */
export interface Slots {
  ask(name: SlotName): void;
  /** False: none was left; it is shown and can raise no alarm. */
  holds(name: SlotName): boolean;
}

export function createSlots({ max }: Family = usualFamily): Slots {
  const held = new Set<string>();
  return {
    ask(name) {
      if (held.size < max) held.add(slotKey(name));
    },
    holds: (name) => held.has(slotKey(name)),
  };
}

/** Evidence after a block, at the time when it and all before it were final. */
export interface Look {
  readonly at: number;
  readonly logE: number;
}

export interface LiveContrast {
  /** Undetermined trajectories counted as no hits. */
  readonly logE: number;
  /** Undetermined ones counted against the alarm: the student's as misses, the comparator's as hits. */
  readonly logELeast: number;
  /** The largest `logELeast` of any look: alarms latch on it. */
  readonly maxLogE: number;
  readonly difference: number;
  /** Confidence sequence at 95 %. */
  readonly interval95: Interval;
  /** At 90 %, for "within the margin". */
  readonly interval90: Interval;
  readonly blocks: number;
  readonly wins: number;
  readonly losses: number;
  readonly undetermined: number;
  /** Blocks that are formed and not consumed, and trajectories without a partner. */
  readonly blocksWaiting: number;
  readonly unpaired: number;
  readonly stale: number;
  /** When the block that holds up the others was formed; absent: none does. */
  readonly headFormedAt?: number;
  /** Estimate of the blocks still needed; absent: none expected. */
  readonly needed?: number;
  /** Looks, oldest first: every one, or of many at even distances, and the last. */
  readonly looks: readonly Look[];
}

export interface LiveOptions {
  readonly blocks: BlockOptions;
  /** The difference that is asked about: above it is "shown". 0: raised. */
  readonly delta: number;
  readonly family: Family;
}

export const usualLive: LiveOptions = { blocks: usualBlocks, delta: 0, family: usualFamily };

/** How undetermined trajectories are counted in each arm: as misses or as hits. */
export interface Corner {
  readonly student: 0 | 1;
  readonly comparator: 0 | 1;
}

/** What a verdict needs of a contrast, at one corner. */
export interface CornerState {
  readonly maxLogE: number;
  readonly interval95: Interval;
  readonly interval90: Interval;
}

/**
 * The evidence of one measure over the blocks of a queue. What a block adds costs the same however
 * many came before it, and so does its memory.
 */
export interface Evidence<U extends Started> {
  /** Blocks that are read together: one, or a suite's round. */
  see(round: readonly Block<U>[]): void;
  /** `logELeast` as it stands. */
  logELeast(): number;
  /** @param queue where the blocks came from */
  state(queue: Omit<Queue<U>, "add" | "take">): LiveContrast;
  corner(corner: Corner): CornerState;
}

export function createEvidence<U extends Started>(
  resultOf: (unit: U) => Result,
  { delta, family }: LiveOptions = usualLive,
): Evidence<U> {
  const bets = corners.map((corner) => ({ corner, bet: createBet(delta) }));
  const betAt = ({ student, comparator }: Corner): Bet => {
    const found = bets.find(
      ({ corner }) => corner.student === student && corner.comparator === comparator,
    );
    if (found === undefined) throw new Error("no such corner");
    return found.bet;
  };
  const [plain, least] = [betAt({ student: 0, comparator: 0 }), betAt(leastCorner)];
  const looks = createLooks();
  let [wins, losses, blocks, undetermined, sum, at] = [0, 0, 0, 0, 0, 0];

  function seeBlock({ students, comparators }: Block<U>): void {
    const own = { student: students.map(resultOf), comparator: comparators.map(resultOf) };
    for (const { corner, bet } of bets) {
      bet.add(meanOf(own.student, corner.student) - meanOf(own.comparator, corner.comparator));
    }
    const d = meanOf(own.student, 0) - meanOf(own.comparator, 0);
    sum += d;
    wins += d > 0 ? 1 : 0;
    losses += d < 0 ? 1 : 0;
    blocks += 1;
    const all = [...own.student, ...own.comparator];
    undetermined += all.filter((result) => result === "undetermined").length;
    at = Math.max(at, ...[...students, ...comparators].map(({ final }) => final?.at ?? 0));
  }

  return {
    see(round) {
      for (const block of round) seeBlock(block);
      for (const { bet } of bets) bet.look();
      looks.add({ at, logE: least.logE() });
    },
    logELeast: least.logE,
    // Where nothing is undetermined all corners are one.
    corner: (corner) => (undetermined === 0 ? plain : betAt(corner)).state(),
    state(queue) {
      const tally = { wins, losses, blocks };
      const { interval95, interval90 } = plain.state();
      return {
        logE: plain.logE(),
        logELeast: least.logE(),
        maxLogE: least.state().maxLogE,
        difference: blocks === 0 ? 0 : sum / blocks,
        interval95,
        interval90,
        ...tally,
        undetermined,
        blocksWaiting: queue.blocks(),
        unpaired: queue.waiting(),
        stale: queue.stale(),
        headFormedAt: queue.headFormedAt(),
        needed: stillNeeded(tally, plain.logE(), logThresholdOf(family)),
        looks: looks.all(),
      };
    },
  };
}

/** The base corner is the first. */
export const corners: readonly Corner[] = [
  { student: 0, comparator: 0 },
  { student: 1, comparator: 0 },
  { student: 0, comparator: 1 },
  { student: 1, comparator: 1 },
];
const leastCorner: Corner = { student: 0, comparator: 1 };

function meanOf(results: readonly Result[], undeterminedIs: 0 | 1): number {
  return results.reduce((sum, result) => sum + hitOf(result, undeterminedIs), 0) / results.length;
}

function hitOf(result: Result, undeterminedIs: 0 | 1): number {
  switch (result) {
    case "hit":
      return 1;
    case "undetermined":
      return undeterminedIs;
    case "miss":
      return 0;
  }
}

/** One e-process with its intervals, which are worked out when they are asked for. */
interface Bet {
  add(difference: number): void;
  look(): void;
  logE(): number;
  state(): CornerState;
}

function createBet(delta: number): Bet {
  const values = new Map<number, number>();
  let [now, maxLogE] = [0, 0];
  let intervals: Pick<CornerState, "interval95" | "interval90"> | undefined;
  return {
    add(difference) {
      count(values, valueOfDifference(difference));
      now = logEOfDifference(values, delta);
      intervals = undefined;
    },
    look() {
      maxLogE = Math.max(maxLogE, now);
    },
    logE: () => now,
    state() {
      intervals ??= {
        interval95: confidenceSequence(values, 0.05),
        interval90: confidenceSequence(values, 0.1),
      };
      return { maxLogE, ...intervals };
    },
  };
}

function count(values: Map<number, number>, value: number): void {
  values.set(value, (values.get(value) ?? 0) + 1);
}

/** Looks that a plot is made of; alarms do not rest on them. */
const maxLooks = 1_000;

function createLooks(): { add(look: Look): void; all(): readonly Look[] } {
  let kept: Look[] = [];
  let last: Look | undefined;
  let [stride, seen] = [1, 0];
  return {
    add(look) {
      last = look;
      if (seen % stride === 0) kept.push(look);
      seen += 1;
      if (kept.length <= maxLooks) return;
      kept = kept.filter((_, i) => i % 2 === 0);
      stride *= 2;
    },
    all: () => (last === undefined || kept.at(-1) === last ? [...kept] : [...kept, last]),
  };
}

/** `watch` is for a person who looks; only `alarm` may wake one. */
export type AlarmState = "calm" | "watch" | "alarm" | "acknowledged";

export interface Alarm {
  readonly state: AlarmState;
  /** Of all contrasts at once. */
  readonly maxLogE: number;
  readonly logThreshold: number;
  /** When the threshold was reached, milliseconds since the epoch. */
  readonly since?: number;
}

/**
 * The alarm of one slot, over all of its contrasts (student against baseline, against control): the
 * smallest of their E is itself an e-process for "not all of them". It latches at the first look at
 * which all stand above the threshold together, whatever comes later, until acknowledged.
 */
export interface Latch {
  /**
   * @param at when this became known; what became known at one time has no order, and counts together
   * @param logEs of each contrast, as they stand then
   */
  look(at: number, logEs: readonly number[]): void;
  /** @param acknowledgedUntilMs alarms that latched before it have been seen by a person */
  alarm(acknowledgedUntilMs?: number): Alarm;
}

export function createLatch(family: Family = usualFamily): Latch {
  const logThreshold = logThresholdOf(family);
  let past: { readonly maxLogE: number; readonly since?: number } = { maxLogE: 0 };
  let newest: Look | undefined;

  const withNewest = (): typeof past => {
    if (newest === undefined || newest.logE <= past.maxLogE) return past;
    const reached = past.since === undefined && newest.logE >= logThreshold;
    return { ...past, maxLogE: newest.logE, ...(reached ? { since: newest.at } : {}) };
  };

  return {
    look(at, logEs) {
      if (newest !== undefined && at > newest.at) past = withNewest();
      newest = { at: Math.max(at, newest?.at ?? 0), logE: Math.min(...logEs) };
    },
    alarm(acknowledgedUntilMs = -Infinity) {
      const { maxLogE, since } = withNewest();
      if (since !== undefined) {
        const state = since < acknowledgedUntilMs ? "acknowledged" : "alarm";
        return { state, maxLogE, logThreshold, since };
      }
      return {
        state: maxLogE >= Math.log(watchFromE) ? "watch" : "calm",
        maxLogE,
        logThreshold,
      };
    },
  };
}

export interface LimitTest {
  readonly finding: "above limit" | "not shown above limit";
  readonly logE: number;
  readonly maxLogE: number;
  readonly n: number;
  readonly hits: number;
  /** Open, or behind an open one. */
  readonly waiting: number;
}

/**
 * For traffic that nothing randomised: is the rate above `limit`, 0 < limit < 1? In the order of
 * starts, up to the first open trajectory; undetermined ones are no hits.
 */
export interface RunningLimit<U extends Started> {
  add(unit: U): void;
  /** Takes what is final, up to the first open one. */
  advance(): void;
  state(): LimitTest;
}

export function createLimitTest<U extends Started>(
  resultOf: (unit: U) => Result,
  limit: number,
  family: Family = usualFamily,
): RunningLimit<U> {
  const open = createFifo<U>(byStart);
  const values = new Map<number, number>();
  let [n, hits, maxLogE] = [0, 0, 0];
  return {
    add: open.add,
    advance() {
      for (let head = open.head(); head?.final !== undefined; head = open.head()) {
        open.shift();
        const hit = resultOf(head) === "hit" ? 1 : 0;
        n += 1;
        hits += hit;
        count(values, hit);
        maxLogE = Math.max(maxLogE, logE(values, limit));
      }
    },
    state: () => ({
      finding: maxLogE >= logThresholdOf(family) ? "above limit" : "not shown above limit",
      logE: logE(values, limit),
      maxLogE,
      n,
      hits,
      waiting: open.size(),
    }),
  };
}
