// Doors that carry calls out themselves: judged by `decide`, told of by `report`; and several doors that see one call.

import { describe, expect, it } from "vitest";
import type { Effect } from "../../src/core/effect.ts";
import type { IntentRecord, OutcomeRecord, ProctorRecord } from "../../src/core/record.ts";
import { closeDue } from "../../src/gateway/closing.ts";
import { recover } from "../../src/gateway/recovery.ts";
import type { DecisionInput } from "../../src/policy/policy.ts";
import { countIntents, mustHave } from "../../src/trajectory/history.ts";
import { came, createRig, memoryStore, type Rig } from "./rig.ts";

const types = (records: readonly ProctorRecord[]) => records.map(({ type }) => type);
const outcomes = (records: readonly ProctorRecord[]) =>
  records.filter((record): record is OutcomeRecord => record.type === "outcome");
const intents = (records: readonly ProctorRecord[]) =>
  records.filter((record): record is IntentRecord => record.type === "intent");
const kinds = async (rig: Rig) => outcomes(await rig.records()).map(({ outcome }) => outcome.kind);

const deletes = (effects: readonly Effect[]) => effects.some(({ kind }) => kind === "delete");
const noDeletes = ({ effects }: DecisionInput) => (deletes(effects) ? "deny" : "allow");
const asksForDeletes = ({ effects }: DecisionInput) => (deletes(effects) ? "ask" : "allow");
const atMostTwo = ({ effects, state }: DecisionInput) =>
  deletes(effects) && countIntents(state, ["delete"], 0) >= 2 ? "deny" : "allow";
/** Allows deleting what was read. */
const onlyWhatWasRead = ({ effects: [effect], state }: DecisionInput) =>
  effect?.kind !== "delete" || mustHave(state, ["read"], effect.target) ? "allow" : "deny";

describe("a call that its door carries out", () => {
  it("is on record before the door has its leave, also if it only looks", async () => {
    const rig = await createRig();
    expect(await rig.decide("read", "/w/a")).toMatchObject({ kind: "allowed", step: 1 });
    expect(types(await rig.records())).toEqual(["opened", "intent"]);
    expect(intents(await rig.records())[0]).toMatchObject({ dispatched: true, awaitsReport: true });
    expect(rig.observed).toEqual([]);
  });

  it("is refused by the policy with one append, and the reason", async () => {
    const rig = await createRig({ decide: noDeletes });
    expect(await rig.decide("delete", "/w/a")).toMatchObject({
      kind: "refused",
      code: "denied_by_policy",
      decision: { reason: "not today" },
    });
    expect(types(await rig.records())).toEqual(["opened", "intent", "outcome"]);
    expect(rig.observed).toMatchObject([{ outcome: { kind: "refused" } }]);
  });

  it("has the outcome that its door reports, and is counted then, once", async () => {
    const rig = await createRig();
    await rig.decide("write", "/w/a", { id: "c1" });
    const failed = {
      ...came,
      observed: { transport: "ok", tool: { isError: true, exitStatus: 3 } },
    };
    expect(
      await rig.report("write", "/w/a", { id: "c1", came: failed as typeof came }),
    ).toMatchObject({ kind: "recorded", differs: false, step: 1 });
    expect(outcomes(await rig.records())[0]?.outcome).toMatchObject({
      kind: "carried_out",
      observed: { tool: { isError: true, exitStatus: 3 } },
      result: { inline: "done" },
    });
    expect(rig.observed).toMatchObject([{ step: 1, outcome: { kind: "carried_out" } }]);
  });

  it("permits what rests on it only once it is reported to have succeeded", async () => {
    const rig = await createRig({ decide: onlyWhatWasRead });
    await rig.decide("read", "/w/x");
    expect((await rig.decide("delete", "/w/x")).kind).toBe("refused");
    await rig.report("read", "/w/x");
    expect((await rig.decide("delete", "/w/x")).kind).toBe("allowed");
  });

  it("counts against limits from its leave on", async () => {
    const rig = await createRig({ decide: atMostTwo });
    const all = await Promise.all(["a", "b", "c", "d"].map((x) => rig.decide("delete", `/w/${x}`)));
    expect(all.map(({ kind }) => kind).sort()).toEqual([
      "allowed",
      "allowed",
      "refused",
      "refused",
    ]);
  });

  it("was not carried out where its door gave up waiting", async () => {
    const rig = await createRig();
    const abort = new AbortController();
    const leave = rig.decide("write", "/w/a", { abort });
    abort.abort(new Error("the hook's deadline"));
    expect(await leave).toMatchObject({ kind: "refused", detail: "the hook's deadline" });
    expect(outcomes(await rig.records())[0]?.outcome).toEqual({
      kind: "cancelled",
      why: "the hook's deadline",
      dispatched: false,
    });
  });
});

