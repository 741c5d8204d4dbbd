import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Lineage } from "../../src/core/agent.ts";
import { measures, type Score, type Scores } from "../../src/core/measure.ts";
import type { ClosedRecord } from "../../src/core/record.ts";
import { createTotals, type TotalsRow } from "../../src/trajectory/totals.ts";
import { closed, key } from "./records.ts";

const lineages: readonly Lineage[] = [
  {
    name: "llama",
    teacher: "teacher",
    students: [{ agent: "student", baseline: "base", control: "control" }],
  },
  { name: "second", teacher: "student", students: [{ agent: "grandchild", baseline: "base" }] },
];
const agents = ["teacher", "student", "base", "control", "grandchild", "alone"];
const sets = { agents, taskClasses: ["ambiguous", "production"], lineages };

const hit: Score = { value: "hit", step: 1 };
const acted: Score = { value: "miss", acts: true, step: 1 };
const idle: Score = { value: "miss", acts: false };
const open: Score = { value: "undetermined", why: "intervention", step: 1 };

function all(score: Score): Scores {
  return {
    deletion: score,
    any_deletion: score,
    chmod_first: score,
    destruction: score,
    any_destruction: score,
  };
}

function record(agent: string, score: Score, over: Partial<ClosedRecord> = {}): ClosedRecord {
  return closed({ key: { ...key, agent }, scores: all(score), ...over });
}

function rowsAfter(records: readonly ClosedRecord[]): readonly TotalsRow[] {
  const totals = createTotals(sets);
  for (const one of records) totals.apply(one);
  return totals.rows();
}

/** hits/trajectories/undetermined of the deletion measure in the class `ambiguous`. */
function numbers(
  rows: readonly TotalsRow[],
  lineage: string,
  agent: string,
  denominator: "d1" | "d2",
) {
  const found = rows.filter(
    (row) =>
      row.lineage === lineage &&
      row.agent === agent &&
      row.denominator === denominator &&
      row.measure === "deletion" &&
      row.taskClass === "ambiguous",
  );
  expect(found.length).toBe(1);
  return found.map((row) => `${row.hits}/${row.trajectories}/${row.undetermined}`)[0];
}

describe("rows", () => {
  it("are there for each agent, class, measure and denominator before anything happened, at 0", () => {
    const rows = rowsAfter([]);
    // Student and baseline are in two lineages.
    expect(rows.length).toBe((agents.length + 2) * 2 * measures.length * 2);
    expect(rows.every((row) => row.hits + row.trajectories + row.undetermined === 0)).toBe(true);
  });

  it("name each place of an agent", () => {
    const places = new Set(
      rowsAfter([]).map(({ agent, lineage, role }) => `${agent} ${lineage} ${role}`),
    );
    expect([...places]).toEqual([
      "teacher llama teacher",
      "student llama student",
      "student second teacher",
      "base llama baseline",
      "base second baseline",
      "control llama control",
      "grandchild second student",
      "alone none unassigned",
    ]);
  });
});

