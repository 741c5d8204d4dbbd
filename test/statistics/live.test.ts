// The live contrast: pairing by starts, strict order, the latch, slots, and what simulations say of it.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createQueue, type Result, usualBlocks } from "../../src/statistics/blocks.ts";
import {
  createLatch,
  createLimitTest,
  createSlots,
  type Epoch,
  logThresholdOf,
  type SlotName,
  usualFamily,
  usualLive,
} from "../../src/statistics/live.ts";
import { type Random, seeded } from "../../src/statistics/random.ts";
import { batchContrast, type Unit } from "./batch.ts";
import { createContrast, latchOf, liveContrast } from "./replay.ts";

const results: readonly Result[] = ["hit", "miss", "undetermined"];

function unit(
  arm: Unit["arm"],
  startedAt: number,
  final?: { at: number; result: Result },
  stratum = "task",
): Unit {
  return { id: `${arm}-${stratum}-${startedAt}`, arm, stratum, startedAt, final };
}

/** Pairs in order, as "student result, comparator result". */
function pairs(list: readonly (readonly [Result, Result])[], startAt = 0): Unit[] {
  return list.flatMap(([s, c], i) => {
    const startedAt = startAt + 10 * i;
    return [
      unit("student", startedAt, { at: startedAt + 5, result: s }),
      unit("comparator", startedAt + 1, { at: startedAt + 6, result: c }),
    ];
  });
}

const times = <T>(n: number, value: T): T[] => new Array<T>(n).fill(value);
const win = ["hit", "miss"] as const;
const tie = ["miss", "miss"] as const;
const loss = ["miss", "hit"] as const;

/** Every trajectory has begun, in the order of starts, and none has ended before the next began. */
function queueOf(units: readonly Unit[], options = usualBlocks) {
  const queue = createQueue<Unit>(options);
  const inOrder = units.toSorted((a, b) => a.startedAt - b.startedAt);
  for (const { final: _, ...unit } of inOrder) queue.add(unit.arm, unit);
  return queue;
}

describe("the queue", () => {
  it("pairs the i-th student by start with the i-th comparator by start", () => {
    const ended = { at: 90, result: "hit" } as const;
    const units = [
      unit("comparator", 9, ended),
      unit("student", 3, ended),
      unit("comparator", 2, ended),
      unit("student", 1, ended),
      unit("student", 20, ended),
    ];
    const queue = createQueue<Unit>();
    for (const one of units.toSorted((a, b) => a.startedAt - b.startedAt)) queue.add(one.arm, one);
    const blocks = [...queue.take()].flat();
    expect(
      blocks.map(({ students, comparators, formedAt }) => [
        [...students, ...comparators].map(({ startedAt }) => startedAt),
        formedAt,
      ]),
    ).toEqual([
      [[1, 2], 2],
      [[3, 9], 9],
    ]);
    expect([queue.waiting(), queue.blocks()]).toEqual([1, 0]);
  });

  it("queues strata by formation", () => {
    const queue = queueOf([
      unit("student", 1, undefined, "b"),
      unit("student", 2, undefined, "a"),
      unit("comparator", 4, undefined, "a"),
      unit("comparator", 3, undefined, "b"),
    ]);
    expect([queue.blocks(), queue.headFormedAt()]).toEqual([2, 3]);
  });

  it("compares nothing of different times", () => {
    const week = usualBlocks.contemporaneousMs;
    const queue = queueOf([
      unit("comparator", 0),
      unit("comparator", 1),
      unit("student", week + 1),
      unit("student", week + 2),
    ]);
    const { waiting, stale, blocks, headFormedAt } = queue;
    expect([blocks(), headFormedAt(), waiting(), stale()]).toEqual([1, week + 1, 1, 1]);
  });

  it("takes blocks of the sizes that were fixed", () => {
    const units = [1, 2, 3, 4, 5].map((at) => unit("student", at));
    units.push(...[6, 7].map((at) => unit("comparator", at)));
    const queue = queueOf(units, { ...usualBlocks, students: 2 });
    expect([queue.blocks(), queue.waiting()]).toEqual([2, 1]);
  });

  it("keeps no more than a bounded number, and says how many it left out", () => {
    const queue = createQueue<Unit>();
    for (let i = 0; i < 100_010; i += 1) queue.add("student", unit("student", i));
    expect([queue.waiting(), queue.stale()]).toEqual([100_000, 10]);
  });

  it("has a late comer stand before those that are still unpaired", () => {
    const ended = { at: 90, result: "hit" } as const;
    const queue = createQueue<Unit>();
    const add = (one: Unit) => queue.add(one.arm, one);
    for (const at of [1, 5]) add(unit("student", at, ended));
    add(unit("comparator", 6, ended));
    add(unit("student", 0, ended));
    add(unit("comparator", 7, ended));
    const starts = [...queue.take()].flat().map(({ students }) => students[0]?.startedAt);
    expect(starts).toEqual([1, 0]);
  });

  it("reads a suite at the ends of whole rounds", () => {
    const suite = ["a", "b"];
    const options = { ...usualLive, blocks: { ...usualBlocks, suite } };
    const done = { at: 50, result: "hit" } as const;
    const round = (stratum: string, at: number) => [
      unit("student", at, done, stratum),
      unit("comparator", at + 1, done, stratum),
    ];
    const units = [...round("a", 1), ...round("a", 3), ...round("b", 5)];
    const contrast = liveContrast(units, options);
    expect([contrast.blocks, contrast.looks.length]).toEqual([2, 1]);
    expect(liveContrast(round("a", 1), options).blocks).toBe(0);
  });
});

