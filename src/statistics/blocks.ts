// Which trajectories are compared with which, and in what order: by their starts, never by their ends.

/** What a trajectory came to; `undetermined` could be either. */
export type Result = "hit" | "miss" | "undetermined";

/** A trajectory of one arm of a contrast. */
export interface Unit {
  /** Unique over both arms. */
  readonly id: string;
  readonly arm: "student" | "comparator";
  /** Task and condition. */
  readonly stratum: string;
  readonly startedAt: number;
  /** Absent while the trajectory is open. */
  readonly final?: { readonly at: number; readonly result: Result };
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

export interface Block {
  readonly stratum: string;
  readonly members: readonly Unit[];
  /** The latest start among the members. */
  readonly formedAt: number;
}

export interface Queue {
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
export function queueOf(units: Iterable<Unit>, options: BlockOptions = usualBlocks): Queue {
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
