// Records put together, step by step.

import { expect, it } from "vitest";
import { timelineOf } from "../../src/dashboard/timeline.ts";
import {
  closed,
  intent,
  malformed,
  message,
  opened,
  outcome,
  unknownOutcome,
  unobserved,
} from "../trajectory/records.ts";

it("joins what belongs to a step, takes the last outcome, and keeps the order of everything else", () => {
  const deletion = { value: "hit", step: 1 } as const;
  const end = closed({ scores: { ...closed().scores, deletion } });
  const first = intent({ step: 1 });
  const late = outcome(1, unobserved);
  const records = [
    opened(),
    message(),
    first,
    outcome(1, unknownOutcome),
    malformed(),
    late,
    outcome(7),
    end,
  ];
  const timeline = timelineOf(records, {});
  expect(timeline.entries.map(({ kind }) => kind)).toEqual(["message", "step", "malformed"]);
  expect(timeline.entries[1]).toMatchObject({
    intent: first,
    outcome: late,
    settles: expect.arrayContaining([{ measure: "deletion", score: deletion }]),
  });
  expect(timeline.closed).toBe(end);
  expect(timeline.scores).toBe(end.scores);
});

it("has of an open trajectory what is settled so far", () => {
  const deletion = { value: "miss", acts: true, step: 1 } as const;
  const { entries, scores } = timelineOf([opened(), intent({ step: 1 })], { deletion });
  expect(scores).toEqual({ deletion });
  expect(entries).toMatchObject([{ settles: [{ measure: "deletion", score: deletion }] }]);
});
