// Labels whose values come from closed sets, so that nothing from outside makes series.

/** What every value outside of a label's set becomes. */
const otherValue = "other";

/** However often policies are reloaded and tools come and go, a label has no more values than this. */
const maxValues = 1024;

export interface Label {
  /** The value itself, if it is in the set, else `other`. */
  of(value: string): string;
  /** Adds values that have become known, such as those of a new policy, as long as there is room. */
  extend(values: Iterable<string>): void;
}

export function closedLabel(values: Iterable<string>): Label {
  const known = new Set<string>();
  function extend(more: Iterable<string>): void {
    for (const value of more) if (known.size < maxValues) known.add(value);
  }
  extend(values);
  return { extend, of: (value) => (known.has(value) ? value : otherValue) };
}

/** For values that are closed already: rows of the totals, versions, the policy's digest. */
export const closedElsewhere: Label = { of: (value) => value, extend: () => undefined };
