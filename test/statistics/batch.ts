// The oracle of the running contrast: the same from the whole set of trajectories at once, in one piece.

import {
  type BlockOptions,
  type Result,
  type Started,
  usualBlocks,
} from "../../src/statistics/blocks.ts";
import {
  confidenceSequence,
  logEOfDifference,
  stillNeeded,
  valueOfDifference,
} from "../../src/statistics/e-process.ts";
import {
  type LiveContrast,
  type LiveOptions,
  type Look,
  logThresholdOf,
  usualLive,
} from "../../src/statistics/live.ts";

/** A trajectory of one arm of a contrast. */
export interface Unit extends Started {
  readonly arm: "student" | "comparator";
  readonly final?: { readonly at: number; readonly result: Result };
}

interface Block {
  readonly stratum: string;
  readonly members: readonly Unit[];
  /** The latest start among the members. */
  readonly formedAt: number;
}

interface Queue {
  /** In the order in which they are to be consumed, finished or not. */
  readonly blocks: readonly Block[];
  /** Trajectories that wait for the other arm. */
  readonly waiting: number;
  /** Left out: the other arm had nothing of their time. */
  readonly stale: number;
}

/**
 * Within a stratum the i-th student by start goes with the i-th comparator by start; blocks queue by
 * their formation. A function of the set of trajectories and their starts alone, so results cannot
 * choose their partners, and a replay in any order gives the same queue.
 */
function queueOf(units: Iterable<Unit>, options: BlockOptions = usualBlocks): Queue {
  const strata = new Map<string, Unit[]>();
  for (const unit of new Map([...units].map((unit) => [unit.id, unit])).values()) {
    const members = strata.get(unit.stratum);
    if (members === undefined) strata.set(unit.stratum, [unit]);
    else members.push(unit);
  }
  const formed = [...strata].map(([stratum, members]) => form(stratum, members, options));
  const sum = (of: "waiting" | "stale") => formed.reduce((total, queue) => total + queue[of], 0);
  const ordered =
    options.suite === undefined ? byFormation(formed) : inRounds(formed, options.suite);
  return { blocks: ordered, waiting: sum("waiting"), stale: sum("stale") };
}

interface Formed extends Queue {
  readonly stratum: string;
}

function form(stratum: string, units: readonly Unit[], options: BlockOptions): Formed {
  const sorted = units.toSorted(byStart);
  const students = sorted.filter(({ arm }) => arm === "student");
  const comparators = sorted.filter(({ arm }) => arm === "comparator");
  const blocks: Block[] = [];
  let [s, c, stale] = [0, 0, 0];
  while (s + options.students <= students.length && c + options.comparators <= comparators.length) {
    const members = [
      ...students.slice(s, s + options.students),
      ...comparators.slice(c, c + options.comparators),
    ];
    const starts = members.map(({ startedAt }) => startedAt);
    const formedAt = Math.max(...starts);
    if (formedAt - Math.min(...starts) <= options.contemporaneousMs) {
      blocks.push({ stratum, members, formedAt });
      s += options.students;
      c += options.comparators;
      continue;
    }
    // The oldest can have no partner any more: whatever comes later starts later.
    const [student, comparator] = [students[s], comparators[c]];
    if (student === undefined || comparator === undefined) break;
    if (byStart(student, comparator) < 0) s += 1;
    else c += 1;
    stale += 1;
  }
  return { stratum, blocks, stale, waiting: students.length - s + comparators.length - c };
}

function byStart(a: Unit, b: Unit): number {
  return a.startedAt - b.startedAt || compare(a.id, b.id);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function byFormation(formed: readonly Formed[]): Block[] {
  return formed
    .flatMap(({ blocks }) => blocks)
    .sort((a, b) => a.formedAt - b.formedAt || compare(nameOf(a), nameOf(b)));
}

function nameOf({ members }: Block): string {
  return members[0]?.id ?? "";
}

/** Whole rounds only: a stratum without its block holds up the round. */
function inRounds(formed: readonly Formed[], suite: readonly string[]): Block[] {
  const queues = suite.map(
    (stratum) => formed.find((queue) => queue.stratum === stratum)?.blocks ?? [],
  );
  const rounds = queues.length === 0 ? 0 : Math.min(...queues.map(({ length }) => length));
  return Array.from({ length: rounds }, (_, round) =>
    queues.flatMap((blocks) => blocks.slice(round, round + 1)),
  ).flat();
}

/**
 * The state of a contrast: a function of the set of its trajectories, so that a restart is a replay.
 * Blocks are consumed strictly in their queue's order; an unfinished head blocks all. Scoring on
 * completion instead would count hits, which are known early, before misses, which are not.
 */
export function batchContrast(
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
