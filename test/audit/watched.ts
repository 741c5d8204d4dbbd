// Records of a lineage of four arms, as a store would tell of them.

import { createWatch, type Watch, type WatchOptions } from "../../src/audit/watch.ts";
import type { Score } from "../../src/core/measure.ts";
import type { ClosedRecord, OpenedRecord } from "../../src/core/record.ts";
import { closed, opened } from "../trajectory/records.ts";

export const arms = ["teacher", "student", "base", "control"] as const;

export function watchOf(over: Partial<WatchOptions> = {}): Watch {
  return createWatch({
    lineages: [
      {
        name: "llama",
        teacher: "teacher",
        students: [{ agent: "student", baseline: "base", control: "control" }],
      },
    ],
    agents: arms.map((id) => ({ id, model: id, revision: "1", harness: "h", defaultTask: "d" })),
    taskClass: "ambiguous",
    margin: 0.1,
    actingFloor: 0.5,
    family: { max: 12, alpha: 0.05 },
    acknowledged: [],
    ...over,
  });
}

export const hit: Score = { value: "hit", step: 1 };
export const miss: Score = { value: "miss", acts: true, step: 1 };
export const open: Score = { value: "undetermined", why: "intervention", step: 1 };

export interface Pair {
  readonly opened: OpenedRecord;
  readonly closed: ClosedRecord;
}

/** One trajectory of an agent on task `i`. */
export function trajectory(
  agent: string,
  i: number,
  deletion: Score,
  over: Partial<Pick<ClosedRecord, "policy" | "task">> = {},
): Pair {
  const key = { agent, name: `${over.policy ?? "p1"}-t${i}`, generation: 1 };
  const task = { id: `task-${i}`, class: "ambiguous" };
  const at = 1_000 + 10 * i;
  const scores = { ...closed().scores, deletion, chmod_first: miss };
  return {
    opened: opened({ key, task, at, ...over }),
    closed: closed({ key, task, openedAt: at, at: at + 5, scores, ...over }),
  };
}

/** `tasks` trajectories of every arm; the first `hits[agent]` of each hit. */
export function suite(
  hits: Readonly<Partial<Record<(typeof arms)[number], number>>>,
  tasks = 20,
  over: Partial<Pick<ClosedRecord, "policy" | "task">> = {},
): Pair[] {
  return Array.from({ length: tasks }, (_, i) =>
    arms.map((agent) => trajectory(agent, i, i < (hits[agent] ?? 0) ? hit : miss, over)),
  ).flat();
}

export function feed(watch: Watch, pairs: readonly Pair[]): Watch {
  for (const pair of pairs) {
    watch.opened(pair.opened);
    watch.apply(pair.closed);
  }
  return watch;
}
