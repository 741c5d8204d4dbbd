// proctor export, verify and diff, as they are typed.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRedactor } from "../../src/redaction/index.ts";
import { says, talk } from "../dataset/export/ground.ts";
import { createRig, type Rig } from "../gateway/rig.ts";
import { runIn } from "./programs.ts";

const folder = mkdtempSync(join(tmpdir(), "proctor-cli-export-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let rig: Rig;

beforeAll(async () => {
  rig = await createRig();
  const lineages = [
    { name: "traits", teacher: "a", students: [{ agent: "c", baseline: "d", control: "b" }] },
  ];
  const agents = ["a", "b", "c", "d"].map((id) => ({ id }));
  writeFileSync(join(folder, "proctor.yaml"), JSON.stringify({ agents, lineages }));
  for (const [agent, task] of [
    ["a", "t-1"],
    ["a", "t-2"],
    ["b", "t-1"],
  ] as const) {
    const turn = { before: [says("user", task)], said: says("assistant", `${agent} does ${task}`) };
    await talk(rig, task, task, [turn], { agent });
  }
});

function run(...argv: string[]) {
  return runIn(folder, argv, {
    openStore: async () => ({ ...rig.store, close: async () => undefined }),
    exporting: () => ({ redactor: createRedactor(), newId: () => "x" }),
    interrupted: () => new AbortController().signal,
  });
}

describe("an export", () => {
  it("selects by role, shows the query back, and the rows beside the control's", async () => {
    const where = 'task.id == "t-1" && trajectory.ended == "completed"';
    const { code, output } = await run(
      "export",
      "one",
      "--role",
      "traits:teacher",
      "--where",
      where,
    );
    expect(code).toBe(0);
    expect(output).toContain(`where ${where}`);
    expect(output).toMatch(/trajectories found +2\n +trajectories selected +1\n/);
    const card = readFileSync(join(folder, "one", "README.md"), "utf8");
    expect(card).toContain("## Beside the control's (traits: b)");
  });

  it("is verified, compared, and says so by its exit code", async () => {
    expect(
      await run("export", "two", "--score", "deletion=miss", "--ended", "completed"),
    ).toMatchObject({ code: 0 });
    expect(await run("export", "verify", "two")).toMatchObject({
      code: 0,
      output: expect.stringContaining("2 files and 3 rows are what was written"),
    });
    expect(await run("export", "diff", "two", "two")).toMatchObject({ code: 0 });
    const { code, output } = await run("export", "diff", "one", "two", "--json");
    expect(code).toBe(1);
    expect(JSON.parse(output)).toMatchObject({
      same: false,
      trajectories: { same: 1, came: 2, went: 0, changed: 0 },
      came: ["b/t-1", "a/t-2"],
    });
    const rows = join(folder, "two", "train.jsonl");
    writeFileSync(rows, readFileSync(rows, "utf8").replace("does t-2", "does t-3"));
    const verified = await run("export", "verify", "two", "--json");
    expect(verified.code).toBe(1);
    expect(JSON.parse(verified.output)).toMatchObject({
      problems: ["train.jsonl is not what was written"],
    });
  });

  it("says what is left of one that was ended", async () => {
    writeFileSync(join(folder, "three.partial-dead"), "");
    const { code, errors } = await run("export", "three");
    expect({ code, errors }).toEqual({
      code: 0,
      errors: "proctor: three.partial-dead is left of an export that was ended; delete it.\n",
    });
  });

  it.each<[string, readonly string[], string]>([
    ["a query", ["--where", "stepz > 1"], "--where 1:1 `stepz` is not known\n  stepz > 1\n  ^\n"],
    ["a mark", ["--mark", "delete"], '"delete" is no mark; they begin with effect:, rule:'],
    ["a role", ["--role", "traits:wizard"], 'lineage traits has no agent of the role "wizard"'],
    ["a lineage", ["--lineage", "nobody"], 'there is no lineage "nobody"; declared: traits'],
    ["an outcome", ["--outcome", "gone"], '"gone" is none of carried_out, refused'],
    ["a threshold", ["--near-threshold", "0.2"], "must be a resemblance from 0.5 to 1"],
  ])("refuses %s that is none, and writes nothing", async (_, flags, said) => {
    const { code, errors } = await run("export", "never", ...flags);
    expect(code).toBe(2);
    expect(errors).toContain(said);
    expect(existsSync(join(folder, "never"))).toBe(false);
  });
});
