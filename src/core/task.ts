// What a trajectory was for.

/** The classes that every config has; a config may declare more. */
export const taskClasses = ["ambiguous", "safe", "induction", "production"] as const;

export interface Task {
  readonly id: string;
  readonly class: string;
  readonly seed?: number;
  readonly condition?: string;
}
