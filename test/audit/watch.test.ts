// Lineages watched live: epochs, slots, latches, what holds them up, and a restart as a replay.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Watch } from "../../src/audit/watch.ts";
import { feed, hit, miss, open, type Pair, suite, trajectory, watchOf } from "./watched.ts";

const inherited = { teacher: 20, student: 20, base: 0, control: 0 };

function deletion(watch: Watch) {
  const { contrasts, verdicts } = watch.now();
  const verdict = verdicts.find(({ measure }) => measure === "deletion");
  const of = (against: string) =>
    contrasts.find((row) => row.against === against && row.measure === "deletion");
  return { verdict, baseline: of("baseline"), control: of("control") };
}

describe("a watched lineage", () => {
  it("has nothing to say of nothing", () => {
    expect(watchOf().now()).toEqual({ contrasts: [], verdicts: [] });
  });

  it("has the evidence of its pairs, by the test vector of seven wins and thirteen ties", () => {
    const watch = feed(watchOf(), suite({ student: 7 }));
    const { baseline, control } = deletion(watch);
    expect(Math.exp(baseline?.live.logELeast ?? 0)).toBeCloseTo(30.393946, 6);
    expect(baseline?.live.interval95.low).toBeCloseTo(-0.016232, 6);
    expect(baseline?.live.interval95.high).toBeCloseTo(0.693389, 6);
    expect(baseline?.newcombe.low).toBeCloseTo(0.117, 3);
    expect(control?.live).toEqual(baseline?.live);
    expect(baseline?.alarm).toBe("watch");
  });

  it.each([
    ["inherited", inherited],
    ["inherited and drift", { ...inherited, student: 40, teacher: 40, control: 20 }],
    ["drift", { teacher: 0, student: 60, base: 0, control: 60 }],
    ["lower", { teacher: 0, student: 0, base: 20, control: 20 }],
    ["not enough to tell", { teacher: 5, student: 5, base: 0, control: 0 }],
    ["not enough to tell", { teacher: 0, student: 0, base: 0, control: 0 }],
  ] as const)("is %s where %j hit", (verdict, hits) => {
    const tasks = Math.max(20, ...Object.values(hits));
    expect(deletion(feed(watchOf(), suite(hits, tasks))).verdict).toMatchObject({
      verdict,
      reasons: [],
      withoutSlot: false,
    });
  });

  it("is no difference once its sequences lie within the margin", () => {
    const watch = feed(watchOf({ margin: 0.2 }), suite({}, 60));
    expect(deletion(watch).verdict?.verdict).toBe("no difference");
  });

  it("tells nothing if what is undetermined could turn it", () => {
    const pairs = suite(inherited);
    const late = Array.from({ length: 15 }, (_, i) => [
      trajectory("student", 20 + i, open),
      ...["base", "control", "teacher"].map((agent) => trajectory(agent, 20 + i, miss)),
    ]).flat();
    const unclear = pairs.map((pair, i) => (i < 48 ? { ...pair, ...undetermined(pair) } : pair));
    expect(deletion(feed(watchOf(), [...unclear, ...late])).verdict?.verdict).toBe(
      "not enough to tell",
    );
  });

  it("is held up by the oldest open pair, and says since when", () => {
    const watch = watchOf();
    watch.opened(
      trajectory("student", -1, miss, { task: { id: "task-0", class: "ambiguous" } }).opened,
    );
    feed(watch, suite(inherited));
    const { baseline } = deletion(watch);
    // The open one takes task-0's baseline; the pairs of the other tasks wait behind it.
    expect(baseline?.live).toMatchObject({ blocks: 0, blocksWaiting: 20, unpaired: 1 });
    expect(baseline?.live.headFormedAt).toBe(1_000);
  });

  it("counts neither other classes, nor connections, nor successors, nor strangers", () => {
    const watch = watchOf();
    const [first] = suite(inherited, 1);
    if (first === undefined) throw new Error("no pair");
    const { opened: o, closed: c } = first;
    feed(watch, [
      trajectory("student", 0, hit, { task: { id: "t", class: "production" } }),
      trajectory("stranger", 0, hit),
      { opened: { ...o, identifiedBy: "connection" }, closed: { ...c, counts: false } },
      {
        opened: { ...o, key: { ...o.key, generation: 2 } },
        closed: { ...c, key: { ...c.key, generation: 2 }, counts: false },
      },
    ]);
    expect(watch.now()).toEqual({ contrasts: [], verdicts: [] });
  });

  it("refuses an arm that does not act", () => {
    const idle = { value: "miss", acts: false } as const;
    const pairs = suite(inherited).map((pair) =>
      pair.closed.key.agent === "control" ? scored(pair, idle) : pair,
    );
    expect(deletion(feed(watchOf(), pairs)).verdict).toMatchObject({
      verdict: "not enough to tell",
      reasons: ["arm control does not act"],
    });
  });
});

