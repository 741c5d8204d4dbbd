// Evidence that is watched all day: a live contrast, its latched alarm, and the limit test.

import { type Block, type BlockOptions, queueOf, type Unit, usualBlocks } from "./blocks.ts";
import {
  confidenceSequence,
  logE,
  logEOfDifference,
  stillNeeded,
  valueOfDifference,
} from "./e-process.ts";
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

export function slotKey({ student, measure, epoch }: SlotName): string {
  const { agents, models, policy, suite } = epoch;
  return JSON.stringify([student, measure, agents, models, policy, suite ?? null]);
}

export interface Slots {
  /** `slotKey`s that hold a slot, in the order in which they were asked for. */
  readonly held: ReadonlySet<string>;
  /** Those for which none was left: they are shown and can raise no alarm. */
  readonly without: readonly SlotName[];
}

/** First come, first served, for good: a slot that was used once is not given to another epoch. */
export function assignSlots(asked: readonly SlotName[], { max }: Family = usualFamily): Slots {
  const held = new Set<string>();
  const without: SlotName[] = [];
  for (const name of asked) {
    const key = slotKey(name);
    if (held.has(key)) continue;
    if (held.size < max) held.add(key);
    else without.push(name);
  }
  return { held, without };
}

/** Evidence after a block, at the time when it and all before it were final. */
interface Look {
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
  /** Every look, oldest first. */
  readonly looks: readonly Look[];
}

export interface LiveOptions {
  readonly blocks: BlockOptions;
  /** The difference that is asked about: above it is "shown". 0: raised. */
  readonly delta: number;
  readonly family: Family;
}

export const usualLive: LiveOptions = { blocks: usualBlocks, delta: 0, family: usualFamily };

/**
 * The state of a contrast: a function of the set of its trajectories, so that a restart is a replay.
 * Blocks are consumed strictly in their queue's order; an unfinished head blocks all. Scoring on
 * completion instead would count hits, which are known early, before misses, which are not.
 */
export function liveContrast(
  units: Iterable<Unit>,
  { blocks: blockOptions, delta, family }: LiveOptions = usualLive,
): LiveContrast {
  const queue = queueOf(units, blockOptions);
  const consumed = consumedOf(queue.blocks, blockOptions.suite?.length ?? 1);
  const [plain, least] = [new Map<number, number>(), new Map<number, number>()];
  const looks: Look[] = [];
  let [wins, losses, undetermined, sum, at] = [0, 0, 0, 0, 0];
  const round = blockOptions.suite?.length ?? 1;
  for (const [i, block] of consumed.entries()) {
    const d = differenceOf(block, 0);
    count(plain, valueOfDifference(d));
    count(least, valueOfDifference(differenceOf(block, 1)));
    sum += d;
    wins += d > 0 ? 1 : 0;
    losses += d < 0 ? 1 : 0;
    undetermined += block.members.filter(({ final }) => final?.result === "undetermined").length;
    at = Math.max(at, ...block.members.map(({ final }) => final?.at ?? 0));
    if ((i + 1) % round === 0) looks.push({ at, logE: logEOfDifference(least, delta) });
  }
  const now = logEOfDifference(plain, delta);
  const head = queue.blocks[consumed.length];
  const tally = { wins, losses, blocks: consumed.length };
  return {
    logE: now,
    logELeast: logEOfDifference(least, delta),
    maxLogE: maxOf(looks),
    difference: consumed.length === 0 ? 0 : sum / consumed.length,
    interval95: confidenceSequence(plain, 0.05),
    interval90: confidenceSequence(plain, 0.1),
    ...tally,
    undetermined,
    blocksWaiting: queue.blocks.length - consumed.length,
    unpaired: queue.waiting,
    stale: queue.stale,
    headFormedAt: head?.formedAt,
    needed: stillNeeded(tally, now, logThresholdOf(family)),
    looks,
  };
}

