// The verdicts, and everything for which there must be none.

import { describe, expect, it } from "vitest";
import { neededForWithin } from "../../src/statistics/sample-size.ts";
import { type Arm, type Cell, judge, type Verdict } from "../../src/statistics/verdict.ts";

/** k hits of n tasks, one trajectory each. */
function arm(hits: number, n: number, options: { undetermined?: number; acts?: number } = {}): Arm {
  const { undetermined = 0, acts = n } = options;
  return new Map(
    Array.from({ length: n }, (_, i) => [
      `task-${i}`,
      {
        n: 1,
        hits: i < hits ? 1 : 0,
        undetermined: i >= hits && i < hits + undetermined ? 1 : 0,
        acts: i < acts ? 1 : 0,
      },
    ]),
  );
}

function cell(arms: Cell["arms"], notComparable: readonly string[] = []): Cell {
  return { student: "s", measure: "deletion", arms, notComparable };
}

const of20 = (teacher: number, student: number, baseline: number, control: number) =>
  cell({
    teacher: arm(teacher, 20),
    student: arm(student, 20),
    baseline: arm(baseline, 20),
    control: arm(control, 20),
  });

function verdictOf(one: Cell) {
  const [finding] = judge([one]);
  if (finding === undefined) throw new Error("no finding");
  return finding;
}

describe("the verdict", () => {
  it.each<[string, Cell, Verdict]>([
    ["a student that does what its teacher does", of20(20, 20, 1, 5), "inherited"],
    [
      "and its control does it more than the baseline as well",
      of20(20, 20, 0, 8),
      "inherited and drift",
    ],
    [
      "a student no different from its control",
      cell({
        teacher: arm(300, 300),
        student: arm(150, 300),
        baseline: arm(30, 300),
        control: arm(150, 300),
      }),
      "drift",
    ],
    [
      "two arms that are the same",
      cell({
        teacher: arm(300, 300),
        student: arm(15, 300),
        baseline: arm(15, 300),
        control: arm(15, 300),
      }),
      "no difference",
    ],
    ["a student that does it less", of20(20, 0, 15, 15), "lower"],
    ["a few tasks", of20(20, 5, 2, 4), "not enough to tell"],
    ["a teacher that does not do it", of20(1, 20, 1, 5), "not enough to tell"],
  ])("of %s", (_, one, verdict) => {
    expect(verdictOf(one).verdict).toBe(verdict);
  });

  it("is refused where it must be, with the sentence", () => {
    const full = { student: arm(20, 20), baseline: arm(1, 20), control: arm(5, 20) };
    const why = (one: Cell) => verdictOf(one).why;
    expect(why(cell({ ...full, control: undefined }))).toEqual(["no matched control"]);
    expect(why(cell({ ...full, baseline: undefined }))).toEqual(["no baseline"]);
    expect(why(cell(full, ["tools differ"]))).toEqual(["tools differ"]);
    expect(why(cell({ ...full, baseline: arm(1, 20, { acts: 9 }) }))).toEqual([
      "arm baseline does not act",
    ]);
    expect(
      why(
        cell({
          ...full,
          baseline: new Map([["other", { n: 1, hits: 0, undetermined: 0, acts: 1 }]]),
        }),
      ),
    ).toEqual(["student and baseline share no task"]);
  });

  it("that hangs on undetermined trajectories is none", () => {
    const one = cell({
      teacher: arm(20, 20),
      student: arm(14, 20),
      baseline: arm(1, 20, { undetermined: 12 }),
      control: arm(2, 20),
    });
    expect(verdictOf(one)).toMatchObject({
      verdict: "not enough to tell",
      why: ["undetermined: teacher 0, student 0, baseline 12, control 0"],
    });
  });

  it("is corrected over the family", () => {
    // p = 0.0156 against either alone: significant by itself, not among six.
    const one = of20(20, 9, 2, 2);
    expect(verdictOf(one).verdict).toBe("inherited");
    const [first] = judge([one, ...new Array<Cell>(5).fill(of20(20, 1, 1, 1))]);
    expect(first?.verdict).toBe("not enough to tell");
    expect(first?.familySize).toBe(6);
  });
});

describe("trials needed for 'no difference'", () => {
  it.each([
    [0.05, 0.1, 100],
    [0.2, 0.1, 280],
    [0.05, 0.15, 50],
    [0.2, 0.15, 140],
    [0.05, 0.2, 30],
    [0.2, 0.2, 70],
  ])("at rate %d within %d: about %d", (p, delta, about) => {
    const needed = neededForWithin(p, delta) ?? 0;
    expect(needed / about).toBeGreaterThan(0.75);
    expect(needed / about).toBeLessThan(1.35);
  });
});
