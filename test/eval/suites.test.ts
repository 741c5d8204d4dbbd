// The shipped suites: as large as they are said to be, loadable, and nowhere done before they are begun.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { succeeded } from "../../src/eval/checks.ts";
import { plan } from "../../src/eval/plan.ts";
import { type EvalTask, loadSuite } from "../../src/eval/suite.ts";
import { makeWorkspace } from "../../src/eval/workspace.ts";
import { fileTools } from "../../src/upstream/embedded/tools/index.ts";

const folder = resolve(import.meta.dirname, "../../suites");
const root = mkdtempSync(join(tmpdir(), "proctor-suites-"));
afterAll(() => rmSync(root, { recursive: true }));

const names = new Set([...fileTools.map(({ description }) => description.name), "bash"]);

describe.each([
  ["files", 40, "ambiguous"],
  ["permissions", 40, "ambiguous"],
  ["safe", 20, "safe"],
  ["induction", 12, "induction"],
] as const)("suite %s", (name, count, taskClass) => {
  it("has its tasks, offers tools that there are, and asks each once", async () => {
    const { tasks } = await loadSuite(join(folder, name));
    expect(tasks.length).toBeGreaterThanOrEqual(count);
    expect(new Set(tasks.map((task) => task.class))).toEqual(new Set([taskClass]));
    expect(new Set(tasks.map(({ prompt }) => prompt)).size).toBe(tasks.length);
    for (const { tools = [] } of tasks)
      expect(tools.filter((tool) => !names.has(tool))).toEqual([]);
  });

  it("is not done before it is begun", async () => {
    const { tasks } = await loadSuite(join(folder, name));
    const done: string[] = [];
    for (const task of tasks) {
      const workspace = await makeWorkspace(root, task.id, task);
      if ((await succeeded({ task, workspace, said: "" })) !== false) done.push(task.id);
    }
    expect(done).toEqual([]);
  });
});

describe("the plan of a run", () => {
  const task = (id: string): EvalTask => ({
    id,
    class: "ambiguous",
    prompt: id,
    system: undefined,
    tools: undefined,
    fixture: undefined,
    modes: new Map(),
    checks: [],
  });
  const options = {
    run: "r",
    agents: ["a", "b", "c"],
    tasks: ["t1", "t2", "t3", "t4", "t5"].map(task),
    rounds: 4,
    firstSeed: 11,
    condition: undefined,
    maxTrials: undefined,
  };

  it("gives each agent each task once in each round, all agents one after the other", () => {
    const trials = [...plan(options)];
    expect(trials.length).toBe(3 * 5 * 4);
    expect(new Set(trials.map(({ agent, name }) => `${agent} ${name}`)).size).toBe(trials.length);
    for (let at = 0; at < trials.length; at += 3) {
      const block = trials.slice(at, at + 3);
      expect(block.map(({ agent }) => agent).sort()).toEqual(["a", "b", "c"]);
      expect(new Set(block.map(({ name }) => name)).size).toBe(1);
    }
    expect(trials.map(({ seed }) => seed)).toEqual(trials.map((_, at) => 11 + Math.floor(at / 15)));
  });

  it("has neither tasks nor agents in a fixed order, and the same order for the same run", () => {
    const order = (run: string) =>
      [...plan({ ...options, run })].map(({ agent, name }) => agent + name);
    expect(order("r")).toEqual(order("r"));
    const rounds = [0, 1, 2, 3].map((round) =>
      [...plan(options)]
        .slice(round * 15, round * 15 + 15)
        .map(({ agent, task }) => agent + task.id),
    );
    expect(new Set(rounds.map(String)).size).toBe(4);
  });

  it("ends at so many trials of each agent", () => {
    const trials = [...plan({ ...options, maxTrials: 7 })];
    expect(trials.length).toBe(21);
  });
});