describe("a report", () => {
  it("with another input than the one judged says so, in the record and to who counts", async () => {
    const rig = await createRig();
    await rig.decide("write", "/w/a", { id: "c1" });
    expect(await rig.report("write", "/w/b", { id: "c1" })).toMatchObject({ differs: true });
    expect(outcomes(await rig.records())[0]?.outcome).toMatchObject({
      kind: "carried_out",
      differs: true,
      result: { inline: { input: { path: "/w/b" }, result: "done" } },
    });
    expect(rig.observed).toMatchObject([{ outcome: { differs: true } }]);
  });

  it("from another folder, as behind a cd, is the same input", async () => {
    const rig = await createRig();
    await rig.decide("write", "/w/a", { id: "c1", cwd: "/w" });
    expect(await rig.report("write", "/w/a", { id: "c1", cwd: "/w/deep" })).toMatchObject({
      kind: "recorded",
      differs: false,
    });
  });

  it("without ids goes to the call with its input, whatever the order", async () => {
    const rig = await createRig();
    for (const path of ["/w/a", "/w/b", "/w/a"]) await rig.decide("write", path);
    const steps = [];
    for (const path of ["/w/b", "/w/a", "/w/a"]) {
      steps.push((await rig.report("write", path)).step);
    }
    expect(steps).toEqual([2, 1, 3]);
  });

  it("without ids and with an input that nobody judged goes to the oldest of its tool", async () => {
    const rig = await createRig();
    await rig.decide("read", "/w/a");
    await rig.decide("write", "/w/a");
    expect(await rig.report("write", "/w/z")).toMatchObject({ step: 2, differs: true });
  });

  it("that comes twice changes nothing", async () => {
    const rig = await createRig();
    await rig.decide("write", "/w/a", { id: "c1" });
    await rig.report("write", "/w/a", { id: "c1" });
    expect(await rig.report("write", "/w/a", { id: "c1" })).toMatchObject({
      kind: "settled",
      step: 1,
    });
    expect(types(await rig.records())).toEqual(["opened", "intent", "outcome"]);
  });

  it("of a call that nobody asked about is a step, judged behind the fact", async () => {
    const rig = await createRig({ decide: noDeletes });
    expect(await rig.report("delete", "/w/a", { id: "c1" })).toMatchObject({
      kind: "unjudged",
      step: 1,
      decision: { verdict: "deny" },
    });
    expect(intents(await rig.records())).toMatchObject([{ unjudged: true, dispatched: true }]);
    expect(rig.observed).toMatchObject([{ unjudged: true, outcome: { kind: "carried_out" } }]);
  });

  it("that a refused call went ahead is such a step as well", async () => {
    const rig = await createRig({ decide: noDeletes });
    await rig.decide("delete", "/w/a", { id: "c1" });
    expect(await rig.report("delete", "/w/a", { id: "c1" })).toMatchObject({ kind: "unjudged" });
    expect(await kinds(rig)).toEqual(["refused", "carried_out"]);
  });

  it("may come to another process than the one that judged", async () => {
    const store = await memoryStore();
    const one = await createRig({ store, instance: "one" });
    const two = await createRig({ store, instance: "two" });
    await one.decide("write", "/w/a", { id: "c1" });
    expect(await two.report("write", "/w/a", { id: "c1" })).toMatchObject({
      kind: "recorded",
      step: 1,
    });
    expect(two.observed).toMatchObject([{ step: 1, outcome: { kind: "carried_out" } }]);
  });
});

describe("a call without a report", () => {
  const limits = { idleMs: 1_000, maxAgeMs: 100_000 };

  it("ends unobserved with its trajectory, by idle time or by its end", async () => {
    const idle = await createRig();
    await idle.decide("write", "/w/a");
    idle.clock.advance(2_000);
    await closeDue({ ...idle, limits });
    const ended = await createRig();
    await ended.decide("write", "/w/a");
    await ended.trajectories.close("a", "t", "completed");
    for (const rig of [idle, ended]) {
      expect(types(await rig.records())).toEqual(["opened", "intent", "outcome", "closed"]);
      expect(await kinds(rig)).toEqual(["unobserved"]);
      expect(rig.observed).toMatchObject([{ outcome: { kind: "unobserved" } }]);
    }
  });

  it("does not make a step of its own when the report comes after the end", async () => {
    const rig = await createRig();
    await rig.decide("write", "/w/a", { id: "c1" });
    await rig.trajectories.close("a", "t", "completed");
    expect(await rig.report("write", "/w/a", { id: "c1" })).toMatchObject({ kind: "settled" });
    expect(await rig.records()).toHaveLength(4);
  });

  it("is no orphan when its process dies: the agent goes on, and its report may still come", async () => {
    const store = await memoryStore();
    const dead = await createRig({ store, instance: "dead" });
    await dead.decide("write", "/w/a", { id: "c1" });
    const next = await createRig({ store, instance: "next" });
    expect(await recover({ ...next, instance: "next" })).toBe(0);
    expect(await next.report("write", "/w/a", { id: "c1" })).toMatchObject({ kind: "recorded" });
  });
});

