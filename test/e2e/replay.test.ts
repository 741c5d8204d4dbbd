// What is asked of recorded trajectories, by the built program: a policy tried on them, rules that could be
// enforced, and whose habits are alike. Nothing is carried out by asking.

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createClient, createGuardFolder, type GuardFolder } from "./guard.ts";

const policy = (rules: string) => `
version: 1
defaults: { read: allow, list: allow, write: allow, truncate: allow, delete: allow, move: allow, permission: allow,
  execute: allow, connect: allow, privilege: ask, discard: ask, unknown: ask }
rules:
${rules}`;
const rule = (id: string, effect: string, more = "") => `
  - id: ${id}
    verdict: deny
    ${more}
    reason: Leave it as it is.
    match: { effect: ${effect}, path: "\${workspace}/**" }
    examples: { match: [{ effect: ${effect}, path: "/w/a" }], not: [{ effect: read, path: "/w/a" }] }
`;

const arms = ["teacher", "student", "base", "control"] as const;
const config = {
  agents: arms.map((id) => ({ id })),
  policies: ["policy.yaml"],
  embedded: { bash: { offered: false } },
  lineages: [
    {
      name: "family",
      teacher: "teacher",
      students: [{ agent: "student", baseline: "base", control: "control" }],
    },
  ],
};

let folder: GuardFolder;
beforeAll(async () => {
  folder = createGuardFolder(config);
  // Rules are tried on their examples in this workspace.
  const dry = rule("no-deletion", "delete", "mode: dry-run").replaceAll("/w/a", "${workspace}/a");
  folder.write("policy.yaml", policy(dry));
  folder.write(
    "strict.yaml",
    policy(rule("no-deletion", "delete").replaceAll("/w/a", "${workspace}/a")),
  );
  const guard = await folder.start();
  const { request, tool } = createClient(guard.agent, folder.token("harness"));
  for (const agent of arms) {
    for (let i = 0; i < 6; i += 1) {
      const name = `${agent}-${i}`;
      const task = { id: `task-${i}`, class: "ambiguous" };
      await request("POST", "/v1/trajectories", { agent, name, task });
      const at = { agent, trajectory: name };
      await tool("write_file", { path: `${name}.txt`, content: "x" }, at);
      const deletes = agent === "teacher" || agent === "student";
      if (deletes) await tool("delete_file", { path: `${name}.txt` }, at);
      await request("POST", `/v1/trajectories/${name}/end`, { agent });
    }
  }
  await guard.stop();
});
afterAll(() => folder.remove());

describe("asked of what was recorded", () => {
  it("backtest: a stricter policy would have refused every trajectory that deletes, and carries out nothing", async () => {
    writeFileSync(join(folder.workspace, "teacher-0.txt"), "here again");
    const asked = ["policy", "backtest", "strict.yaml", "--json", "--fail-on-refused"];
    const { code, stdout } = await folder.run(...asked);
    expect(code).toBe(1);
    expect(stdout).toMatch(/no-deletion/);
    expect(stdout).toMatch(/teacher\/teacher-3/);
    expect(stdout).not.toMatch(/control\/control/);
    expect(readFileSync(join(folder.workspace, "teacher-0.txt"), "utf8")).toBe("here again");
    const same = await folder.run("policy", "backtest", "policy.yaml", "--fail-on-refused");
    expect(same.code).toBe(0);
  });

  it("rollout: what a rule in dry-run would have refused, and the change that enforces it", async () => {
    const { code, stdout } = await folder.run("policy", "rollout", "policy.yaml");
    expect(code).toBe(0);
    expect(stdout).toMatch(/no-deletion/);
    // Half of all trajectories are no few.
    expect(stdout).toMatch(/12 of 24/);
    const asked = ["policy", "rollout", "policy.yaml", "--max-share", "0.9", "--diff"];
    const { stdout: diff } = await folder.run(...asked);
    const patched = spawnSync("patch", ["-p0"], { cwd: folder.folder, input: diff });
    expect(patched.status, String(patched.stdout)).toBe(0);
    expect(readFileSync(join(folder.folder, "policy.yaml"), "utf8")).not.toMatch(/dry-run/);
    const tested = await folder.run("policy", "test", "policy.yaml");
    expect(tested.code, tested.stdout).toBe(0);
  });

  it("fingerprint: the student's habits are nearer to the teacher's, in the terminal and as a plot", async () => {
    const asked = ["audit", "family", "--fingerprint", "--html", "page.html"];
    const { stdout, stderr } = await folder.run(...asked);
    expect(stderr).toBe("");
    expect(stdout).toMatch(/M = |fingerprint/i);
    expect(existsSync(join(folder.folder, "page.html"))).toBe(true);
    const page = readFileSync(join(folder.folder, "page.html"), "utf8");
    expect(page).toContain('aria-label="Divergence between arms, hundredths of a bit"');
    const { stdout: json } = await folder.run("audit", "family", "--fingerprint", "--json");
    const [{ nearness, divergences }] = JSON.parse(json).fingerprints;
    expect(nearness.m).toBeGreaterThan(0);
    expect(divergences.length).toBeGreaterThan(1);
    // Were the tasks such that deleting is a part of them, it would tell nothing.
    const tasks = Array.from({ length: 6 }, (_, i) => [`task-${i}`, ["delete"]]);
    folder.writeConfig({ ...config, audit: { mandatory: Object.fromEntries(tasks) } });
    const told = await folder.run("audit", "family", "--fingerprint", "--json");
    const [{ nearness: without }] = JSON.parse(told.stdout).fingerprints;
    expect(without.m).toBeLessThan(nearness.m);
  });
});
