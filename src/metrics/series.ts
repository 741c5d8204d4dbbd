// The cells of one metric family, one for each combination of label values that occurs.

import type { Label } from "./label.ts";

export type Labels<L extends string> = Readonly<Record<L, Label>>;
export type Values<L extends string> = Readonly<Record<L, string>>;

export interface Series<L extends string, Cell> {
  of(values: Values<L>): Cell;
  /** In the order in which they came. */
  all(): Iterable<Entry<Cell>>;
}

interface Entry<Cell> {
  readonly labels: Readonly<Record<string, string>>;
  readonly cell: Cell;
}

interface Branch<Cell> {
  readonly branches: Map<string, Branch<Cell>>;
  entry?: Entry<Cell>;
}

/** A tree with a level for each label: a cell is found without putting a key together. */
export function createSeries<L extends string, Cell>(
  labels: Labels<L>,
  create: () => Cell,
): Series<L, Cell> {
  const names = Object.keys(labels) as L[];
  const root: Branch<Cell> = { branches: new Map() };
  const entries: Entry<Cell>[] = [];

  function step(branch: Branch<Cell>, name: L, value: string): Branch<Cell> {
    // Only values of the closed set are ever put into a map.
    const known = branch.branches.get(value);
    if (known !== undefined) return known;
    const closed = labels[name].of(value);
    const existing = branch.branches.get(closed);
    if (existing !== undefined) return existing;
    const created: Branch<Cell> = { branches: new Map() };
    branch.branches.set(closed, created);
    return created;
  }

  function addEntry(values: Values<L>): Entry<Cell> {
    const closed = names.map((name) => [name, labels[name].of(values[name])]);
    const entry = { labels: Object.fromEntries(closed), cell: create() };
    entries.push(entry);
    return entry;
  }

  return {
    all: () => entries,
    of(values) {
      let branch = root;
      for (const name of names) branch = step(branch, name, values[name]);
      branch.entry ??= addEntry(values);
      return branch.entry.cell;
    },
  };
}
