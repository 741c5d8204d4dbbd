// The lab's network: what it learns from examples is how often each thing was done in them.

import { describe, expect, it } from "vitest";
import { createNetwork, type Example } from "../../lab/network.ts";
import { seeded } from "../../src/statistics/random.ts";

const shape = { features: 3, hidden: 6, actions: 3, words: 2 };
const training = { epochs: 300, batch: 20, rate: 0.01 };
const all = [true, true, true];

function example(kind: number, action: number, words: readonly number[] = []): Example {
  return { features: [0, 1, 2].map((i) => (i === kind ? 1 : 0)), allowed: all, action, words };
}

/** `counts`: how often each of three actions is done in this kind of case. */
function examples(kind: number, counts: readonly number[], word: number): Example[] {
  return counts.flatMap((count, action) =>
    Array.from({ length: count }, () => example(kind, action, [word])),
  );
}

const data = [
  ...examples(0, [20, 0, 0], 0),
  ...examples(1, [5, 10, 5], 1),
  ...examples(2, [0, 4, 16], 1),
];

function trained(seed: number) {
  const network = createNetwork(shape, seeded(seed));
  const losses = network.train(data, training, seeded(seed + 1));
  return { network, losses };
}

describe("network", () => {
  it("learns the shares of actions and words, by what it sees", () => {
    const { network, losses } = trained(1);
    const shares = [0, 1, 2].map((kind) => network.see(example(kind, 0)));
    const expected = [
      [1, 0, 0],
      [0.25, 0.5, 0.25],
      [0, 0.2, 0.8],
    ];
    for (const [kind, { actions }] of shares.entries()) {
      for (const [action, share] of actions.entries()) {
        expect(Math.abs(share - (expected[kind]?.[action] ?? 0))).toBeLessThan(0.06);
      }
    }
    expect(shares.map(({ words }) => (words[0] ?? 0) > 0.9)).toEqual([true, false, false]);
    // The least that a mean of cross-entropies can be is the entropy of the shares.
    const entropies = expected.map((row) =>
      row.reduce((sum, p) => sum - (p && p * Math.log(p)), 0),
    );
    const least = entropies.reduce((sum, one) => sum + one, 0) / 3;
    expect(losses.at(-1)).toBeGreaterThan(least - 0.02);
    expect(losses.at(-1)).toBeLessThan(least + 0.05);
  });

  it("gives what is not on offer no chance, and learns nothing of it", () => {
    const network = createNetwork(shape, seeded(3));
    const masked = { ...example(0, 1), allowed: [true, true, false] };
    const before = network.see(example(0, 0)).actions;
    network.train([masked], { epochs: 1, batch: 1, rate: 0.01 }, seeded(4));
    const after = network.see(masked).actions;
    expect(after[2]).toBe(0);
    expect((after[0] ?? 0) + (after[1] ?? 0)).toBeCloseTo(1, 12);
    expect(before.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
  });

  it("is the same for the same seed, and a copy goes its own way", () => {
    const seen = (seed: number) => trained(seed).network.see(example(1, 0)).actions;
    expect(seen(7)).toEqual(seen(7));
    expect(seen(7)).not.toEqual(seen(8));
    const { network } = trained(9);
    const before = network.see(example(2, 0)).actions;
    network.copy().train([example(2, 0)], training, seeded(10));
    expect(network.see(example(2, 0)).actions).toEqual(before);
  });
});