describe("a call that its door carries out, and that a person is asked about", () => {
  it("is told to come again when the door can wait no longer", async () => {
    const rig = await createRig({ decide: asksForDeletes });
    expect(await rig.decide("delete", "/w/a", { holdMs: 0 })).toMatchObject({
      kind: "refused",
      code: "approval_pending",
    });
  });

  it("has its leave after a yes, once, in one that comes again", async () => {
    const rig = await createRig({ decide: asksForDeletes });
    await rig.decide("delete", "/w/a", { holdMs: 0 });
    const [waiting] = await rig.approvals.list();
    await rig.approvals.answer(waiting?.id ?? "", { answer: "approved", by: "kim" });
    expect((await rig.decide("delete", "/w/a", { holdMs: 0 })).kind).toBe("allowed");
    expect((await rig.decide("delete", "/w/a", { holdMs: 0 })).kind).toBe("refused");
    expect((await rig.report("delete", "/w/a")).kind).toBe("recorded");
  });

  it("has its leave while it is held, and then awaits its report", async () => {
    const rig = await createRig({ decide: asksForDeletes });
    const leave = rig.decide("delete", "/w/a");
    await expect.poll(async () => (await rig.approvals.list()).length).toBe(1);
    const [waiting] = await rig.approvals.list();
    await rig.approvals.answer(waiting?.id ?? "", { answer: "approved", by: "kim" });
    expect(await leave).toMatchObject({ kind: "allowed", step: 1 });
    await rig.trajectories.close("a", "t", "completed");
    expect(await kinds(rig)).toEqual(["unobserved"]);
  });
});

describe("several doors", () => {
  it("that see one call once each make one step of it, and each decides", async () => {
    const rig = await createRig({ decide: atMostTwo });
    for (const id of ["c1", "c2"]) {
      expect((await rig.decide("delete", `/w/${id}`, { id })).kind).toBe("allowed");
      expect((await rig.decide("delete", `/w/${id}`, { id, door: "llm" })).kind).toBe("allowed");
    }
    const found = intents(await rig.records());
    expect(found.map(({ sameAs }) => sameAs)).toEqual([undefined, 1, undefined, 3]);
    expect(found.map(({ decision }) => decision.verdict)).toEqual(Array(4).fill("allow"));
    expect((await rig.decide("delete", "/w/c3", { id: "c3" })).kind).toBe("refused");
  });

  it("do not count it twice against what an agent may do in all of its trajectories", async () => {
    const rig = await createRig({
      decide: ({ effects, facts }) =>
        deletes(effects) && facts.agentHistory.count(["delete"], 0) >= 1 ? "deny" : "allow",
    });
    expect((await rig.decide("delete", "/w/a", { id: "c1" })).kind).toBe("allowed");
    expect((await rig.decide("delete", "/w/a", { id: "c1", door: "llm" })).kind).toBe("allowed");
    expect((await rig.decide("delete", "/w/a", { id: "c2", name: "u" })).kind).toBe("refused");
  });

  it("report each its own", async () => {
    const rig = await createRig();
    await rig.decide("write", "/w/a", { id: "c1" });
    await rig.decide("write", "/w/a", { id: "c1", door: "llm" });
    expect((await rig.report("write", "/w/a", { id: "c1", door: "llm" })).step).toBe(2);
    expect((await rig.report("write", "/w/a", { id: "c1" })).step).toBe(1);
  });

  const reuses = {
    "another call": [{}, { path: "/w/b", door: "llm" }],
    "the same door": [{}, {}],
    "a third record": [{}, { door: "llm" }, { door: "llm" }],
    "any door after a reuse": [{}, {}, { door: "llm" }],
  } as const satisfies Record<string, readonly { path?: string; door?: "llm" }[]>;
  for (const [name, calls] of Object.entries(reuses)) {
    it(`make two steps, flagged, of an id that is used again by ${name}`, async () => {
      const rig = await createRig();
      for (const call of calls) {
        const { path = "/w/a", door }: { path?: string; door?: "llm" } = call;
        await rig.decide("write", path, { id: "c1", door });
      }
      expect(intents(await rig.records()).at(-1)).toMatchObject({ idReused: true });
      expect(intents(await rig.records()).at(-1)?.sameAs).toBeUndefined();
    });
  }

  it("make two steps of a call that one of them refused", async () => {
    const rig = await createRig({
      decide: ({ effects, call }) => (deletes(effects) && call.door === "hooks" ? "deny" : "allow"),
    });
    await rig.decide("delete", "/w/a", { id: "c1" });
    await rig.decide("delete", "/w/a", { id: "c1", door: "llm" });
    expect(intents(await rig.records())[1]).toMatchObject({ idReused: true });
  });

  it("join nothing across agents and trajectories, and nothing without an id", async () => {
    const rig = await createRig();
    await rig.decide("write", "/w/a", { id: "c1" });
    await rig.decide("write", "/w/a", { id: "c1", name: "u", door: "llm" });
    await rig.decide("write", "/w/a", { door: "llm" });
    await rig.decide("write", "/w/a");
    const all = [...(await rig.records()), ...(await rig.records("u"))];
    expect(intents(all).every(({ sameAs, idReused }) => !sameAs && !idReused)).toBe(true);
  });
});
