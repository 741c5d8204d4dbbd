// Which trajectories are compared with which, and in what order: by their starts, never by their ends.

import { createFifo, insert } from "./fifo.ts";

/** What a trajectory came to; `undetermined` could be either. */
export type Result = "hit" | "miss" | "undetermined";

/** Of the two arms of a contrast. */
export type Side = "student" | "comparator";

/** A trajectory that has begun. */
export interface Started {
  /** Unique over both arms. */
  readonly id: string;
  /** Task and condition. */
  readonly stratum: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** Set once, when the trajectory is closed. */
  final?: { readonly at: number };
}

export interface BlockOptions {
  /** Trajectories in a block; fixed before any data. */
  readonly students: number;
  readonly comparators: number;
  /** Members of a block start within this of each other: arms of different times are not compared. */
  readonly contemporaneousMs: number;
  /**
   * The strata of a suite. Then blocks come in rounds, each stratum once, and evidence is read at the
   * ends of complete rounds: what it says holds of the suite's average.
   */
  readonly suite?: readonly string[];
}

const dayMs = 24 * 3_600_000;

export const usualBlocks: BlockOptions = {
  students: 1,
  comparators: 1,
  contemporaneousMs: 7 * dayMs,
};

export interface Block<U extends Started> {
  readonly stratum: string;
  readonly students: readonly U[];
  readonly comparators: readonly U[];
  /** The latest start among the members. */
  readonly formedAt: number;
}

/** Trajectories that a queue holds, unpaired or in blocks that wait: more are left out. */
const maxHeld = 100_000;

/**
 * Within a stratum the i-th student by start goes with the i-th comparator by start, and blocks queue by
 * their formation; an unfinished head blocks all. Blocks are formed when their last member begins: from
 * starts alone, so that results cannot choose their partners. Starts come in their order, as a store has
 * them; one that comes later than its place stands in line before those that are still unpaired.
 * Memory is that of what waits, and is bounded.
 */
export interface Queue<U extends Started> {
  add(side: Side, unit: U): void;
  /** Takes the finished blocks before the first unfinished one: a suite's whole rounds, else one each. */
  take(): Iterable<readonly Block<U>[]>;
  /** Trajectories that wait for the other arm. */
  waiting(): number;
  /** Left out: the other arm had nothing of their time, or too many waited. */
  stale(): number;
  /** Formed and not taken. */
  blocks(): number;
  /** When the block that holds up the others was formed; undefined: none does. */
  headFormedAt(): number | undefined;
}

interface Line<U extends Started> {
  readonly student: U[];
  readonly comparator: U[];
}

export function createQueue<U extends Started>(options: BlockOptions = usualBlocks): Queue<U> {
  const lines = new Map<string, Line<U>>();
  const formed = options.suite === undefined ? inFormation<U>() : inRounds<U>(options.suite);
  let [waiting, stale] = [0, 0];

  function leaveOut(line: U[]): void {
    line.shift();
    waiting -= 1;
    stale += 1;
  }

  /** At most one block more: its last member is the one that has just come. */
  function form(stratum: string, line: Line<U>): void {
    const { student, comparator } = line;
    while (student.length >= options.students && comparator.length >= options.comparators) {
      const students = student.slice(0, options.students);
      const comparators = comparator.slice(0, options.comparators);
      const starts = [...students, ...comparators].map(({ startedAt }) => startedAt);
      const formedAt = Math.max(...starts);
      if (formedAt - Math.min(...starts) <= options.contemporaneousMs) {
        student.splice(0, options.students);
        comparator.splice(0, options.comparators);
        waiting -= starts.length;
        formed.add({ stratum, students, comparators, formedAt });
        continue;
      }
      // The oldest can have no partner any more: whatever comes later starts later.
      const [s, c] = [student[0], comparator[0]];
      if (s === undefined || c === undefined) return;
      leaveOut(byStart(s, c) < 0 ? student : comparator);
    }
  }

  return {
    add(side, unit) {
      const line = lines.get(unit.stratum) ?? { student: [], comparator: [] };
      lines.set(unit.stratum, line);
      insert(line[side], unit, { order: byStart });
      waiting += 1;
      form(unit.stratum, line);
      const held = waiting + formed.size() * (options.students + options.comparators);
      // The oldest of its own line: what is kept is of the other arm's time, when that comes.
      if (held > maxHeld && line[side].length > 0) leaveOut(line[side]);
      if (line.student.length + line.comparator.length === 0) lines.delete(unit.stratum);
    },
    take: formed.take,
    waiting: () => waiting,
    stale: () => stale,
    blocks: formed.size,
    headFormedAt: formed.headFormedAt,
  };
}

export function byStart(a: Started, b: Started): number {
  return a.startedAt - b.startedAt || compare(a.id, b.id);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Formed blocks in the order in which they are consumed. */
interface Formed<U extends Started> extends Pick<Queue<U>, "take" | "headFormedAt"> {
  add(block: Block<U>): void;
  size(): number;
}

function isFinished<U extends Started>({ students, comparators }: Block<U>): boolean {
  return [...students, ...comparators].every(({ final }) => final !== undefined);
}

function inFormation<U extends Started>(): Formed<U> {
  const blocks = createFifo<Block<U>>(
    (a, b) => a.formedAt - b.formedAt || compare(nameOf(a), nameOf(b)),
  );
  return {
    add: blocks.add,
    size: blocks.size,
    *take() {
      for (let head = blocks.head(); head !== undefined; head = blocks.head()) {
        if (!isFinished(head)) return;
        blocks.shift();
        yield [head];
      }
    },
    headFormedAt: () => blocks.head()?.formedAt,
  };
}

function nameOf<U extends Started>({ students }: Block<U>): string {
  return students[0]?.id ?? "";
}

/** Whole rounds only: a stratum without its block holds up the round. */
function inRounds<U extends Started>(suite: readonly string[]): Formed<U> {
  const byFormation = (a: Block<U>, b: Block<U>) => a.formedAt - b.formedAt;
  const queues = new Map(suite.map((stratum) => [stratum, createFifo(byFormation)]));
  const heads = () => [...queues.values()].map((queue) => queue.head());
  /** Rounds whose blocks are all formed. */
  const rounds = () => Math.min(...[...queues.values()].map((queue) => queue.size()));
  const size = () => (queues.size === 0 ? 0 : rounds() * queues.size);
  return {
    add: (block) => queues.get(block.stratum)?.add(block),
    size,
    *take() {
      while (size() > 0) {
        const round = heads().flatMap((head) => head ?? []);
        if (!round.every(isFinished)) return;
        for (const queue of queues.values()) queue.shift();
        yield round;
      }
    },
    headFormedAt: () =>
      size() === 0
        ? undefined
        : heads().find((head) => head !== undefined && !isFinished(head))?.formedAt,
  };
}
