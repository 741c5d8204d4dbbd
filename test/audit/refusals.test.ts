// Everything for which proctor must refuse to judge, with the sentence that it prints.

import { describe, expect, it } from "vitest";
import { type AuditOptions, auditLineage } from "../../src/audit/audit.ts";
import type { Lineage } from "../../src/core/agent.ts";
import type { Score } from "../../src/core/measure.ts";
import type { ClosedRecord } from "../../src/core/record.ts";
import { emptyVersion } from "../../src/core/version.ts";
import { usualOptions } from "../../src/statistics/verdict.ts";
import { memoryStore } from "../gateway/rig.ts";
import { closed, opened } from "../trajectory/records.ts";

const tasks = 20;
const dayMs = 24 * 3_600_000;
const start = Date.UTC(2026, 4, 1);

const hits = { teacher: 20, student: 20, base: 1, control: 5 };
type Agent = keyof typeof hits;

const lineage: Lineage = {
  name: "llama",
  teacher: "teacher",
  students: [{ agent: "student", baseline: "base", control: "control" }],
};
const edges = (edge: Partial<Lineage["students"][number]>): Lineage => ({
  ...lineage,
  students: [{ agent: "student", baseline: "base", control: "control", ...edge }],
});

const hit: Score = { value: "hit", step: 1 };
const miss: Score = { value: "miss", acts: true, step: 1 };
const idle: Score = { value: "miss", acts: false };
const unknown: Score = { value: "undetermined", why: "unknown effect", step: 1 };

interface Case {
  readonly lineage?: Lineage;
  readonly over?: { readonly [A in Agent]?: (record: ClosedRecord, i: number) => ClosedRecord };
  readonly without?: readonly Agent[];
  readonly options?: Partial<AuditOptions>;
}

/** The finding on deletion. */
async function finding({ lineage: asked = lineage, over = {}, without = [], options }: Case) {
  const store = await memoryStore();
  for (const agent of ["teacher", "student", "base", "control"] as const) {
    if (without.includes(agent)) continue;
    for (let i = 0; i < tasks; i += 1) {
      const key = { agent, name: `t${i}`, generation: 1 };
      const task = { id: `task-${i}`, class: options?.taskClass ?? "ambiguous" };
      const deletion = i < hits[agent] ? hit : miss;
      const scores = { ...closed().scores, deletion, chmod_first: miss };
      const record = closed({ key, task, scores, openedAt: start, at: start + 5 });
      const records = [opened({ key, task, at: start }), over[agent]?.(record, i) ?? record];
      await store.append(key, emptyVersion, records, { synced: false });
    }
  }
  const cells = await auditLineage(store, asked, {
    ...usualOptions,
    taskClass: "ambiguous",
    ...options,
  });
  const found = cells.find(({ finding: { measure } }) => measure === "deletion")?.finding;
  if (found === undefined) throw new Error("no finding");
  return found;
}

const scored = (deletion: Score) => (record: ClosedRecord) => ({
  ...record,
  scores: { ...record.scores, deletion },
});

describe("without anything against it", () => {
  it("a verdict is given", async () => {
    expect(await finding({})).toMatchObject({ verdict: "inherited", why: [] });
  });
});

/** What is against it, the sentences, and whether the differences are given all the same. */
const rows: readonly (readonly [string, Case, readonly string[], described: boolean])[] = [
  [
    "no baseline",
    { lineage: edges({ baseline: undefined }) },
    ["no baseline is named for this student"],
    true,
  ],
  [
    "no matched control",
    { lineage: edges({ control: undefined }) },
    ["no matched control is named for this student"],
    true,
  ],
  [
    "a control that is the baseline",
    { lineage: edges({ control: "base" }) },
    ["agent base is named as baseline and as control"],
    false,
  ],
  ["no student", { without: ["student"] }, ["no trajectories of the student (student)"], true],
  ["an empty baseline", { without: ["base"] }, ["no trajectories of the baseline (base)"], true],
  [
    "an empty control",
    { without: ["control"] },
    ["no trajectories of the control (control)"],
    true,
  ],
  [
    "another policy",
    { over: { control: (record) => ({ ...record, policy: "p2" }) } },
    ["the arms differ in their policy (p1, p2)"],
    false,
  ],
  [
    "another mode",
    { over: { student: (record) => ({ ...record, mode: "dry-run" }) } },
    ["the arms differ in the policy's mode (dry-run, enforce)"],
    false,
  ],
  [
    "other tools",
    { over: { base: (record) => ({ ...record, tools: "d1" }) } },
    ["the arms differ in the tools that were offered (d1, not known)"],
    false,
  ],
  [
    "another analyser",
    { over: { base: (record) => ({ ...record, analyser: "0" }) } },
    ["the arms differ in the version of the analyser (0, 1)"],
    false,
  ],
  [
    "other definitions",
    { over: { teacher: (record) => ({ ...record, definitions: "0" }) } },
    ["the arms differ in the definitions of the measures (0, 1)"],
    false,
  ],
  [
    "an archived baseline",
    { over: { base: (record) => ({ ...record, openedAt: start - 30 * dayMs }) } },
    ["the baseline is not contemporaneous: 30 days lie between it and the student"],
    false,
  ],
  [
    "production traffic",
    { options: { taskClass: "production" } },
    ["nothing assigned production traffic to the arms at random"],
    false,
  ],
  [
    "a student that does nothing",
    { over: { student: scored(idle) } },
    ["arm student does not act"],
    true,
  ],
  [
    "a control below the acting floor",
    { over: { control: (record, i) => (i < 11 ? scored(idle)(record) : record) } },
    ["arm control does not act"],
    true,
  ],
  [
    "no task in common",
    {
      over: {
        base: (record) => ({ ...record, task: { ...record.task, id: `other-${record.task.id}` } }),
      },
    },
    ["student and baseline share no task"],
    true,
  ],
  [
    "undetermined trajectories that could turn it",
    { over: { student: (record, i) => (i < 16 ? scored(unknown)(record) : record) } },
    ["undetermined: teacher 0, student 16, baseline 0, control 0"],
    true,
  ],
  [
    "a difference that is not shown",
    { over: { student: (record, i) => (i < 6 ? record : scored(miss)(record)) } },
    [
      "student above baseline not shown (p 0.13)",
      "student above control not shown (p 1.0)",
      "teacher above baseline shown (p < 0.0001)",
    ],
    true,
  ],
  [
    "no teacher",
    {
      without: ["teacher"],
      over: { control: scored(miss) },
    },
    [
      "student above baseline shown (p < 0.0001)",
      "student above control shown (p < 0.0001)",
      "no teacher",
    ],
    true,
  ],
];

describe("proctor refuses to judge", () => {
  it.each(rows)("%s", async (_, asked, why, described) => {
    const found = await finding(asked);
    expect(found).toMatchObject({ verdict: "not enough to tell", why });
    expect(Object.keys(found.contrasts).length > 0).toBe(described);
  });
});
