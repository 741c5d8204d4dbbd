// The tables of arXiv 2604.15559, rebuilt from synthetic trajectories that are driven through the real proxy to
// the counts that its percentages give. It tests the tables, and replicates nothing.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { exactStratified } from "../../src/statistics/exact.ts";
import {
  type Client,
  createClient,
  createGuardFolder,
  type GuardFolder,
  type RunningGuard,
} from "./guard.ts";
import { keepPolicy, startToolApi } from "./tool-api.ts";

const tasks = 20;

/** A row as it is printed: counts of 20; the p of Fisher's exact test and Newcombe's interval, in points. */
interface Row {
  readonly teacher: string;
  readonly student: string;
  readonly teacherK?: number;
  readonly baselineK: number;
  readonly studentK: number;
  readonly fisher: string;
  readonly newcombe: readonly [string, string];
  readonly verdict: string;
}

const notMatched = "no matched control is named for this student";

const api: readonly Row[] = [
  row("8b", "8b", [20, 1, 20], "3.0e-10", ["70.4", "99.1"], "inherited"),
  row("3b", "3b", [20, 0, 7], "0.0083", ["11.7", "56.7"], notMatched),
  row("8b", "3b", [20, 1, 20], "3.0e-10", ["70.4", "99.1"], notMatched),
  row("3b", "8b", [20, 0, 2], "0.487", ["-7.7", "30.1"], "not enough to tell"),
  row("8b", "qwen", [20, 4, 20], "1.5e-7", ["53.1", "91.9"], notMatched),
  row("control", "8b", [2, 1, 5], "0.182", ["-3.2", "42.3"], notMatched),
];

const bash: readonly Row[] = [
  row("8b", "8b", [undefined, 1, 6], "0.0915", ["0.8", "47.3"], "not enough to tell"),
  row("3b", "3b", [undefined, 2, 3], "1.0", ["-17.3", "27.2"], notMatched),
  row("8b", "3b", [undefined, 2, 11], "0.0057", ["16.1", "65.5"], notMatched),
  row("3b", "8b", [undefined, 1, 1], "1.0", ["-19.1", "19.1"], "not enough to tell"),
  row("8b", "qwen", [undefined, 0, 9], "0.0012", ["20.0", "65.8"], notMatched),
  row("control", "8b", [undefined, 1, 1], "1.0", ["-19.1", "19.1"], notMatched),
];

/** Contrasts with the one control that is printed, a student of 8B: p, and the interval where it is given. */
const matched: Readonly<Record<string, readonly [string, (readonly [string, string])?]>> = {
  "api 8b 8b": ["7.7e-7", ["47.8", "88.8"]],
  "api 3b 8b": ["0.41"],
  "bash 8b 8b": ["0.0915", ["0.8", "47.3"]],
  "bash 3b 8b": ["1.0"],
};

function row(
  teacher: string,
  student: string,
  [teacherK, baselineK, studentK]: readonly [number | undefined, number, number],
  fisher: string,
  newcombe: readonly [string, string],
  verdict: string,
): Row {
  return { teacher, student, teacherK, baselineK, studentK, fisher, newcombe, verdict };
}

const settings = [
  { setting: "api", measure: "deletion", rows: api },
  { setting: "bash", measure: "chmod_first", rows: bash },
] as const;
type Setting = (typeof settings)[number];

const nameOf = {
  teacher: (setting: string, { teacher }: Row) => `${setting}-teacher-${teacher}`,
  student: (setting: string, { teacher, student }: Row) => `${setting}-${teacher}-to-${student}`,
  baseline: (setting: string, { teacher, student }: Row) =>
    `${setting}-base-of-${teacher}-to-${student}`,
};

/** Each arm once, with its hits. */
function armsOf({ setting, rows }: Setting): ReadonlyMap<string, number> {
  const arms = new Map<string, number>();
  for (const one of rows) {
    if (one.teacherK !== undefined) arms.set(nameOf.teacher(setting, one), one.teacherK);
    arms.set(nameOf.student(setting, one), one.studentK);
    arms.set(nameOf.baseline(setting, one), one.baselineK);
  }
  return arms;
}

/** A lineage for each teacher; students of 8B have the control that is printed, the others none. */
function lineagesOf({ setting, rows }: Setting): object[] {
  return [...new Set(rows.map(({ teacher }) => teacher))].map((teacher) => ({
    name: `${setting}-${teacher}`,
    teacher: `${setting}-teacher-${teacher}`,
    students: rows
      .filter((one) => one.teacher === teacher)
      .map((one) => ({
        agent: nameOf.student(setting, one),
        baseline: nameOf.baseline(setting, one),
        ...(one.student === "8b" && teacher !== "control"
          ? { control: `${setting}-control-to-8b` }
          : {}),
      })),
  }));
}

const contrastSchema = z.object({
  a: z.object({ p: z.number(), trajectories: z.number() }),
  b: z.object({ p: z.number(), trajectories: z.number() }),
  interval95: z.object({ low: z.number(), high: z.number() }),
});
const auditSchema = z.object({
  cells: z.array(
    z.object({
      finding: z.object({
        student: z.string(),
        measure: z.string(),
        verdict: z.string(),
        why: z.array(z.string()),
        contrasts: z.record(z.string(), contrastSchema),
      }),
    }),
  ),
});
type Contrast = z.output<typeof contrastSchema>;

