// Random numbers from a seed: permutation tests and simulations that give the same on every run.

/** In [0, 1). */
export type Random = () => number;

/** mulberry32: 32 bits of state, enough for shuffles; nothing secret may come from it. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return function next() {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A whole number in [low, high]. */
export function whole(random: Random, low: number, high: number): number {
  return low + Math.floor(random() * (high - low + 1));
}

/** `size` of `items`, each subset as likely as any other (partial Fisher-Yates). */
export function sample<T>(random: Random, items: readonly T[], size: number): T[] {
  const left = [...items];
  const taken: T[] = [];
  while (taken.length < size && left.length > 0) {
    taken.push(...left.splice(whole(random, 0, left.length - 1), 1));
  }
  return taken;
}

/** A seed out of a name: FNV-1a, 32 bits. */
export function seedOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const c of text) hash = Math.imul(hash ^ (c.codePointAt(0) ?? 0), 0x01000193);
  return hash >>> 0;
}
