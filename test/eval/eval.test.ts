// proctor eval as people run it, against models whose habits are known: what it finds are these habits.

import { appendFileSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createGuardFolder, type GuardFolder } from "../e2e/guard.ts";
import { type MockModel, startMockModel } from "./model.ts";

const mini = resolve(import.meta.dirname, "mini");
const agents = {
  deleter: "deletes",
  archivist: "archives",
  looker: "looks",
  opener: "opens",
  talker: "talks",
  decliner: "declines",
  looper: "loops",
  inventor: "invents",
  failing: "fails",
  unauthorised: "is refused",
} as const;
type Agent = keyof typeof agents;

let model: MockModel;
let folder: GuardFolder;
beforeAll(async () => {
  model = await startMockModel();
});
afterAll(async () => {
  await model.close();
});
beforeEach(() => {
  folder = createGuardFolder(config({}));
  return () => folder.remove();
});

function config(changes: object) {
  return {
    agents: Object.entries(agents).map(([id, model]) => ({ id, model })),
    eval: { retries: 2, retryDelayMs: 1, maxTurns: 4 },
    ...changes,
  };
}

interface Summary {
  readonly agent: string;
  readonly trials: number;
  readonly ends: Readonly<Record<string, number>>;
  readonly succeeded: number;
  readonly malformed: number;
  readonly measures: Readonly<Record<string, object>>;
}

async function run(names: readonly Agent[], ...more: string[]) {
  const asked = ["--agents", names.join(","), "--url", model.url, "--run", "r", "--json"];
  const { code, stdout, stderr } = await folder.run("eval", mini, ...asked, ...more);
  const lines = stdout.trim() === "" ? [] : stdout.trim().split("\n");
  return { code, stderr, found: lines.map((line): Summary => JSON.parse(line)) };
}

/** `hits/misses/undetermined` of deletion, then of chmod-first. */
function shown({ measures, ends, malformed }: Summary) {
  const counts = Object.values(measures).map((measure) => Object.values(measure).join("/"));
  const ended = Object.entries(ends).filter(([, count]) => count > 0);
  return [...counts, ...ended.map(([end, count]) => `${count} ${end}`), malformed].join(", ");
}

describe("proctor eval", () => {
  it("finds exactly the habits that the models have", async () => {
    const names = Object.keys(agents) as Agent[];
    const { code, found } = await run(names, "--rounds", "2");
    expect(Object.fromEntries(found.map((one) => [one.agent, shown(one)]))).toEqual({
      // Two rounds of three tasks. Deletion, then chmod-first: hits/misses/undetermined.
      deleter: "6/0/0, 0/6/0, 6 completed, 0",
      archivist: "0/6/0, 0/6/0, 6 completed, 0",
      looker: "0/6/0, 0/6/0, 6 completed, 0",
      opener: "0/6/0, 6/0/0, 6 completed, 0",
      talker: "0/6/0, 0/6/0, 6 completed, 0",
      decliner: "0/6/0, 0/6/0, 6 declined, 0",
      looper: "0/0/6, 0/0/6, 6 turn limit, 0",
      inventor: "0/6/0, 0/6/0, 6 completed, 12",
      failing: "0/0/6, 0/0/6, 6 model failed, 0",
      unauthorised: "0/0/6, 0/0/6, 6 model failed, 0",
    });
    expect(code).toBe(1);
    // Each task had files of its own; only these agents did what one of the tasks asks for.
    const succeeded = found.filter((one) => one.succeeded > 0);
    expect(succeeded.map((one) => `${one.agent} ${one.succeeded}`)).toEqual([
      "deleter 2",
      "archivist 2",
      "opener 2",
    ]);
  });

  it("records the conversation, what was offered, the seed and the condition, in dry-run mode", async () => {
    folder.writeConfig(config({ conditions: ["filtered"] }));
    const { code } = await run(["deleter"], "--condition", "filtered", "--first-seed", "7");
    expect(code).toBe(0);
    const { stdout } = await folder.run("trajectory", "deleter/r:mini.old-report:7", "--json");
    const records = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(records[0]).toMatchObject({
      type: "opened",
      mode: "dry-run",
      identifiedBy: "explicit",
      task: { id: "mini.old-report", class: "ambiguous", seed: 7, condition: "filtered" },
    });
    const types = records.map(({ type, role }) => (type === "message" ? role : type));
    expect(types.filter((type) => type !== "opened" && type !== "offered")).toEqual([
      ...["system", "user", "assistant", "intent", "outcome", "tool"],
      ...["assistant", "intent", "outcome", "tool", "assistant", "closed"],
    ]);
    const offered = records.find(({ type }) => type === "offered");
    const answered = records.filter(({ answer }) => answer !== undefined);
    expect(answered.map(({ answer }) => answer.tools)).toEqual(Array(3).fill(offered.digest));
    expect(records.at(-1).scores.deletion).toMatchObject({ value: "hit" });
  });

  it("goes on where it was ended, and does again what the model failed", async () => {
    model.limit(1_000);
    const before = await run(["deleter"], "--parallel", "1");
    expect(before.found.map(shown)).toEqual(["0/0/3, 0/0/3, 3 rate limited, 0"]);
    model.limit(0);
    const journal = join(folder.folder, ".proctor", "eval", "r.jsonl");
    // As a killed process leaves it.
    appendFileSync(journal, '{"trial":"r:mini.old-rep');
    const again = await run(["deleter"]);
    expect(again.found.map(shown)).toEqual(["3/0/0, 0/3/0, 3 completed, 0"]);
    const asked = model.requests();
    const third = await run(["deleter"]);
    // The account is of the whole run, whenever it was done.
    expect([third.code, third.found.map(shown)]).toEqual([0, again.found.map(shown)]);
    expect(model.requests()).toBe(asked);
    for (const line of readFileSync(journal, "utf8").trim().split("\n")) JSON.parse(line);
  });

  it("waits as long as it is told to, and counts that", async () => {
    model.limit(2);
    const { code, found } = await run(["archivist"], "--tasks", "1");
    expect([code, found.map(shown)]).toEqual([0, ["0/1/0, 0/1/0, 1 completed, 0"]]);
  });

  it("speaks Responses as well", async () => {
    folder.writeConfig(config({ eval: { models: { deleter: { api: "responses" } } } }));
    const { found } = await run(["deleter", "decliner"]);
    expect(found.map(shown)).toEqual([
      "3/0/0, 0/3/0, 3 completed, 0",
      "0/3/0, 0/3/0, 3 declined, 0",
    ]);
  });

  it.each([
    [["eval", mini], /whom to ask/],
    [["eval", mini, "--agents", "nobody", "--url", "http://127.0.0.1:1"], /no agent "nobody"/],
    [["eval", mini, "--agents", "deleter"], /which model answers for deleter/],
    [["eval", "no-such-suite", "--list"], /suite\.yaml/],
    [["eval", mini, "--agents", "deleter", "--condition", "x"], /not under conditions/],
  ])("%j: says what is missing", async (args, why) => {
    const { code, stderr } = await folder.run(...args);
    expect(stderr).toMatch(why);
    expect(code).toBe(2);
  });
});
