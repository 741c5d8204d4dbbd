// Which trials there are, and in which order: what is compared is done at the same time.

import { sample, seeded, seedOf } from "../statistics/random.ts";
import type { EvalTask } from "./suite.ts";
import type { Trial } from "./trial.ts";

export interface PlanOptions {
  /** Name of the run: the trajectories of its trials begin with it. */
  readonly run: string;
  readonly agents: readonly string[];
  readonly tasks: readonly EvalTask[];
  /** Each round is every task once for every agent, with a seed of its own. */
  readonly rounds: number;
  readonly firstSeed: number;
  readonly condition: string | undefined;
  /** Of each agent, in all; absent: all of the rounds. */
  readonly maxTrials: number | undefined;
}

/**
 * Round by round; in each the tasks in random order, and each task for all agents, one after the other,
 * in random order. So the blocks of a live test are contemporaneous, and no order of tasks, nor of
 * agents, can pass for a difference. The same for the same name of the run.
 */
export function* plan(options: PlanOptions): Generator<Trial> {
  const { run, agents, tasks, rounds, firstSeed, condition } = options;
  const maxTrials = options.maxTrials ?? Number.POSITIVE_INFINITY;
  const random = seeded(seedOf(run));
  let ofEach = 0;
  for (let round = 0; round < rounds; round += 1) {
    const seed = firstSeed + round;
    for (const task of sample(random, tasks, tasks.length)) {
      if (ofEach === maxTrials) return;
      ofEach += 1;
      for (const agent of sample(random, agents, agents.length)) {
        yield { name: `${run}:${task.id}:${seed}`, agent, task, seed, condition };
      }
    }
  }
}

/** How many trials that is. */
export function planned({ agents, tasks, rounds, maxTrials }: PlanOptions): number {
  return agents.length * Math.min(tasks.length * rounds, maxTrials ?? Number.POSITIVE_INFINITY);
}
