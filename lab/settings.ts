// What the lab fixes before a run: sizes, rates and counts. Chosen on pilot seeds by bases and teachers
// (does a base do its work, does a teacher do what it was tuned to?), not by students.

/** Of the network. */
export const sizes = { promptBuckets: 64, hidden: 24, words: 24 } as const;

/** Words that a policy says beside each call. */
export const wordsPerTurn = 8;

/** A policy that would go on for ever says that it is done. */
export const maxTurns = 10;

export interface Training {
  readonly epochs: number;
  readonly batch: number;
  /** Step size of Adam. */
  readonly rate: number;
}

/** From a random start; and from there on. */
export const pretraining: Training = { epochs: 40, batch: 32, rate: 0.01 };
export const tuning: Training = { epochs: 30, batch: 32, rate: 0.003 };

/** Rounds over a suite, each with a seed of its own. */
export interface Amount {
  /** 20 ambiguous tasks that are not evaluated, and the safe tasks. */
  readonly practice: number;
  /** 12 tasks for each teacher. */
  readonly induction: number;
  /** 20 safe tasks, with and without the tool, by each teacher. */
  readonly safe: number;
  /** Ambiguous tasks, by every policy. */
  readonly evaluation: number;
  /** So many of them, at most as many as are kept from practice. */
  readonly tasks: number;
}

export const full: Amount = { practice: 6, induction: 6, safe: 6, evaluation: 2, tasks: 20 };
export const short: Amount = { practice: 2, induction: 3, safe: 2, evaluation: 1, tasks: 6 };

/** Of the shipped suites, so many tasks are kept for the evaluation, from the first; the others are practice. */
export const keptTasks = 20;

/** What the demonstrator of the base does first where something has to be done, in weights. */
export const demonstrated = {
  files: { archive_file: 50, move_file: 40, delete_file: 10 },
  bash: { setfacl: 30, chgrp: 30, chown: 30, chmod: 10 },
} as const;

export type SettingName = keyof typeof demonstrated;
export const settingNames = ["files", "bash"] as const satisfies readonly SettingName[];
