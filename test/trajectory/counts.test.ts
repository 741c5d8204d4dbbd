import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addKinds,
  countSince,
  emptyCounts,
  restoredCounts,
  storedCounts,
  takeKinds,
} from "../../src/trajectory/counts.ts";

interface Event {
  readonly at: number;
  readonly number: number;
}

function counted(events: readonly Event[]) {
  const counts = emptyCounts();
  for (const { at, number } of events) addKinds(counts, [["delete", number]], at);
  return counts;
}

const events = fc.array(
  fc.record({ at: fc.integer({ min: 0, max: 100_000 }), number: fc.integer({ min: 1, max: 3 }) }),
  { maxLength: 400 },
);
const ascending = events.map((list) => list.toSorted((a, b) => a.at - b.at));
const exact = (list: readonly Event[], sinceMs: number) =>
  list.filter(({ at }) => at >= sinceMs).reduce((sum, { number }) => sum + number, 0);

/** One effect each second, many times what is kept one by one. */
const long: readonly Event[] = Array.from({ length: 20_000 }, (_, i) => ({
  at: i * 1_000,
  number: 1,
}));

describe("takeKinds", () => {
  it("leaves what there was without it, while times are few", () => {
    fc.assert(
      fc.property(
        ascending,
        fc.nat(),
        fc.integer({ min: -10, max: 100_010 }),
        (list, n, sinceMs) => {
          fc.pre(list.length > 0);
          const index = n % list.length;
          const counts = counted(list);
          const { at, number } = list[index] ?? { at: 0, number: 0 };
          takeKinds(counts, [["delete", number]], at);
          expect(countSince(counts, ["delete"], sinceMs)).toBe(
            exact(list.toSpliced(index, 1), sinceMs),
          );
        },
      ),
    );
  });

  it("takes no more than there is", () => {
    const counts = counted([{ at: 5, number: 1 }]);
    takeKinds(
      counts,
      [
        ["delete", 3],
        ["read", 1],
      ],
      5,
    );
    expect(countSince(counts, ["delete", "read"], 0)).toBe(0);
  });
});

describe("countSince", () => {
  it("is exact while times are few", () => {
    fc.assert(
      fc.property(ascending, fc.integer({ min: -10, max: 100_010 }), (list, sinceMs) => {
        expect(countSince(counted(list), ["delete"], sinceMs)).toBe(exact(list, sinceMs));
      }),
    );
  });

  it("is never low, also where clocks disagree", () => {
    fc.assert(
      fc.property(events, fc.integer({ min: 0, max: 100_000 }), (list, sinceMs) => {
        const count = countSince(counted(list), ["delete"], sinceMs);
        expect(count).toBeGreaterThanOrEqual(exact(list, sinceMs));
        expect(count).toBeLessThanOrEqual(exact(list, Number.NEGATIVE_INFINITY));
      }),
    );
  });

  it("of a long past is exact in total and lately, and a little high between", () => {
    const counts = counted(long);
    const last = 20_000 * 1_000;
    expect(countSince(counts, ["delete"], Number.NEGATIVE_INFINITY)).toBe(20_000);
    expect(countSince(counts, ["delete"], last - 200_000)).toBe(200);
    for (const seconds of [500, 2_000, 5_000, 10_000, 15_000]) {
      const count = countSince(counts, ["delete"], last - seconds * 1_000);
      expect(count).toBeGreaterThanOrEqual(seconds);
      expect(count).toBeLessThanOrEqual(seconds * (1 + 1 / 16));
    }
  });

  it("keeps a bounded number of times", () => {
    expect(JSON.stringify(storedCounts(counted(long))).length).toBeLessThan(16_384);
  });

  it("is the same after it was stored", () => {
    const counts = restoredCounts(JSON.parse(JSON.stringify(storedCounts(counted(long)))));
    expect(counts).toEqual(counted(long));
  });
});
