// Numbers as people read them.

/** Below this a p-value says no more than that it is small. */
const smallestShownP = 0.0001;

/** `p 0.0083`, `p 0.13`, `p < 0.0001`. */
export function shownP(p: number): string {
  return p < smallestShownP ? `p < ${smallestShownP}` : `p ${p.toPrecision(2)}`;
}
