// The live contrast: pairing by starts, strict order, the latch, slots, and what simulations say of it.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { queueOf, type Result, type Unit, usualBlocks } from "../../src/statistics/blocks.ts";
import {
  alarmOf,
  assignSlots,
  type Epoch,
  limitTest,
  liveContrast,
  logThresholdOf,
  type SlotName,
  slotKey,
  usualFamily,
  usualLive,
} from "../../src/statistics/live.ts";
import { type Random, seeded } from "../../src/statistics/random.ts";

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

describe("the queue", () => {
  it("pairs the i-th student by start with the i-th comparator by start", () => {
    const units = [
      unit("comparator", 9),
      unit("student", 3, { at: 4, result: "hit" }),
      unit("comparator", 2),
      unit("student", 1),
      unit("student", 20),
    ];
    const { blocks, waiting } = queueOf(units);
    expect(
      blocks.map(({ members, formedAt }) => [members.map((m) => m.startedAt), formedAt]),
    ).toEqual([
      [[1, 2], 2],
      [[3, 9], 9],
    ]);
    expect(waiting).toBe(1);
  });

  it("queues strata by formation", () => {
    const units = [
      unit("student", 1, undefined, "b"),
      unit("student", 2, undefined, "a"),
      unit("comparator", 4, undefined, "a"),
      unit("comparator", 3, undefined, "b"),
    ];
    expect(queueOf(units).blocks.map(({ stratum }) => stratum)).toEqual(["b", "a"]);
  });

  it("compares nothing of different times", () => {
    const week = usualBlocks.contemporaneousMs;
    const units = [
      unit("comparator", 0),
      unit("comparator", 1),
      unit("student", week + 1),
      unit("student", week + 2),
    ];
    expect(queueOf(units)).toMatchObject({
      blocks: [{ formedAt: week + 1 }],
      waiting: 1,
      stale: 1,
    });
  });

  it("takes blocks of the sizes that were fixed", () => {
    const units = [1, 2, 3, 4, 5].map((at) => unit("student", at));
    units.push(...[6, 7].map((at) => unit("comparator", at)));
    const { blocks, waiting } = queueOf(units, { ...usualBlocks, students: 2 });
    expect(blocks.map(({ members }) => members.length)).toEqual([3, 3]);
    expect(waiting).toBe(1);
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

  it("is the same after a restart, whatever order the store replays in", () => {
    fc.assert(
      fc.property(anyUnits.map(unitsOf), fc.nat(1000), (units, seed) => {
        const random = seeded(seed);
        const shuffled = units
          .map((one) => ({ one, key: random() }))
          .sort((a, b) => a.key - b.key)
          .map(({ one }) => one);
        expect(liveContrast(shuffled)).toEqual(liveContrast(units));
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
  const strong = liveContrast(pairs([...times(19, win), tie, ...times(60, loss)]));
  const weak = liveContrast(pairs([...times(7, win), ...times(13, tie)]));

  it("stands at 240", () => {
    expect(Math.exp(logThresholdOf(family))).toBeCloseTo(240, 9);
  });

  it("latches until acknowledged, though E has fallen", () => {
    expect(strong.logE).toBeLessThan(0);
    const latched = alarmOf([strong], { family, acknowledged: false });
    // Eleven wins without a loss reach 240.
    expect(latched).toMatchObject({ state: "alarm", since: 106 });
    expect(alarmOf([strong], { family, acknowledged: true }).state).toBe("acknowledged");
  });

  it("needs every contrast at once, and says that 20 is worth a look", () => {
    expect(alarmOf([strong, weak], { family, acknowledged: false }).state).not.toBe("alarm");
    expect(alarmOf([weak], { family, acknowledged: false }).state).toBe("watch");
    expect(alarmOf([], { family, acknowledged: false }).state).toBe("calm");
  });

  it("takes what became known at one time together, so that an order of ends cannot raise it", () => {
    const look = (at: number, e: number) => ({ at, logE: Math.log(e) });
    // At 2 the first rises and falls while the other rises: at no time do both stand above 240.
    const first = { ...strong, looks: [look(1, 10), look(2, 300), look(2, 30)] };
    const second = { ...strong, looks: [look(1, 1), look(2, 300)] };
    for (const contrasts of [
      [first, second],
      [second, first],
    ]) {
      const alarm = alarmOf(contrasts, { family, acknowledged: false });
      expect(alarm.state).toBe("watch");
      expect(Math.exp(alarm.maxLogE)).toBeCloseTo(30, 9);
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
    const asked = [name("s1"), name("s1"), name("s1", { policy: "p2" }), name("s2")];
    const { held, without } = assignSlots(asked, { max: 2, alpha: 0.05 });
    expect([...held]).toEqual([name("s1"), name("s1", { policy: "p2" })].map(slotKey));
    expect(without).toEqual([name("s2")]);
  });
});

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