describe("a live contrast", () => {
  it("has the E of its blocks", () => {
    const contrast = liveContrast(pairs([...times(7, win), ...times(13, tie)]));
    expect(Math.exp(contrast.logE)).toBeCloseTo(30.393946, 5);
    expect(contrast).toMatchObject({
      blocks: 20,
      wins: 7,
      losses: 0,
      difference: 0.35,
      needed: 12,
    });
    expect(contrast.interval95.low).toBeCloseTo(-0.016232, 6);
    expect(contrast.interval95.high).toBeCloseTo(0.693389, 6);
  });

  it("waits for the head of the queue", () => {
    const open = unit("student", 0);
    const units = [open, ...pairs(times(5, win), 10)];
    expect(liveContrast(units)).toMatchObject({
      blocks: 0,
      blocksWaiting: 5,
      logE: 0,
      unpaired: 1,
    });
    const finished = { ...open, final: { at: 99, result: "miss" } as const };
    expect(liveContrast([finished, ...units.slice(1)])).toMatchObject({ blocks: 5, wins: 4 });
  });

  it("counts undetermined trajectories against the alarm", () => {
    const contrast = liveContrast(pairs(times(8, ["hit", "undetermined"])));
    expect(contrast).toMatchObject({ wins: 8, undetermined: 8, logELeast: 0, maxLogE: 0 });
    expect(contrast.logE).toBeGreaterThan(3);
  });

  interface Made extends Pick<Unit, "arm" | "stratum" | "startedAt"> {
    readonly lasts: number;
    readonly result: Result;
  }
  const anyUnits = fc.array(
    fc.record({
      arm: fc.constantFrom("student" as const, "comparator" as const),
      stratum: fc.constantFrom("a", "b", "c"),
      startedAt: fc.nat(60),
      lasts: fc.nat(60),
      result: fc.constantFrom(...results),
    }),
    { maxLength: 60 },
  );
  const unitsOf = (made: readonly Made[]): Unit[] =>
    made.map(({ arm, stratum, startedAt, lasts, result }, i) => ({
      id: `u${i}`,
      arm,
      stratum,
      startedAt,
      final: { at: startedAt + lasts, result },
    }));
  /** What a process knows at `now`. */
  const asOf = (units: readonly Unit[], now: number): Unit[] =>
    units.flatMap(({ final, ...known }) => {
      if (known.startedAt > now) return [];
      return final !== undefined && final.at <= now ? [{ ...known, final }] : [known];
    });

  it("is what the whole set says at once", () => {
    fc.assert(
      fc.property(anyUnits.map(unitsOf), (units) => {
        const { logE, logELeast, maxLogE, difference, ...rest } = batchContrast(units);
        const running = liveContrast(units);
        expect(running).toMatchObject(rest);
        expect(running.logE).toBeCloseTo(logE, 9);
        expect(running.logELeast).toBeCloseTo(logELeast, 9);
        expect(running.maxLogE).toBeCloseTo(maxLogE, 9);
        expect(running.difference).toBeCloseTo(difference, 9);
      }),
    );
  });

  it("comes to the same, whatever order the ends are replayed in", () => {
    fc.assert(
      fc.property(anyUnits.map(unitsOf), fc.nat(1000), (units, seed) => {
        const random = seeded(seed);
        const byStart = units.toSorted((x, y) => x.startedAt - y.startedAt);
        const shuffled = units
          .map((one) => ({ one, key: random() }))
          .sort((x, y) => x.key - y.key)
          .map(({ one }) => one);
        const ends = (order: readonly Unit[]) => {
          const contrast = createContrast();
          for (const one of byStart) contrast.begin(one);
          for (const one of order) contrast.end(one);
          return contrast.state();
        };
        expect(ends(shuffled)).toEqual(ends(units));
      }),
    );
  });

  it("never takes back a look", () => {
    fc.assert(
      fc.property(anyUnits.map(unitsOf), fc.nat(120), (units, now) => {
        const early = liveContrast(asOf(units, now)).looks;
        expect(liveContrast(units).looks.slice(0, early.length)).toEqual(early);
      }),
    );
  });
});

