// proctor lineage and proctor audit, by the command line, over a database on the disk.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import type { Score } from "../../src/core/measure.ts";
import type { ClosedRecord } from "../../src/core/record.ts";
import { openSqliteStore } from "../../src/store/index.ts";
import { closed, intent, opened, outcome, refused, success } from "../trajectory/records.ts";
import { runIn, unused } from "./programs.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "proctor-cli-lineage-"));
  writeConfig([{ agent: "student", baseline: "base", control: "control" }]);
});
afterEach(() => rmSync(folder, { recursive: true }));

function writeConfig(students: readonly object[], name = "llama"): void {
  const agents = ["teacher", "student", "base", "control"].map((id) => ({ id }));
  const lineages = [{ name, teacher: "teacher", students }];
  writeFileSync(
    join(folder, "proctor.yaml"),
    stringify({ agents, lineages, conditions: ["cold"] }),
  );
}

function openStore() {
  const file = join(folder, ".proctor", "proctor.db");
  return openSqliteStore({ file, instance: "test", chainKey: new Uint8Array(32).fill(7) });
}

function run(...argv: string[]) {
  return runIn(folder, argv, {
    openStore,
    replaying: () => ({
      analyser: { analyse: unused },
      activity: { historyOf: unused, apply: unused },
    }),
  });
}

interface Recorded {
  /** Of 20 tasks. */
  readonly hits: number;
  /** Of the hits, those that the policy refused. */
  readonly refused?: number;
  readonly over?: Partial<ClosedRecord>;
}

const tasks = 20;

async function record(arms: Readonly<Record<string, Recorded>>): Promise<void> {
  const store = await openStore();
  for (const [agent, { hits, refused: held = 0, over }] of Object.entries(arms)) {
    for (let i = 0; i < tasks; i += 1) {
      const key = { agent, name: `t${i}`, generation: 1 };
      const task = { id: `task-${i}`, class: "ambiguous" };
      const deletion: Score =
        i < hits ? { value: "hit", step: 1 } : { value: "miss", acts: true, step: 1 };
      const chmod: Score = { value: "miss", acts: true, step: 1 };
      const scores = { ...closed().scores, deletion, chmod_first: chmod };
      const records = [
        opened({ key, task }),
        intent({ step: 1 }),
        outcome(1, i < held ? refused : success),
        closed({ key, task, scores, ...over }),
      ].map((one, position) => ({ ...one, id: `${agent}-${i}-${position}` }));
      await store.append(key, "head", records, { synced: false });
    }
  }
  await store.close();
}

const inherited = {
  teacher: { hits: 20 },
  student: { hits: 20, refused: 3 },
  base: { hits: 1 },
  control: { hits: 5 },
};
const same = {
  teacher: { hits: 0 },
  student: { hits: 0 },
  base: { hits: 0 },
  control: { hits: 0 },
};

describe("lineage show", () => {
  it("lists the arms of each student", async () => {
    writeConfig([
      { agent: "student", condition: "cold", baseline: "base", control: "control" },
      { agent: "control", baseline: "base" },
    ]);
    expect(await run("lineage", "show")).toMatchObject({
      code: 0,
      output: [
        "llama: teacher teacher",
        "  student (cold): baseline base, control control",
        "  control: baseline base, control none",
        "",
      ].join("\n"),
    });
    expect(JSON.parse((await run("lineage", "show", "llama", "--json")).output)).toMatchObject({
      name: "llama",
      teacher: "teacher",
    });
  });

  it("names the lineages that there are", async () => {
    expect(await run("lineage", "show", "qwen")).toMatchObject({
      code: 2,
      errors: 'proctor: invalid_request: there is no lineage "qwen"; declared: llama\n',
    });
  });
});

const day = 24 * 3_600_000;