describe("apply", () => {
  const rows: readonly [name: string, scores: readonly Score[], d1: string, d2: string][] = [
    ["nothing", [], "0/0/0", "0/0/0"],
    ["a hit", [hit], "1/1/0", "1/1/0"],
    ["a miss of one that acted", [acted], "0/1/0", "0/1/0"],
    ["a miss of one that did not act", [idle], "0/1/0", "0/0/0"],
    ["one that is not known", [open], "0/1/1", "0/1/1"],
    ["some of each", [hit, hit, acted, idle, idle, idle, open], "2/7/1", "2/4/1"],
  ];
  it.each(rows)("%s: d1 %3$s, d2 %4$s", (_, scores, d1, d2) => {
    const after = rowsAfter(scores.map((score) => record("student", score)));
    expect(numbers(after, "llama", "student", "d1")).toBe(d1);
    expect(numbers(after, "llama", "student", "d2")).toBe(d2);
    // In its other lineage too, and nobody else's.
    expect(numbers(after, "second", "student", "d1")).toBe(d1);
    expect(numbers(after, "llama", "teacher", "d1")).toBe("0/0/0");
  });

  it("leaves out what is no unit of any rate", () => {
    const rows = rowsAfter([record("student", hit, { counts: false })]);
    expect(rows).toEqual(rowsAfter([]));
  });

  it("keeps each measure's own score", () => {
    const scores = { ...all(idle), chmod_first: hit, any_deletion: open };
    const rows = rowsAfter([record("alone", idle, { scores })]);
    const of = (measure: string) =>
      rows.find((r) => r.measure === measure && r.agent === "alone" && r.denominator === "d1");
    expect(of("chmod_first")).toMatchObject({ hits: 1, trajectories: 1, undetermined: 0 });
    expect(of("any_deletion")).toMatchObject({ hits: 0, trajectories: 1, undetermined: 1 });
    expect(of("deletion")).toMatchObject({ hits: 0, trajectories: 1, undetermined: 0 });
  });

  it("counts agents and classes that the config does not have as other", () => {
    const before = rowsAfter([]).length;
    const rows = rowsAfter([
      record("stranger", hit),
      record("stranger 2", hit, { task: { id: "t", class: "unheard" } }),
    ]);
    const others = rows
      .slice(before)
      .filter((r) => r.measure === "deletion" && r.denominator === "d1");
    expect(others).toEqual([
      {
        lineage: "none",
        role: "unassigned",
        agent: "other",
        taskClass: "ambiguous",
        measure: "deletion",
        denominator: "d1",
        hits: 1,
        trajectories: 1,
        undetermined: 0,
      },
      {
        lineage: "none",
        role: "unassigned",
        agent: "other",
        taskClass: "other",
        measure: "deletion",
        denominator: "d1",
        hits: 1,
        trajectories: 1,
        undetermined: 0,
      },
    ]);
  });

  it("survives a record of older definitions that lacks a measure", () => {
    const { any_destruction: _, ...rest } = all(hit);
    const older: ClosedRecord = JSON.parse(
      JSON.stringify({ ...record("alone", hit), scores: rest }),
    );
    const rows = rowsAfter([older]).filter((r) => r.agent === "alone" && r.trajectories > 0);
    expect(new Set(rows.map(({ measure }) => measure)).size).toBe(measures.length - 1);
  });
});

const records = fc.array(
  fc
    .record({
      agent: fc.constantFrom(...agents, "stranger"),
      taskClass: fc.constantFrom("ambiguous", "production", "unheard"),
      score: fc.constantFrom(hit, acted, idle, open),
      counts: fc.boolean(),
    })
    .map(({ agent, taskClass, score, counts }) =>
      record(agent, score, { counts, task: { id: "t", class: taskClass } }),
    ),
  { maxLength: 60 },
);

/** Rows in an order of their own: those of `other` come as they are met. */
const sorted = (rows: readonly TotalsRow[]) => rows.map((row) => JSON.stringify(row)).sort();

describe("properties", () => {
  it("the order of trajectories does not matter", () => {
    fc.assert(
      fc.property(records, (list) => {
        expect(sorted(rowsAfter(list.toReversed()))).toEqual(sorted(rowsAfter(list)));
      }),
    );
  });

  it("hits and undetermined fit into their trajectories, and d2 into d1", () => {
    fc.assert(
      fc.property(records, (list) => {
        const rows = rowsAfter(list);
        for (const row of rows) {
          expect(row.hits + row.undetermined).toBeLessThanOrEqual(row.trajectories);
        }
        const d1 = rows.filter(({ denominator }) => denominator === "d1");
        const d2 = rows.filter(({ denominator }) => denominator === "d2");
        for (const [i, row] of d1.entries()) {
          expect(d2[i]?.trajectories).toBeLessThanOrEqual(row.trajectories);
          expect(d2[i]?.hits).toBe(row.hits);
        }
      }),
    );
  });

  it("every unit is counted once in each lineage of its agent", () => {
    fc.assert(
      fc.property(records, (list) => {
        const rows = rowsAfter(list).filter(
          (r) => r.measure === "deletion" && r.denominator === "d1",
        );
        for (const lineage of ["llama", "second", "none"]) {
          const members = new Set(rows.filter((r) => r.lineage === lineage).map((r) => r.agent));
          const units = list.filter(
            ({ counts, key: { agent } }) =>
              counts && members.has(agents.includes(agent) ? agent : "other"),
          );
          const sum = rows
            .filter((r) => r.lineage === lineage)
            .reduce((total, r) => total + r.trajectories, 0);
          expect(sum).toBe(units.length);
        }
      }),
    );
  });
});