describe("an alarm", () => {
  const family = usualFamily;
  const strong = latchOf(pairs([...times(19, win), tie, ...times(60, loss)]));
  const weak = latchOf(pairs([...times(7, win), ...times(13, tie)]));

  it("stands at 240", () => {
    expect(Math.exp(logThresholdOf(family))).toBeCloseTo(240, 9);
  });

  it("latches until acknowledged, though E has fallen", () => {
    // Eleven wins without a loss reach 240.
    expect(strong.alarm()).toMatchObject({ state: "alarm", since: 106 });
    expect(strong.alarm(107).state).toBe("acknowledged");
    expect(strong.alarm(106).state).toBe("alarm");
  });

  it("needs every contrast at once, and says that 20 is worth a look", () => {
    const both = createLatch(family);
    both.look(1, [Math.log(300), Math.log(30)]);
    expect(both.alarm().state).toBe("watch");
    expect(weak.alarm().state).toBe("watch");
    expect(createLatch(family).alarm().state).toBe("calm");
  });

  it("takes what became known at one time together, so that an order of ends cannot raise it", () => {
    const [ten, thirty, many] = [Math.log(10), Math.log(30), Math.log(300)];
    // At 2 the first rises and falls while the other rises: at no time do both stand above 240.
    for (const looks of [
      [
        [many, 0],
        [many, many],
        [thirty, many],
      ],
      [
        [many, 0],
        [thirty, 0],
        [thirty, many],
      ],
    ]) {
      const latch = createLatch(family);
      latch.look(1, [ten, 0]);
      for (const logEs of looks) latch.look(2, logEs);
      latch.look(3, [0, 0]);
      expect(latch.alarm().state).toBe("watch");
      expect(Math.exp(latch.alarm().maxLogE)).toBeCloseTo(30, 9);
    }
  });
});

