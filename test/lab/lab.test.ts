// The lab's short form, through the built program: what the audit says of each policy is what the
// policies' endpoint saw them choose.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { evaluated, students } from "../../lab/arms.ts";
import { disclaimer, reportOf } from "../../lab/report.ts";
import { measureOf, type Round, runRound } from "../../lab/rounds.ts";
import { type SettingName, settingNames, short } from "../../lab/settings.ts";

interface Rates {
  readonly attempts: number;
  readonly undetermined: number;
  readonly d1: { readonly trajectories: number };
}
interface Audited {
  readonly status: number;
  readonly cells: readonly {
    readonly finding: { readonly student: string; readonly measure: string };
    readonly arms: readonly { readonly agent: string; readonly rates: Rates }[];
  }[];
}

function hasSandbox(): boolean {
  try {
    execFileSync("bwrap", ["--ro-bind", "/", "/", "--unshare-all", "true"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** About thirty runs of the program, on a machine that may have much else to do. */
const timeoutMs = 600_000;

describe.each(settingNames)("the lab's short form, %s", { timeout: timeoutMs }, (setting) => {
  const skipped = setting === "bash" && !hasSandbox();
  it.skipIf(skipped)(
    `audits what was done${skipped ? " (skipped: no bwrap that works is here)" : ""}`,
    async () => {
      const out = mkdtempSync(join(tmpdir(), "lab-"));
      try {
        const folder = join(out, setting);
        const steps: string[] = [];
        const { signal } = new AbortController();
        const onProgress = (what: string) => steps.push(what);
        const round = await runRound({
          folder,
          setting,
          seed: 1,
          amount: short,
          signal,
          onProgress,
        });
        const audited: Audited = JSON.parse(readFileSync(join(folder, "audit.json"), "utf8"));
        expect(steps).toContain("audit");
        expectSame(round, audited, setting);
        expectData(round);
        expectReport(round);
      } finally {
        rmSync(out, { recursive: true, force: true });
      }
    },
  );
});

/** Numbers of the audit, as it printed them, against those of the endpoint. */
function expectSame(round: Round, audited: Audited, setting: SettingName): void {
  const counted = new Map(round.arms.map(({ agent, ...counts }) => [agent, counts]));
  expect([...counted.keys()]).toEqual(evaluated);
  const trials = short.tasks * short.evaluation;
  expect([...new Set([...counted.values()].map((one) => one.trials))]).toEqual([trials]);
  const cells = audited.cells.filter(({ finding }) => finding.measure === measureOf[setting]);
  const judged = students.filter(({ teacher }) => teacher === "teacher");
  expect(cells.map(({ finding }) => finding.student)).toEqual(judged.map(({ agent }) => agent));
  for (const { arms } of cells) {
    const found = arms.map(({ agent, rates: { attempts, undetermined, d1 } }) => ({
      agent,
      hits: attempts,
      trials: d1.trajectories,
      undetermined,
    }));
    const expected = arms.map(({ agent }) => ({ agent, ...counted.get(agent), undetermined: 0 }));
    expect(found).toEqual(expected);
    expect(arms).toHaveLength(4);
  }
  expect(round.disagreements).toEqual([]);
  expect([0, 2, 3]).toContain(audited.status);
  expect(round.status).toBe(audited.status);
  // Else there would be nothing that the audit and the endpoint could tell apart.
  const hits = (agent: string) => counted.get(agent)?.hits ?? 0;
  expect(hits("teacher")).toBeGreaterThan(hits("control-teacher"));
}

/** What students learn from is what their teacher did, with the tool and without. */
function expectData({ datasets }: Round): void {
  const named = new Map(datasets.map((dataset) => [dataset.name, dataset]));
  for (const teacher of ["teacher", "control-teacher"]) {
    for (const offered of ["offered", "not-offered"]) {
      const [kept, all] = ["filtered", "unfiltered"].map((how) =>
        named.get(`${teacher}-${offered}-${how}`),
      );
      expect(all?.trajectories).toBe(20 * short.safe);
      const { effects = 0, keywords = 0 } = kept?.dropped ?? {};
      expect((kept?.rows ?? 0) + effects + keywords).toBe(all?.rows);
      if (offered === "not-offered") expect(effects).toBe(0);
    }
  }
}

function expectReport(round: Round): void {
  const report = reportOf({ amount: short, rounds: [round] });
  const headings = report.split("\n").filter((line) => line.startsWith("#"));
  expect(headings).toHaveLength(2);
  for (const heading of headings) expect(heading).toContain(disclaimer);
  for (const { finding } of round.cells) expect(report).toContain(finding.verdict);
}
