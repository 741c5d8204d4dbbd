// How often an agent did something lately, against a plain count over all that was added.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { EffectKind } from "../../src/core/effect.ts";
import { createActivity } from "../../src/gateway/activity.ts";

const kinds = fc.constantFrom<EffectKind[]>("read", "delete", "move");
const event = fc.record({
  at: fc.integer({ min: 0, max: 50 }),
  kinds: fc.array(kinds, { maxLength: 3 }),
  takenBack: fc.boolean(),
});

describe("what an agent did lately", () => {
  it("is counted as a plain count does it, in whatever order it came", () => {
    fc.assert(
      fc.property(
        fc.array(event),
        fc.uniqueArray(kinds),
        fc.integer({ min: 0, max: 60 }),
        (events, asked, since) => {
          const activity = createActivity();
          for (const { at, kinds, takenBack } of events) {
            const takeBack = activity.reserve("a", kinds, at);
            if (takenBack) takeBack();
          }
          const kept = events.filter(({ at, takenBack }) => at >= since && !takenBack);
          const plain = kept.flatMap((one) => one.kinds).filter((kind) => asked.includes(kind));
          expect(activity.historyOf("a").count(asked, since)).toBe(plain.length);
          expect(activity.historyOf("b").count(asked, since)).toBe(0);
        },
      ),
    );
  });

  it("takes back once, so that another call of the same moment stays counted", () => {
    const activity = createActivity();
    const takeBack = activity.reserve("a", ["delete"], 5);
    activity.reserve("a", ["delete"], 5);
    takeBack();
    takeBack();
    expect(activity.historyOf("a").count(["delete"], 0)).toBe(1);
  });

  it("is unlimited where more was done than is kept, and only for that kind", () => {
    const activity = createActivity();
    activity.reserve("a", ["delete"], 0);
    for (let at = 1; at <= 20_000; at += 1) activity.reserve("a", ["read"], at);
    const history = activity.historyOf("a");
    expect(history.count(["read"], 0)).toBe(Number.POSITIVE_INFINITY);
    expect(history.count(["read"], 19_991)).toBe(10);
    expect(history.count(["delete"], 0)).toBe(1);
  });
});