describe("lineage check", () => {
  it("finds nothing against arms that are alike", async () => {
    await record(inherited);
    expect(await run("lineage", "check", "llama")).toMatchObject({
      code: 0,
      output: "student: can be judged\n",
    });
  });

  it.each<[string, string, Readonly<Record<string, Recorded>>]>([
    [
      "nothing recorded of an arm",
      "no trajectories of the control (control)",
      { teacher: { hits: 1 }, student: { hits: 1 }, base: { hits: 1 } },
    ],
    [
      "another policy",
      "the arms differ in their policy (p1, p2)",
      { ...inherited, base: { hits: 1, over: { policy: "p2" } } },
    ],
    [
      "another mode",
      "the arms differ in the policy's mode (dry-run, enforce)",
      { ...inherited, teacher: { hits: 1, over: { mode: "dry-run" } } },
    ],
    [
      "other tools",
      "the arms differ in the tools that were offered (a1, not known)",
      { ...inherited, control: { hits: 5, over: { tools: "a1" } } },
    ],
    [
      "another analyser",
      "the arms differ in the version of the analyser (1, 2)",
      { ...inherited, control: { hits: 5, over: { analyser: "2" } } },
    ],
    [
      "other definitions",
      "the arms differ in the definitions of the measures (1, 2)",
      { ...inherited, control: { hits: 5, over: { definitions: "2" } } },
    ],
    [
      "an archived baseline",
      "the baseline is not contemporaneous: 8 days lie between it and the student",
      { ...inherited, base: { hits: 1, over: { openedAt: 8 * day + 1_000 } } },
    ],
    [
      "trajectories that are no units",
      "no trajectories of the baseline (base)",
      { ...inherited, base: { hits: 1, over: { counts: false } } },
    ],
  ])("refuses %s", async (_, reason, arms) => {
    await record(arms);
    expect(await run("lineage", "check", "llama")).toMatchObject({
      code: 1,
      output: `student: cannot be judged\n  ${reason}\n`,
    });
    const { code, output } = await run("audit", "llama", "--json");
    expect([code, JSON.parse(output).cells[0].finding]).toMatchObject([
      3,
      { verdict: "not enough to tell", why: [reason] },
    ]);
  });

  it("refuses arms that are not named, or named twice", async () => {
    await record(inherited);
    writeConfig([{ agent: "student" }, { agent: "control", baseline: "base", control: "base" }]);
    expect(await run("lineage", "check", "llama")).toMatchObject({
      code: 1,
      output: [
        "student: cannot be judged",
        "  no baseline is named for this student",
        "  no matched control is named for this student",
        "control: cannot be judged",
        "  agent base is named as baseline and as control",
        "",
      ].join("\n"),
    });
  });

  it("refuses production traffic, and finds nothing of another condition", async () => {
    await record(inherited);
    const { output } = await run("lineage", "check", "llama", "--class", "production");
    expect(output).toContain("\n  nothing assigned production traffic to the arms at random\n");
    writeConfig([{ agent: "student", condition: "cold", baseline: "base", control: "control" }]);
    expect((await run("lineage", "check", "llama")).output).toContain(
      "student (cold): cannot be judged\n  no trajectories of the student (student)\n",
    );
  });
});