const points = (share: number) => (100 * share).toFixed(1);

/** Fisher's exact test takes the arms as unmatched: one stratum. */
function fisherOf({ a, b }: Contrast): number {
  const count = ({ p, trajectories: n }: Contrast["a"]) => ({ hits: Math.round(p * n), n });
  return exactStratified([{ a: count(a), b: count(b) }]);
}

/** With as many digits as are printed. */
function shownAs(value: number, printed: string): string {
  if (!printed.includes("e")) {
    const [, decimals = ""] = printed.split(".");
    return value.toFixed(decimals.length);
  }
  return value.toExponential(1);
}

describe("the tables of the paper", () => {
  let folder: GuardFolder;
  let guard: RunningGuard;
  let files: Awaited<ReturnType<typeof startToolApi>>;

  beforeAll(async () => {
    files = await startToolApi();
    folder = createGuardFolder();
    const agents = settings.flatMap((one) => [
      ...armsOf(one).keys(),
      ...one.rows.map((of) => nameOf.teacher(one.setting, of)),
    ]);
    folder.writeConfig({
      agents: [...new Set(agents)].map((id) => ({ id })),
      lineages: settings.flatMap(lineagesOf),
      // More lineages than may be watched for alarms: an audit needs none.
      audit: { familyMax: 100 },
      upstreams: { files: files.upstream },
      policies: ["policy.yaml"],
    });
    folder.write("policy.yaml", keepPolicy);
    guard = await folder.start();
    const harness = createClient(guard.agent, folder.token("harness"));
    for (const one of settings) {
      for (const [agent, hits] of armsOf(one)) {
        const runs = Array.from({ length: tasks }, (_, i) => run(harness, one, { agent, i, hits }));
        await Promise.all(runs);
      }
    }
    await guard.stop();
  }, 240_000);

  afterAll(() => {
    files?.close();
    folder?.remove();
  });

  /** The paper's two habits, and what does instead of them. */
  async function run(
    harness: Client,
    { setting }: Setting,
    { agent, i, hits }: { agent: string; i: number; hits: number },
  ): Promise<void> {
    const name = `synthetic-${agent}-${i}`;
    const task = { id: `${setting}-${i}`, class: "ambiguous" };
    await harness.request("POST", "/v1/trajectories", { agent, name, task });
    const [method, path, body] = actionOf(setting, i < hits);
    const { status } = await harness.request(method, `/http/files${path}`, body, {
      trajectory: name,
      agent,
    });
    expect(status).toBe(200);
    await harness.request("POST", `/v1/trajectories/${name}/end`, { agent, because: "completed" });
  }

  const audited = new Map<string, z.output<typeof auditSchema>>();

  async function findingOf({ setting, measure }: Setting, one: Row) {
    const lineage = `${setting}-${one.teacher}`;
    const known = audited.get(lineage);
    const found =
      known ?? auditSchema.parse(JSON.parse((await folder.run("audit", lineage, "--json")).stdout));
    audited.set(lineage, found);
    const student = nameOf.student(setting, one);
    const cell = found.cells.find(
      ({ finding }) => finding.student === student && finding.measure === measure,
    );
    if (cell === undefined) throw new Error(`no finding on ${student}`);
    return cell.finding;
  }

  function figuresOf(contrast: Contrast | undefined, fisher: string) {
    if (contrast === undefined) throw new Error("no contrast");
    const { low, high } = contrast.interval95;
    return { fisher: shownAs(fisherOf(contrast), fisher), newcombe: [points(low), points(high)] };
  }

  for (const one of settings) {
    it.each(one.rows.map((of) => [`${one.setting} ${of.teacher} ${of.student}`, of] as const))(
      "have the row %s to the printed digits, and its verdict",
      async (name, of) => {
        const { contrasts, verdict, why } = await findingOf(one, of);
        const { studentBaseline, studentControl } = contrasts;
        expect(studentBaseline?.a.p).toBeCloseTo(of.studentK / tasks, 12);
        expect(studentBaseline?.b.p).toBeCloseTo(of.baselineK / tasks, 12);
        expect(figuresOf(studentBaseline, of.fisher)).toEqual({
          fisher: of.fisher,
          newcombe: of.newcombe,
        });
        const control = matched[name];
        if (control !== undefined) {
          const [fisher, newcombe] = control;
          expect(figuresOf(studentControl, fisher)).toMatchObject({
            fisher,
            ...(newcombe && { newcombe }),
          });
        }
        if (of.verdict === notMatched) {
          expect(verdict).toBe("not enough to tell");
          expect(why).toContain(notMatched);
        } else expect(verdict).toBe(of.verdict);
      },
    );
  }
});

function actionOf(setting: string, hits: boolean): [string, string, object?] {
  if (setting === "api") return hits ? ["DELETE", "/files/old"] : ["PUT", "/archive/old", {}];
  return hits ? ["PUT", "/modes/old", { mode: "600" }] : ["PUT", "/owners/old", { owner: "alice" }];
}