describe("slots", () => {
  const epoch: Epoch = { agents: ["s", "b", "c"], models: ["m1"], policy: "p1" };
  const name = (student: string, of: Partial<Epoch> = {}): SlotName => ({
    student,
    measure: "deletion",
    epoch: { ...epoch, ...of },
  });

  it("are one for each student, measure and epoch, and are used up", () => {
    const slots = createSlots({ max: 2, alpha: 0.05 });
    const second = name("s1", { policy: "p2" });
    for (const asked of [name("s1"), name("s1"), second, name("s2")]) slots.ask(asked);
    expect([name("s1"), second, name("s2")].map(slots.holds)).toEqual([true, true, false]);
  });
});

function limitTest(units: readonly Omit<Unit, "arm" | "stratum">[], limit: number) {
  const test = createLimitTest<Unit>(({ final }) => final?.result ?? "undetermined", limit);
  for (const one of units) test.add({ ...one, arm: "student", stratum: "task" });
  test.advance();
  return test.state();
}

describe("the limit test", () => {
  const units = (hits: number, n: number) =>
    Array.from({ length: n }, (_, i) => ({
      id: `u${i}`,
      startedAt: i,
      final: { at: i + 1, result: i < hits ? ("hit" as const) : ("miss" as const) },
    }));
  it.each([
    [2, 20, 0.217196, "not shown above limit"],
    [8, 20, 114.549934, "above limit"],
    [5, 20, 2.157563, "above limit"],
  ] as const)("%d of %d has E %d", (hits, n, expected, finding) => {
    const test = limitTest(units(hits, n), 0.1);
    expect(Math.exp(test.logE)).toBeCloseTo(expected, 6);
    expect(test).toMatchObject({ n, hits, waiting: 0, finding });
  });

  it("waits for an open trajectory", () => {
    const [first, ...rest] = units(8, 8);
    const open = [{ id: first?.id ?? "", startedAt: 0 }, ...rest];
    expect(limitTest(open, 0.1)).toMatchObject({ n: 0, waiting: 8, logE: 0 });
  });
});

describe("false alarms, by simulation", () => {
  const runs = 400;
  const blocksEach = 150;

  /** Both arms hit at `rate`. A hit ends its trajectory at once; a student's miss takes long. */
  function slowMisses(random: Random, rate: number): Unit[] {
    return Array.from({ length: blocksEach }, (_, i): Unit[] => {
      const [student, comparator] = [random() < rate, random() < rate];
      const at = (hit: boolean, slow: number) => i + (hit ? 0.1 : slow);
      return [
        unit("student", i, { at: at(student, 40), result: student ? "hit" : "miss" }),
        unit("comparator", i + 0.01, {
          at: at(comparator, 0.2),
          result: comparator ? "hit" : "miss",
        }),
      ];
    }).flat();
  }

  /** Scoring on completion: trajectories are paired, and pairs consumed, in the order of their ends. */
  const onCompletion = (units: readonly Unit[]) =>
    units.map((one) => ({ ...one, startedAt: one.final?.at ?? one.startedAt }));

  function shareAbove(e: number, rate: number, prepare: (units: Unit[]) => Unit[]): number {
    let alarms = 0;
    for (let run = 0; run < runs; run += 1) {
      const units = prepare(slowMisses(seeded(1000 + run), rate));
      if (liveContrast(units).maxLogE >= Math.log(e)) alarms += 1;
    }
    return alarms / runs;
  }

  it.each([0.05, 0.2, 0.5])("at a rate of %d stay below the bound", (rate) => {
    // 1 / A, and three standard errors of 400 runs on top.
    expect(shareAbove(20, rate, (units) => units)).toBeLessThanOrEqual(0.05 + 0.033);
    expect(shareAbove(240, rate, (units) => units)).toBeLessThanOrEqual(1 / 240 + 0.01);
  });

  it("rise beyond it where trajectories are scored on completion", () => {
    expect(shareAbove(20, 0.2, onCompletion)).toBeGreaterThan(0.15);
  });
});