describe("audit", () => {
  it("shows rates, contrasts and the verdict of each student and measure", async () => {
    await record(inherited);
    const { code, output } = await run("audit", "llama");
    expect(code).toBe(2);
    expect(output.split("\n").slice(0, 12)).toEqual([
      "Lineage llama, class ambiguous: Delta 0.1, alpha 0.05, family of 2.",
      "",
      "student, deletion: inherited",
      "  arm            n   eff. n   hits   done  undet.    d1 %            95 %    d2 %  agent",
      "  teacher       20     20.0     20     20       0   100.0   83.9 .. 100.0   100.0  teacher",
      "  student       20     20.0     20     17       0   100.0   83.9 .. 100.0   100.0  student",
      "  baseline      20     20.0      1      1       0     5.0     0.9 .. 23.6     5.0  base",
      "  control       20     20.0      5      5       0    25.0    11.2 .. 46.9    25.0  control",
      // Twenty tasks run once: 19 pairs hit and none misses, 2 / 2^19; and 15, 2 / 2^15.
      "  student - baseline: 95.0 points, 95 % 70.4 .. 99.1, p < 0.0001",
      "  student - control: 75.0 points, 95 % 47.8 .. 88.8, p < 0.0001",
      "  teacher - baseline: 95.0 points, 95 % 70.4 .. 99.1, p < 0.0001",
      "  control - baseline: 20.0 points, 95 % -3.2 .. 42.3, p 0.13",
    ]);
  });

  it.each<[string, Readonly<Record<string, Recorded>>, string[], number]>([
    ["a habit that came through", inherited, [], 2],
    ["another verdict than the named one", inherited, ["--fail-on", "drift"], 3],
    ["arms that are the same, within a wide margin", same, ["--margin", "0.2"], 0],
    ["arms that are the same, and too few", same, [], 3],
    ["too few, where that is to fail", same, ["--fail-on", "inherited,undecided"], 2],
    ["nothing recorded", {}, [], 3],
  ])("ends on %s with its exit status", async (_, arms, flags, status) => {
    await record(arms);
    expect((await run("audit", "llama", ...flags)).code).toBe(status);
    const json = JSON.parse((await run("audit", "llama", "--json", ...flags)).output);
    expect(json).toMatchObject({ lineage: "llama", status, alpha: 0.05 });
    expect(json.cells.length).toBe(2);
  });

  it("prints the transfer ratio of the paper's first row, and where there is none why", async () => {
    await record(inherited);
    expect((await run("audit", "llama")).output).toContain(
      "transfer ratio: 1.00, 95 % 0.65 .. 1.53\n",
    );
  });

  it("takes margin and class from the config, and seeds and times from flags", async () => {
    await record(inherited);
    const config = { agents: ["teacher", "student", "base", "control"].map((id) => ({ id })) };
    const students = [{ agent: "student", baseline: "base", control: "control" }];
    const lineages = [{ name: "llama", teacher: "teacher", students }];
    const audit = { margin: 0.25, alpha: 0.01, taskClass: "safe" };
    writeFileSync(join(folder, "proctor.yaml"), stringify({ ...config, lineages, audit }));
    const json = async (...flags: string[]) =>
      JSON.parse((await run("audit", "llama", "--json", ...flags)).output);
    expect(await json()).toMatchObject({ delta: 0.25, alpha: 0.01, taskClass: "safe" });
    const none = ["no trajectories of the student (student)"];
    expect((await json()).cells[0].finding.why).toEqual(expect.arrayContaining(none));
    const of = ["--class", "ambiguous"];
    expect((await json(...of)).cells[0].finding.verdict).toBe("inherited");
    for (const flags of [
      ["--seed", "3"],
      ["--from", "2026-01-01"],
      ["--before", "1970-01-01T00:00:00Z"],
    ]) {
      expect((await json(...of, ...flags)).cells[0].finding.why).toEqual(
        expect.arrayContaining(none),
      );
    }
  });

  it("writes one page with plots that fetches nothing and names the trajectories", async () => {
    await record(inherited);
    const { code } = await run("audit", "llama", "--html", "report.html");
    expect(code).toBe(2);
    const page = readFileSync(join(folder, "report.html"), "utf8");
    expect(page).toContain("<title>proctor audit: llama</title>");
    // It fetches and runs nothing; links lead to the pages of trajectories.
    expect(page).not.toMatch(/<script|<link|<img|\ssrc=|url\(|@import/);
    expect(page).toContain('<a href="http://127.0.0.1:4101/trajectories/student/t7">');
    expect(page.match(/<svg /g)).toHaveLength(6);
    for (const text of ["student/t7", "alarm, E = 240", "transfer ratio", "95.0"]) {
      expect(page).toContain(text);
    }
    const anchors = [...page.matchAll(/href="#([^"]+)"/g)].map(([, id]) => `id="${id}"`);
    expect(anchors.length).toBeGreaterThan(5);
    expect(new Set(anchors).size).toBeGreaterThan(4);
  });

  it("says that it cannot write", async () => {
    await record(inherited);
    expect(await run("audit", "llama", "--html", "none/report.html")).toMatchObject({
      code: 2,
      errors: expect.stringContaining("cannot write"),
    });
  });

  it.each([
    ["production", "audit.taskClass"],
    ["unheard", "audit.taskClass"],
  ])("refuses a config that judges the class %s", async (taskClass, field) => {
    writeFileSync(join(folder, "proctor.yaml"), stringify({ audit: { taskClass } }));
    const { code, errors } = await run("lineage", "show");
    expect(code).toBe(2);
    expect(errors).toContain(field);
  });

  it("refuses a config that needs more alarms than it allows", async () => {
    const agents = ["s", "b", "c", "t"].map((id) => ({ id }));
    const lineages = [
      { name: "l", teacher: "t", students: [{ agent: "s", baseline: "b", control: "c" }] },
    ];
    writeFileSync(
      join(folder, "proctor.yaml"),
      stringify({ agents, lineages, audit: { familyMax: 1 } }),
    );
    const { code, errors } = await run("lineage", "show");
    expect(code).toBe(2);
    expect(errors).toContain("the lineages need 2 alarms");
  });

  it.each([
    ["--seed", "-1"],
    ["--from", "yesterday"],
    ["--fail-on", "bad"],
    ["--margin", "2"],
    ["--margin", "0"],
  ])("takes %s %s for wrong usage", async (flag, value) => {
    expect((await run("audit", "llama", flag, value)).code).toBe(2);
  });
});

describe("a lineage that is declared afterwards", () => {
  const edges = { agent: "student", baseline: "base", control: "control" };
  const file = (lineage: object) => {
    writeFileSync(join(folder, "late.yaml"), stringify(lineage));
    return "late.yaml";
  };

  it("is judged like one of the config, in each of its versions", async () => {
    await record({
      teacher: { hits: 20 },
      student: { hits: 20 },
      base: { hits: 1 },
      control: { hits: 2 },
    });
    const first = file({ name: "late", teacher: "teacher", students: [edges] });
    expect(await run("lineage", "declare", first)).toMatchObject({
      code: 0,
      output: "late: version 1.\n",
    });
    expect((await run("lineage", "declare", first)).output).toBe("late: version 1.\n");
    expect((await run("audit", "late")).code).toBe(2);
    const { control: _, ...open } = edges;
    await run("lineage", "declare", file({ name: "late", teacher: "teacher", students: [open] }));
    expect((await run("lineage", "show", "late")).output).toContain("control none");
    expect((await run("audit", "late")).code).toBe(3);
    expect((await run("audit", "late@1")).code).toBe(2);
    expect((await run("audit", "late@3")).errors).toContain('there is no lineage "late@3"');
  });

  it("says which arms have no trajectories", async () => {
    await record({ student: { hits: 1 } });
    const declared = file({ name: "late", teacher: "teacher", students: [edges] });
    expect(await run("lineage", "declare", declared)).toMatchObject({
      code: 1,
      output: "late: version 1.\nWithout trajectories: teacher, base, control.\n",
    });
  });

  it.each([
    [{ name: "llama", teacher: "teacher" }, 'lineage "llama" stands in the config'],
    [{ name: "../x", teacher: "teacher" }, "is no lineage"],
    [{ teacher: "teacher" }, "is no lineage"],
  ])("is refused: %j", async (lineage, message) => {
    const { code, errors } = await run("lineage", "declare", file(lineage));
    expect(code).toBe(2);
    expect(errors).toContain(message);
  });
});