/** The finished blocks before the first unfinished one, in whole rounds. */
function consumedOf(blocks: readonly Block[], round: number): readonly Block[] {
  const head = blocks.findIndex(({ members }) => members.some(({ final }) => final === undefined));
  const finished = head < 0 ? blocks.length : head;
  return blocks.slice(0, finished - (finished % round));
}

/** Student's mean minus the comparator's; `against` 1: undetermined ones count against the alarm. */
function differenceOf({ members }: Block, against: 0 | 1): number {
  const mean = (arm: Unit["arm"], undeterminedIs: 0 | 1) => {
    const own = members.filter((unit) => unit.arm === arm);
    return own.reduce((sum, unit) => sum + hitsOf(unit, undeterminedIs), 0) / own.length;
  };
  return mean("student", 0) - mean("comparator", against);
}

function hitsOf({ final }: Unit, undeterminedIs: 0 | 1): number {
  switch (final?.result) {
    case "hit":
      return 1;
    case "undetermined":
      return undeterminedIs;
    case "miss":
    case undefined:
      return 0;
  }
}

function count(values: Map<number, number>, value: number): void {
  values.set(value, (values.get(value) ?? 0) + 1);
}

function maxOf(looks: readonly Look[]): number {
  return looks.reduce((largest, look) => Math.max(largest, look.logE), 0);
}

/** `watch` is for a person who looks; only `alarm` may wake one. */
export type AlarmState = "calm" | "watch" | "alarm" | "acknowledged";

export interface Alarm {
  readonly state: AlarmState;
  /** Both contrasts at once. */
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
export function alarmOf(
  contrasts: readonly LiveContrast[],
  { family, acknowledged }: { family: Family; acknowledged: boolean },
): Alarm {
  const logThreshold = logThresholdOf(family);
  const joint = jointLooks(contrasts.map(({ looks }) => looks));
  const maxLogE = maxOf(joint);
  const since = joint.find((look) => look.logE >= logThreshold)?.at;
  if (since !== undefined) {
    return { state: acknowledged ? "acknowledged" : "alarm", maxLogE, logThreshold, since };
  }
  return { state: maxLogE >= Math.log(watchFromE) ? "watch" : "calm", maxLogE, logThreshold };
}

/**
 * The smallest log E of several contrasts at each time at which any was looked at; before its first look
 * E is 1. Looks of one time are taken together, each contrast's last: what became known at once has no
 * order, and an end common to two contrasts must not be seen half.
 */
function jointLooks(several: readonly (readonly Look[])[]): Look[] {
  const current = several.map(() => 0);
  const sorted = several
    .flatMap((looks, contrast) => looks.map((look) => ({ ...look, contrast })))
    // Stable: the looks of one contrast stay in their order.
    .sort((a, b) => a.at - b.at);
  const joint: Look[] = [];
  for (const [i, { at, logE: value, contrast }] of sorted.entries()) {
    current[contrast] = value;
    if (sorted[i + 1]?.at !== at) joint.push({ at, logE: Math.min(...current) });
  }
  return joint;
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
export function limitTest(
  units: Iterable<Omit<Unit, "arm" | "stratum">>,
  limit: number,
  family: Family = usualFamily,
): LimitTest {
  const sorted = [...units].sort((a, b) => a.startedAt - b.startedAt || (a.id < b.id ? -1 : 1));
  const head = sorted.findIndex(({ final }) => final === undefined);
  const known = head < 0 ? sorted : sorted.slice(0, head);
  const values = new Map<number, number>();
  let [hits, maxLogE] = [0, 0];
  for (const { final } of known) {
    const hit = final?.result === "hit" ? 1 : 0;
    hits += hit;
    count(values, hit);
    maxLogE = Math.max(maxLogE, logE(values, limit));
  }
  return {
    finding: maxLogE >= logThresholdOf(family) ? "above limit" : "not shown above limit",
    logE: logE(values, limit),
    maxLogE,
    n: known.length,
    hits,
    waiting: sorted.length - known.length,
  };
}
