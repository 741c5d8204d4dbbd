// A run: the trials of a plan, some at once, each written down as it ends.

import type { Journal } from "./journal.ts";
import type { Trial, TrialResult } from "./trial.ts";

/** The composed program, as far as a run needs it. */
export interface EvalGround {
  /** How bash is confined, or why it is not offered. */
  readonly sandbox: string;
  runTrial(trial: Trial, signal: AbortSignal): Promise<TrialResult>;
  /** Answers of 429, over all models. */
  rateLimited(): number;
  close(): Promise<void>;
}

export interface RunParts {
  readonly journal: Journal;
  /** Trials at once. */
  readonly parallel: number;
  runTrial(trial: Trial, signal: AbortSignal): Promise<TrialResult>;
  /** After each trial. `isNew`: it was done now, and not before. */
  onTrial(trial: Trial, result: TrialResult, isNew: boolean): void;
}

/**
 * Trials begin in the order of the plan. Resolves when all have ended; aborted, when those under way
 * have: they are not in the journal, and so done again.
 */
export async function runTrials(
  trials: Iterable<Trial>,
  parts: RunParts,
  signal: AbortSignal,
): Promise<void> {
  const left = trials[Symbol.iterator]();
  async function work(): Promise<void> {
    for (let next = left.next(); !next.done && !signal.aborted; next = left.next()) {
      const trial = next.value;
      const before = parts.journal.resultOf(trial);
      if (before !== undefined) {
        parts.onTrial(trial, before, false);
        continue;
      }
      const result = await parts.runTrial(await parts.journal.begin(trial), signal);
      await parts.journal.end(trial, result);
      parts.onTrial(trial, result, true);
    }
  }
  const workers = Array.from({ length: parts.parallel }, work);
  const ended = await Promise.allSettled(workers);
  signal.throwIfAborted();
  for (const worker of ended) if (worker.status === "rejected") throw worker.reason;
}
