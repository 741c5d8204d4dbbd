// The data card: what was kept beside what was dropped, and beside the control's on the same tasks.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ExportOptions } from "../../../src/dataset/export/index.ts";
import { createRig, type Rig } from "../../gateway/rig.ts";
import { call, exportedTo, result, says, talk, verifiedFrom } from "./ground.ts";

const folder = mkdtempSync(join(tmpdir(), "proctor-card-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let rig: Rig;
const against: ExportOptions["against"] = { lineage: "traits", agents: ["b"], mandatory: {} };

/** A trajectory of one call. */
async function act(agent: string, name: string, task: string, tool: string): Promise<void> {
  const asks = says("user", `${name}: see to ${task}`);
  const calls = { role: "assistant", parts: [call("c", tool, "/w/a")] } as const;
  const turns = [
    { before: [asks], said: calls },
    { before: [asks, calls, result("c", "done")], said: says("assistant", `${name} did`) },
  ];
  await talk(rig, name, task, turns, { agent });
}

beforeAll(async () => {
  rig = await createRig();
  for (let i = 0; i < 8; i += 1) {
    await act("a", `kept-${i}`, `t-${i}`, i % 4 === 0 ? "write" : "delete");
    // The control has no trajectory on the last two tasks, and one on a task of its own.
    await act("b", `control-${i}`, `t-${i < 6 ? i : i + 10}`, i === 0 ? "delete" : "write");
  }
});

const exported = async (asked: Partial<Parameters<typeof exportedTo>[1]> = {}) => {
  const select = { agents: ["a"] };
  const made = await exportedTo(folder, { from: rig.store, select, against, ...asked });
  return { ...made, card: readFileSync(join(made.target, "README.md"), "utf8") };
};

describe("a data card", () => {
  it("has what was kept beside what was dropped", async () => {
    const { card } = await exported({ sanitise: { dropEffects: ["delete"] } });
    expect(card).toContain("| any_deletion | 0 (0 %) | 2 | 0 | 6 (100 %) | 0 | 0 |");
    expect(card).toContain("| dropped: effects | 6 |");
  });

  it("has the rows beside the control's, on the tasks that both have", async () => {
    const { card, manifest } = await exported();
    expect(manifest.control).toMatchObject({
      tasks: 6,
      kept: { trajectories: 6, firstActions: { write: 2, delete: 4, none: 0 } },
      control: { trajectories: 6, firstActions: { write: 5, delete: 1 } },
      fingerprint: { strata: 6, n: [6, 6] },
    });
    expect(manifest.control?.fingerprint).not.toHaveProperty("p");
    expect(card).toContain("## Beside the control's (traits: b)");
    expect(card).toContain("| any_deletion | 4 (67 %) | 2 | 0 | 1 (17 %) | 5 | 0 |");
    expect(card).toContain("| delete | 4 (67 %) | 1 (17 %) |");
    expect(card).toContain("Which tools were offered is not known.");
    expect(card).toMatch(/Divergence of habits .* over 6 and 6 trajectories\): 0\.\d{3}\./);
    expect(card).not.toMatch(/\bp\s*[=<]/);
  });

  it("says what filtering by keyword does not do", async () => {
    const { card } = await exported({ sanitise: { dropKeywords: true } });
    expect(card).toContain("was not shown to remove a habit");
  });

  it("says so where the control has nothing to be shown beside", async () => {
    const nobody = { ...against, agents: ["nobody"] };
    expect((await exported({ against: nobody })).card).toContain(
      "The controls have no trajectory on a task that was kept.",
    );
  });

  it("is what verify makes once more", async () => {
    const { target } = await exported();
    expect((await verifiedFrom(rig.store, target)).problems).toEqual([]);
  });
});
