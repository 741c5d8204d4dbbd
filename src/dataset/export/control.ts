// The trajectories of rows that were kept, beside those of a lineage's controls on the same tasks. It describes, and
// tests nothing: a verdict is given on students, by `proctor audit`.

import type { EffectKind } from "../../core/effect.ts";
import { measures } from "../../core/measure.ts";
import { type Divergence, divergence, type Habit } from "../../statistics/fingerprint.ts";
import type { Persistence } from "../../store/store.ts";
import { createHabitReader, type FirstAction, firstActions } from "../../trajectory/habits.ts";
import { stratumOf } from "../../trajectory/tally.ts";
import { type ReadContent, toolsIn } from "./contents.ts";
import { emptyTallies, type Tallies, tally } from "./counts.ts";
import type { Recorded } from "./select.ts";

export interface Against {
  readonly lineage: string;
  /** The controls of its students. */
  readonly agents: readonly string[];
  /** Task -> kinds of effect that it asks for, which tell nothing of an agent. */
  readonly mandatory: Readonly<Record<string, readonly EffectKind[]>>;
}

/** What is told of one side. */
export interface Side {
  readonly trajectories: number;
  readonly measures: Tallies;
  /** Trajectories by the first thing that they did beside looking. */
  readonly firstActions: Readonly<Record<FirstAction, number>>;
  /** Trajectories by the digest of the tools that were offered; "" where it is not known. */
  readonly offered: Readonly<Record<string, number>>;
  /** Every tool that was offered, by name. */
  readonly tools: string[];
}

type Described = Omit<Divergence, "p" | "n"> & { readonly n: [number, number] };

export interface Compared {
  /** Tasks (and conditions) that both have; all that is told is of these. */
  readonly tasks: number;
  readonly kept: Side;
  readonly control: Side;
  /** Of habits, over at most `maxPerSide` trajectories of each; absent: no task is shared. Without its p-value. */
  readonly fingerprint?: Described;
}

export interface Control {
  kept(recorded: Recorded): Promise<void>;
  /** Once, behind the last: reads the controls' trajectories on the tasks that were kept. */
  compared(recordedAt: (key: Recorded["key"]) => Promise<Recorded | undefined>): Promise<Compared>;
}

const maxPerTask = 5;
const maxPerSide = 200;
/** Tasks of which habits are kept until it is known which ones are shared. */
const maxTasks = 2_000;
const maxOffers = 100;

export function createControl(
  { agents, mandatory }: Against,
  store: Pick<Persistence, "trajectories">,
  read: ReadContent,
): Control {
  const sides = { kept: createSide(mandatory, read), control: createSide(mandatory, read) };
  return {
    kept: (recorded) => sides.kept.add(recorded),
    async compared(recordedAt) {
      const wanted = sides.kept.tasks();
      for await (const { key } of store.trajectories({ agents, state: "closed" })) {
        const recorded = await recordedAt(key);
        if (recorded !== undefined && wanted.has(taskOf(recorded))) {
          await sides.control.add(recorded);
        }
      }
      const shared = sides.control.tasks();
      const [kept, control] = [sides.kept.habits(shared), sides.control.habits(shared)];
      const found = divergence(kept, control);
      return {
        tasks: shared.size,
        kept: sides.kept.shown(shared),
        control: sides.control.shown(shared),
        ...(found && { fingerprint: described(found) }),
      };
    },
  };
}

function described({ p: _, n: [kept, control], ...rest }: Divergence): Described {
  return { ...rest, n: [kept, control] };
}

/** Task and condition. */
function taskOf({ facts: { task } }: Recorded): string {
  const { id, condition } = task;
  return stratumOf({ id, class: task.class, ...(condition !== "" && { condition }) });
}

interface OfTask {
  trajectories: number;
  readonly measures: Tallies;
  readonly actions: Record<FirstAction, number>;
  readonly offered: Map<string, number>;
  readonly habits: Habit[];
}

function createSide(mandatory: Against["mandatory"], read: ReadContent) {
  const tasks = new Map<string, OfTask>();
  const offers = new Map<string, readonly string[]>();

  function openedOf(name: string): OfTask {
    const known = tasks.get(name);
    if (known !== undefined) return known;
    const measures = emptyTallies();
    const actions = emptyActions();
    const fresh = { trajectories: 0, measures, actions, offered: new Map(), habits: [] };
    tasks.set(name, fresh);
    return fresh;
  }

  /** Of one trajectory for each digest: they are the same tools. */
  async function note(digest: string, { records }: Recorded): Promise<void> {
    if (digest === "" || offers.has(digest) || offers.size === maxOffers) return;
    const names = new Set<string>();
    for (const record of records) {
      if (record.type !== "offered") continue;
      for (const { name } of toolsIn(await read(record.tools)) ?? []) names.add(name);
    }
    offers.set(digest, [...names]);
  }

  return {
    tasks: () => new Set(tasks.keys()),
    async add(recorded: Recorded): Promise<void> {
      const { records, facts } = recorded;
      const stratum = taskOf(recorded);
      const task = openedOf(stratum);
      const closed = records.find((record) => record.type === "closed");
      if (closed !== undefined) tally(task.measures, closed.scores);
      const reader = createHabitReader(mandatory[facts.task.id] ?? []);
      for (const record of records) if (record.type === "intent" && !reader.see(record)) break;
      task.trajectories += 1;
      task.actions[reader.firstAction()] += 1;
      const digest = facts.recorded.offered;
      task.offered.set(digest, (task.offered.get(digest) ?? 0) + 1);
      if (task.habits.length < maxPerTask && tasks.size <= maxTasks) {
        task.habits.push({ stratum, weights: reader.weights() });
      }
      await note(digest, recorded);
    },
    habits: (shared: ReadonlySet<string>) =>
      [...shared].flatMap((name) => tasks.get(name)?.habits ?? []).slice(0, maxPerSide),
    shown(shared: ReadonlySet<string>): Side {
      const of = [...shared].flatMap((name) => tasks.get(name) ?? []);
      const offered = new Map<string, number>();
      for (const { offered: own } of of) {
        for (const [digest, n] of own) offered.set(digest, (offered.get(digest) ?? 0) + n);
      }
      const tools = [...offered.keys()].flatMap((digest) => offers.get(digest) ?? []);
      return {
        trajectories: of.reduce((sum, { trajectories }) => sum + trajectories, 0),
        measures: summed(of.map(({ measures }) => measures)),
        firstActions: summedActions(of.map(({ actions }) => actions)),
        offered: Object.fromEntries(offered),
        tools: [...new Set(tools)].sort(),
      };
    },
  };
}

function emptyActions(): Record<FirstAction, number> {
  return Object.fromEntries(firstActions.map((name) => [name, 0])) as Record<FirstAction, number>;
}

function summedActions(all: readonly Record<FirstAction, number>[]): Record<FirstAction, number> {
  const sum = emptyActions();
  for (const actions of all) for (const name of firstActions) sum[name] += actions[name];
  return sum;
}

function summed(all: readonly Tallies[]): Tallies {
  const sum = emptyTallies();
  for (const tallies of all) {
    for (const measure of measures) {
      sum[measure].hit += tallies[measure].hit;
      sum[measure].miss += tallies[measure].miss;
      sum[measure].undetermined += tallies[measure].undetermined;
    }
  }
  return sum;
}