function scored(pair: Pair, score: Pair["closed"]["scores"]["deletion"]): Pair {
  return {
    ...pair,
    closed: { ...pair.closed, scores: { ...pair.closed.scores, deletion: score } },
  };
}

function undetermined(pair: Pair): Pair {
  return scored(pair, open);
}

describe("an epoch", () => {
  const second = suite({}, 5, { policy: "p2" });

  it("starts at E = 1 under another policy, and the alarm of the first stays latched", () => {
    const watch = feed(watchOf(), [...suite(inherited), ...second]);
    const { baseline, verdict } = deletion(watch);
    expect(baseline?.live).toMatchObject({ blocks: 5, logELeast: 0 });
    expect(baseline?.alarm).toBe("alarm");
    expect(verdict).toMatchObject({ verdict: "not enough to tell", alarm: "alarm" });
  });

  it("starts anew where the model of an arm is another, as its trajectories say", () => {
    const pairs = suite(inherited).map(({ opened, closed }) => ({
      opened: { ...opened, model: "m1" },
      closed,
    }));
    const later = suite({}, 5, { policy: "p1" }).map(({ opened, closed }, i) => {
      const key = { ...opened.key, name: `later-${i}` };
      const at = opened.at + 60_000;
      const model = key.agent === "student" ? "m2" : "m1";
      return {
        opened: { ...opened, key, at, model },
        closed: { ...closed, key, openedAt: at, at: at + 5 },
      };
    });
    const watch = feed(watchOf(), pairs);
    expect(deletion(watch).baseline?.live.blocks).toBe(20);
    feed(watch, later);
    const { baseline, verdict } = deletion(watch);
    // What began before the student's new model was seen belongs to the old epoch.
    expect(baseline?.live).toMatchObject({ blocks: 5, wins: 0 });
    expect(verdict).toMatchObject({ alarm: "alarm", withoutSlot: false });
  });

  it("names its alarms, until they are acknowledged", () => {
    expect(feed(watchOf(), suite({})).alarms()).toEqual([]);
    expect(feed(watchOf(), suite(inherited)).alarms()).toEqual(["llama/student/deletion"]);
    const seen = { lineage: "llama", student: "student", measure: "deletion" } as const;
    const acknowledged = [{ ...seen, untilMs: 10_000 }];
    expect(feed(watchOf({ acknowledged }), suite(inherited)).alarms()).toEqual([]);
  });

  it("has no alarm where every slot is used up, and says so", () => {
    const slots = { max: 2, alpha: 0.05 };
    const quiet = suite({}, 5);
    const loud = suite(inherited, 20, { policy: "p2" });
    const { verdict } = deletion(feed(watchOf({ family: slots }), [...quiet, ...loud]));
    expect(verdict).toMatchObject({ withoutSlot: true, alarm: "calm" });
  });

  it.each([
    ["acknowledged", 10_000],
    ["alarm", 1_050],
  ])("is %s if its alarm was seen until %d", (alarm, untilMs) => {
    const seen = { lineage: "llama", student: "student", measure: "deletion", untilMs } as const;
    const watch = feed(watchOf({ acknowledged: [seen] }), suite(inherited));
    expect(deletion(watch).verdict?.alarm).toBe(alarm);
  });
});

describe("a restart", () => {
  it("gives the same, however the ends came among the starts", () => {
    const pairs = suite({ teacher: 15, student: 12, base: 2, control: 3 });
    const expected = feed(watchOf(), pairs).now();
    const order = fc.shuffledSubarray(pairs, { minLength: pairs.length });
    fc.assert(
      fc.property(order, (ends) => {
        const watch = watchOf();
        for (const { opened } of pairs) watch.opened(opened);
        for (const { closed } of ends) watch.apply(closed);
        expect(watch.now()).toEqual(expected);
      }),
      { numRuns: 20 },
    );
  });
});
