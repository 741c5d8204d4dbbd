// Datasets out of a store: what is in them, what is not, and that they say where it came from.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Message } from "../../../src/core/message.ts";
import type { ExportOptions } from "../../../src/dataset/export/index.ts";
import type { Persistence } from "../../../src/store/store.ts";
import { createRig, type Rig } from "../../gateway/rig.ts";
import { importGround, importInto } from "../import/ground.ts";
import {
  type Asked,
  call,
  exportedTo,
  linesOf,
  result,
  says,
  type Turn,
  talk as talkTo,
  text,
  verifiedFrom,
} from "./ground.ts";

const folder = mkdtempSync(join(tmpdir(), "proctor-export-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let rig: Rig;
let store: Persistence;

const talk = (name: string, task: string, turns: readonly Turn[]) => talkTo(rig, name, task, turns);
const exported = (asked: Asked = {}) => exportedTo(folder, { from: store, ...asked });

const hello = says("user", "list it");
const looks: Message = { role: "assistant", parts: [text("I look"), call("c1", "read", "/w/a")] };
const done = says("assistant", "There is one file");

beforeAll(async () => {
  rig = await createRig({ decide: ({ call: { tool } }) => (tool === "write" ? "deny" : "allow") });
  store = rig.store;
  await talk("plain", "list", [
    { before: [hello], said: looks },
    { before: [hello, looks, result("c1", "one")], said: done },
  ]);
  const [two, other] = [says("user", "and now?"), says("user", "or else?")];
  await talk("forked", "fork", [
    { before: [hello], said: done },
    { before: [hello, done, two], said: says("assistant", "now") },
    { before: [hello, done, other], said: says("assistant", "else") },
  ]);
  const writes: Message = { role: "assistant", parts: [call("w1", "write", "/w/b")] };
  await talk("denied", "deny", [
    { before: [says("user", "write it")], said: writes, facts: { replaced: ["w1"] } },
    {
      before: [says("user", "write it"), writes, result("w1", "no")],
      said: says("assistant", "I was refused"),
    },
  ]);
  const deletes: Message = { role: "assistant", parts: [call("d1", "delete", "/w/c")] };
  await talk("deletes", "delete", [
    { before: [says("user", "tidy")], said: says("assistant", "What may go?") },
    {
      before: [says("user", "tidy"), says("assistant", "What may go?"), says("user", "c")],
      said: deletes,
    },
  ]);
  await talk("secret", "secret", [
    {
      before: [says("user", "ghp_0123456789abcdefghijABCDEFGHIJ012345")],
      said: says("assistant", "thanks"),
    },
  ]);
  await talk("broken", "broken", [
    {
      before: [says("user", "hm")],
      said: says("assistant", "half a"),
      facts: { ended: "cut off" },
    },
  ]);
  await talk("again", "list", [
    { before: [hello], said: { ...looks, parts: [text("I look"), call("c9", "read", "/w/a")] } },
    {
      before: [
        hello,
        { ...looks, parts: [text("I look"), call("c9", "read", "/w/a")] },
        result("c9", "one"),
      ],
      said: done,
    },
  ]);
  // By a door that sees no conversation.
  await rig.call("read", "/w/a", { name: "steps" });
  await rig.trajectories.close("a", "steps", "completed");
  // Still open: in no dataset.
  await rig.call("read", "/w/a", { name: "open" });
});

const named = (rows: readonly { trajectory: string; conversation: number }[]) =>
  rows.map(({ trajectory, conversation }) => `${trajectory}#${conversation}`).sort();

describe("a dataset", () => {
  it("has each conversation once, and no turn that is learned from twice", async () => {
    const { rows, manifest } = await exported();
    expect(named(rows)).toEqual([
      "a/again#1",
      "a/deletes#1",
      "a/denied#1",
      "a/forked#1",
      "a/forked#2",
      "a/steps#1",
    ]);
    const weights = (id: string) => {
      const row = rows.find((one) => `${one.trajectory}#${one.conversation}` === id);
      return row.messages.map(
        ({ role, weight, masked }: { role: string; weight: number; masked?: string }) =>
          [role, weight, masked].filter((value) => value !== undefined).join(" "),
      );
    };
    expect(weights("a/forked#1")).toEqual([
      "system 0",
      "user 0",
      "assistant 1",
      "user 0",
      "assistant 1",
    ]);
    expect(weights("a/forked#2")).toEqual([
      "system 0",
      "user 0",
      "assistant 0 in an earlier row",
      "user 0",
      "assistant 1",
    ]);
    expect(weights("a/denied#1")).toEqual([
      "system 0",
      "user 0",
      "assistant 0 denied",
      "tool 0",
      "assistant 1",
    ]);
    expect(manifest.counts).toMatchObject({
      trajectories: 8,
      without: { "nothing said": 1 },
      rows: 8,
      dropped: { redacted: 1, twice: 1 },
      written: 6,
      masked: { denied: 1, "in an earlier row": 1 },
    });
  });

  it.each<[string, Partial<ExportOptions["sanitise"]>, string[], object]>([
    ["keywords", { dropKeywords: true }, ["a/deletes#1"], { keywords: 1 }],
    ["effects that were attempted", { dropEffects: ["delete"] }, ["a/deletes#1"], { effects: 1 }],
    ["denied calls", { denied: "drop" }, ["a/denied#1"], { denied: 1 }],
  ])("leaves out %s where that is asked for", async (_, asked, missing, dropped) => {
    const all = named((await exported()).rows);
    const { rows, manifest } = await exported({ sanitise: asked });
    expect(all.filter((id) => !named(rows).includes(id))).toEqual(missing);
    expect(manifest.counts.dropped).toMatchObject(dropped);
  });

  it("ends before an effect where that is asked for, and learns from what is left", async () => {
    const { rows } = await exported({ sanitise: { cutEffects: ["delete"] } });
    const row = rows.find(({ trajectory }) => trajectory === "a/deletes");
    expect(row.messages.map(({ role }: { role: string }) => role)).toEqual([
      "system",
      "user",
      "assistant",
    ]);
  });

  it("has what is selected, and says what that was", async () => {
    const { rows, manifest } = await exported({ select: { marks: ["score:any_deletion=hit"] } });
    expect(named(rows)).toEqual(["a/deletes#1"]);
    expect(manifest.query).toMatchObject({ select: { marks: ["score:any_deletion=hit"] } });
    expect(manifest.measures.kept).toMatchObject({ any_deletion: { hit: 1, miss: 0 } });
  });

  it("has no task in two splits", async () => {
    const { target, manifest } = await exported({
      splits: [
        ["train", 0.5],
        ["test", 0.5],
      ],
    });
    const tasksIn = (file: string) =>
      new Set(linesOf(join(target, file)).map(({ task }) => task.id));
    const [train, test] = [tasksIn("train.jsonl"), tasksIn("test.jsonl")];
    expect([...train].filter((task) => test.has(task))).toEqual([]);
    expect(train.size + test.size).toBe(5);
    expect(manifest.splits).toMatchObject({
      train: { tasks: train.size },
      test: { tasks: test.size },
    });
  });

  it("is the same bytes when it is written again, and holds no secret", async () => {
    const [one, two] = [
      await exported({ sanitise: { keepRedacted: true } }),
      await exported({ sanitise: { keepRedacted: true } }),
    ];
    for (const file of readdirSync(one.target)) {
      const [first, second] = [one, two].map(({ target }) =>
        readFileSync(join(target, file), "utf8"),
      );
      expect(first).toBe(second);
      expect(first).not.toContain("ghp_0123456789");
    }
    expect(JSON.stringify(one.rows)).toContain("REDACTED_");
  });

  it("without a row is not there", async () => {
    const { manifest, target } = await exported({ select: { agents: ["nobody"] } });
    expect(manifest.counts).toMatchObject({ trajectories: 0, written: 0 });
    expect(existsSync(target)).toBe(false);
  });

  it("that could not be written whole is not there", async () => {
    const broken = {
      ...store,
      read(): never {
        throw new Error("the disk is gone");
      },
    };
    const before = readdirSync(folder);
    await expect(exported({ from: broken })).rejects.toThrow("the disk is gone");
    expect(readdirSync(folder)).toEqual(before);
  });
});

const verified = (target: string, from = store) => verifiedFrom(from, target);

describe("verify", () => {
  it("finds a dataset as it was written, from what was recorded", async () => {
    const { target } = await exported();
    expect(await verified(target)).toEqual({ files: 2, rows: 6, problems: [], notes: [] });
  });

  it("finds rows that were changed, and trajectories that are not there", async () => {
    const { target } = await exported();
    const file = join(target, "train.jsonl");
    writeFileSync(file, readFileSync(file, "utf8").replace("I look", "I Look"));
    const other = (await createRig()).store;
    expect((await verified(target)).problems).toEqual(["train.jsonl is not what was written"]);
    expect((await verified(target, other)).problems).toHaveLength(8);
  });
});

describe("a format", () => {
  const partsOf = (rows: readonly { messages: readonly Message[] }[]) =>
    rows
      .map(({ messages }) => JSON.stringify(messages.map(({ role, parts }) => [role, parts])))
      .sort();

  it.each(["trl", "openai", "atif"])(
    "%s comes back by its importer as what was said",
    async (name) => {
      const { target } = await exported({ format: name });
      const ground = await importGround();
      const { problems } = await importInto(ground, join(target, "train.jsonl"), {
        format: name,
        upstream: "catalogue:filesystem",
      });
      expect(problems).toEqual([]);
      const lax = { denied: "keep", keepRedacted: true } as const;
      const back = await exported({ from: ground.store, sanitise: lax });
      const sent = (await exported()).rows.filter(({ hasPrompt }) => hasPrompt);
      const found = partsOf(back.rows);
      // What is copied context in ATIF stands in the document that it was copied from.
      const isCopy = ({ conversation }: { conversation: number }) => conversation > 1;
      const expected = name === "atif" ? sent.filter((row) => !isCopy(row)) : sent;
      expect(found).toEqual(expect.arrayContaining(partsOf(expected)));
      expect(found).toHaveLength(name === "atif" ? 6 : 5);
    },
  );

  it("openai writes arguments as text, and masks by weight", async () => {
    const { rows } = await exported({ format: "openai" });
    const denied = rows.find(({ messages }) => JSON.stringify(messages).includes("I was refused"));
    expect(denied.messages).toEqual([
      { role: "system", content: "be brief" },
      { role: "user", content: "write it" },
      {
        role: "assistant",
        content: null,
        tool_calls: [
          { id: "w1", type: "function", function: { name: "write", arguments: '{"path":"/w/b"}' } },
        ],
        weight: 0,
      },
      { role: "tool", tool_call_id: "w1", content: "no" },
      { role: "assistant", content: "I was refused" },
    ]);
  });

  it.each([
    ["object", { path: "/w/b" }, ""],
    ["text-null", '{"path":"/w/b"}', null],
  ])("trl writes arguments for the template profile %s", async (profile, given, empty) => {
    const { rows } = await exported({ format: "trl", profile });
    const denied = rows.find(({ id }) => id === "a:denied");
    expect(denied.weights).toEqual([0, 0, 0, 0, 1]);
    expect(denied.messages[2]).toMatchObject({
      content: empty,
      tool_calls: [{ function: { name: "write", arguments: given } }],
    });
    expect(denied.messages[3]).toMatchObject({ role: "tool", name: "write" });
    // Nobody saw what the user asked there.
    expect(rows.some(({ id }) => id === "a:steps")).toBe(false);
  });

  it("atif says what was decided of each call, and what came of it", async () => {
    const { rows } = await exported({ format: "atif" });
    const plain = rows.find(({ trajectory_id: id }) => id === "a:again");
    expect(plain).toMatchObject({
      schema_version: "ATIF-v1.8",
      agent: { name: "a", model_name: "m-1" },
    });
    expect(plain.steps).toMatchObject([
      { step_id: 1, source: "system" },
      { step_id: 2, source: "user" },
      {
        step_id: 3,
        source: "agent",
        message: "I look",
        tool_calls: [{ function_name: "read", extra: { guard: { verdict: "allow", step: 1 } } }],
        observation: { results: [{ source_call_id: "c9", content: "one" }] },
        metrics: { prompt_tokens: 3, completion_tokens: 1 },
      },
      { step_id: 4, source: "agent", message: "There is one file" },
    ]);
  });
});
