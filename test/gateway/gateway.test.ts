// The way of a call, through the gateway's own face.

import { describe, expect, it } from "vitest";
import { ProctorError } from "../../src/core/errors.ts";
import type { OutcomeRecord, ProctorRecord } from "../../src/core/record.ts";
import { closeDue } from "../../src/gateway/closing.ts";
import { recover } from "../../src/gateway/recovery.ts";
import type { DecisionInput } from "../../src/policy/policy.ts";
import { countIntents, mustHave } from "../../src/trajectory/history.ts";
import { failing } from "./failing.ts";
import { answers, createRig, memoryStore } from "./rig.ts";

const types = (records: readonly ProctorRecord[]) => records.map(({ type }) => type);
const outcomes = (records: readonly ProctorRecord[]) =>
  records.filter((record): record is OutcomeRecord => record.type === "outcome");

/** Allows five deletions. */
const atMostFive = ({ effects, state }: DecisionInput) =>
  effects.some(({ kind }) => kind === "delete") && countIntents(state, ["delete"], 0) >= 5
    ? "deny"
    : "allow";

/** Allows deleting what was read. */
const onlyWhatWasRead = ({ effects, state }: DecisionInput) => {
  const [effect] = effects;
  if (effect?.kind !== "delete") return "allow";
  return mustHave(state, ["read"], effect.target) ? "allow" : "deny";
};

describe("a call", () => {
  it("is opened, intended, carried out and recorded", async () => {
    const rig = await createRig();
    const answer = await rig.call("delete", "/w/a");
    expect(answer).toMatchObject({
      kind: "carried_out",
      answer: "delete done",
      step: 1,
      trajectory: "a/t",
    });
    expect(types(await rig.records())).toEqual(["opened", "intent", "outcome"]);
    expect(rig.observed).toHaveLength(1);
  });

  it("that only looks is judged anew if its trajectory changes meanwhile, and then withheld", async () => {
    const rig = await createRig({
      decide: ({ effects, state }) =>
        effects[0]?.kind === "read" && countIntents(state, ["write"], 0) > 0 ? "deny" : "allow",
    });
    const answer = await rig.call("read", "/w/a", {
      forward: async (call, signal, effects) => {
        await rig.call("write", "/w/b");
        return answers(call, signal, effects);
      },
    });
    expect(answer).toMatchObject({ kind: "refused", code: "denied_by_policy" });
    expect(types(await rig.records())).toEqual([
      "opened",
      "intent",
      "outcome",
      "intent",
      "outcome",
    ]);
    expect(outcomes(await rig.records())[1]?.outcome).toMatchObject({
      kind: "cancelled",
      dispatched: true,
    });
  });

  it("that is refused is not carried out, and recorded in one append", async () => {
    const rig = await createRig({ decide: () => "deny" });
    let carriedOut = false;
    const forward: typeof answers = async (call, signal) => {
      carriedOut = true;
      return answers(call, signal);
    };
    const answer = await rig.call("delete", "/w/a", { forward });
    expect(answer).toMatchObject({ kind: "refused", code: "denied_by_policy" });
    expect(carriedOut).toBe(false);
    expect(types(await rig.records())).toEqual(["opened", "intent", "outcome"]);
    expect(outcomes(await rig.records())[0]?.outcome).toEqual({
      kind: "refused",
      code: "denied_by_policy",
    });
  });

  it("whose upstream fails has an outcome that says which layer", async () => {
    const rig = await createRig();
    const answer = await rig.call("read", "/w/a", {
      forward: async () => {
        throw new ProctorError("upstream_unreachable", "refused");
      },
    });
    expect(answer).toMatchObject({ kind: "failed", code: "upstream_unreachable" });
    expect(outcomes(await rig.records())[0]?.outcome).toMatchObject({
      kind: "failed",
      at: "transport",
    });
  });

  it("whose caller goes away is cancelled after dispatch", async () => {
    const rig = await createRig();
    const gone = new AbortController();
    const answer = rig.call("write", "/w/a", {
      abort: gone,
      forward: (_, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason));
          gone.abort(new Error("closed"));
        }),
    });
    expect(await answer).toMatchObject({ kind: "failed" });
    expect(outcomes(await rig.records())[0]?.outcome).toMatchObject({
      kind: "cancelled",
      dispatched: true,
    });
  });
});

describe("parallel calls of one trajectory", () => {
  it("let exactly five deletions through a limit of five", async () => {
    const rig = await createRig({ decide: atMostFive });
    const all = await Promise.all(
      Array.from({ length: 20 }, (_, i) => rig.call("delete", `/w/${i}`)),
    );
    expect(all.filter(({ kind }) => kind === "carried_out")).toHaveLength(5);
    expect(all.filter(({ kind }) => kind === "refused")).toHaveLength(15);
  });

  it("let exactly five through two processes on one store", async () => {
    const store = await memoryStore();
    const one = await createRig({ store, instance: "one", decide: atMostFive });
    const two = await createRig({ store, instance: "two", decide: atMostFive });
    const all = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) => (i % 2 ? one : two).call("delete", `/w/${i}`)),
    );
    const kinds = all.map((result) =>
      result.status === "fulfilled" ? result.value.kind : (result.reason as ProctorError).code,
    );
    expect(kinds.filter((kind) => kind === "carried_out")).toHaveLength(5);
    expect(
      kinds.every((kind) => ["carried_out", "refused", "trajectory_busy"].includes(kind)),
    ).toBe(true);
    const steps = (await one.records()).flatMap((record) =>
      record.type === "intent" ? [record.step] : [],
    );
    expect(steps).toEqual(steps.map((_, index) => index + 1));
  });

  it("do not let a read that is under way permit a deletion", async () => {
    const rig = await createRig({ decide: onlyWhatWasRead });
    const [read, deletion] = await Promise.all([
      rig.call("read", "/w/x"),
      rig.call("delete", "/w/x"),
    ]);
    expect([read.kind, deletion.kind]).toEqual(["carried_out", "refused"]);
    expect((await rig.call("delete", "/w/x")).kind).toBe("carried_out");
  });
});

describe("an Idempotency-Key", () => {
  it("gives the recorded result again, and carries out once", async () => {
    const rig = await createRig();
    await rig.call("delete", "/w/a", { key: "k" });
    const again = await rig.call("delete", "/w/a", { key: "k" });
    expect(again).toMatchObject({ kind: "replayed", step: 1, result: { text: "delete done" } });
    expect(outcomes(await rig.records())).toHaveLength(1);
  });

  it("of another call is an error", async () => {
    const rig = await createRig();
    await rig.call("delete", "/w/a", { key: "k" });
    await expect(rig.call("delete", "/w/b", { key: "k" })).rejects.toMatchObject({
      code: "idempotency_mismatch",
    });
  });

  it("of a call under way is told so", async () => {
    const rig = await createRig();
    let finish = () => {};
    const first = rig.call("write", "/w/a", {
      key: "k",
      forward: async (call, signal) => {
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
        return answers(call, signal);
      },
    });
    await expect
      .poll(
        async () =>
          (await rig.store.latestGeneration("a", "t")) === 1 &&
          rig.call("write", "/w/a", { key: "k" }).catch((error) => error.code),
      )
      .toBe("idempotency_pending");
    finish();
    expect((await first).kind).toBe("carried_out");
  });
});

describe("a store that fails", () => {
  it("before the call: it is refused and not carried out", async () => {
    const store = failing(await memoryStore(), (records) =>
      records.some(({ type }) => type === "intent"),
    );
    const rig = await createRig({ store });
    let carriedOut = false;
    const forward: typeof answers = async (call, signal) => {
      carriedOut = true;
      return answers(call, signal);
    };
    await expect(rig.call("delete", "/w/a", { forward })).rejects.toMatchObject({
      code: "store_unavailable",
    });
    expect(carriedOut).toBe(false);
  });

  it("after the call: the agent is told, and the trajectory takes no call until recovered", async () => {
    let broken = true;
    const store = failing(
      await memoryStore(),
      (records) => broken && records.some(({ type }) => type === "outcome"),
    );
    const rig = await createRig({ store });
    await expect(rig.call("delete", "/w/a")).rejects.toMatchObject({ code: "outcome_unrecorded" });
    await expect(rig.call("read", "/w/a")).rejects.toMatchObject({
      code: "trajectory_unrecovered",
    });
    broken = false;
    expect((await rig.call("read", "/w/a")).kind).toBe("carried_out");
    expect(types(await rig.records())).toEqual([
      "opened",
      "intent",
      "outcome",
      "intent",
      "outcome",
    ]);
  });
});

describe("the end of a trajectory", () => {
  it("is one closed record with a score for every measure", async () => {
    const rig = await createRig();
    await rig.call("delete", "/w/a");
    const closed = await rig.trajectories.close("a", "t", "completed");
    expect(closed).toMatchObject({ because: "completed", steps: 1, counts: true });
    expect(closed.scores.deletion).toMatchObject({ value: "hit", step: 1 });
    await expect(rig.trajectories.close("a", "t", "completed")).rejects.toMatchObject({
      code: "trajectory_closed",
    });
  });

  it("never reopens: a later call opens a successor, which inherits limits and counts in no rate", async () => {
    const rig = await createRig({ decide: atMostFive });
    for (let i = 0; i < 5; i += 1) await rig.call("delete", `/w/${i}`);
    await rig.trajectories.close("a", "t", "completed");
    const later = await rig.call("delete", "/w/9");
    expect(later).toMatchObject({ kind: "refused", trajectory: "a/t~2" });
    expect(await rig.trajectories.close("a", "t", "completed")).toMatchObject({ counts: false });
  });

  it("comes by idleness and by age, but not under a call", async () => {
    const rig = await createRig();
    await rig.call("read", "/w/a");
    const parts = { ...rig, limits: { idleMs: 1_000, maxAgeMs: 5_000 } };
    expect(await closeDue(parts)).toBe(0);
    rig.clock.advance(1_001);
    expect(await closeDue(parts)).toBe(1);
    expect((await rig.records()).at(-1)).toMatchObject({ type: "closed", because: "idle" });
  });

  it("loads a successor's limits from the store in another process", async () => {
    const store = await memoryStore();
    const one = await createRig({ store, decide: atMostFive });
    for (let i = 0; i < 5; i += 1) await one.call("delete", `/w/${i}`);
    await one.trajectories.close("a", "t", "completed");
    await one.call("read", "/w/a");
    const two = await createRig({ store, instance: "two", decide: atMostFive });
    expect((await two.call("delete", "/w/9")).kind).toBe("refused");
  });
});

describe("recovery", () => {
  /** A process that dispatched a call and died. */
  async function afterDeath() {
    const store = await memoryStore();
    const dead = await createRig({ store, instance: "dead" });
    void dead.call("delete", "/w/a", { forward: () => new Promise(() => {}) });
    await expect.poll(async () => (await dead.records()).length).toBe(2);
    const rig = await createRig({ store, instance: "alive" });
    return { store, rig };
  }

  it("closes what a dead process dispatched, once, as unknown", async () => {
    const { store, rig } = await afterDeath();
    const parts = { store, trajectories: rig.trajectories, clock: rig.clock, instance: "alive" };
    const closed = await Promise.all([recover(parts), recover(parts)]);
    expect(closed.sort()).toEqual([0, 1]);
    expect(outcomes(await rig.records())).toMatchObject([
      { recovered: true, outcome: { kind: "unknown" } },
    ]);
  });

  it("leaves alone what a living process has under way", async () => {
    const { store, rig } = await afterDeath();
    await store.renew("dead", rig.clock.nowMs() + 10_000);
    const parts = { store, trajectories: rig.trajectories, clock: rig.clock, instance: "alive" };
    expect(await recover(parts)).toBe(0);
    rig.clock.advance(10_001);
    expect(await recover(parts)).toBe(1);
  });

  it("makes a trajectory that ends there cut off", async () => {
    const { store, rig } = await afterDeath();
    await recover({ store, trajectories: rig.trajectories, clock: rig.clock, instance: "alive" });
    rig.clock.advance(1_001);
    await closeDue({ ...rig, limits: { idleMs: 1_000, maxAgeMs: 5_000 } });
    expect((await rig.records()).at(-1)).toMatchObject({ type: "closed", because: "cut off" });
  });
});

describe("limits", () => {
  it("an agent cannot shed its history by new names", async () => {
    const rig = await createRig({ maxOpensPerMinute: 3 });
    for (const name of ["1", "2", "3"]) await rig.call("read", "/w/a", { name });
    await expect(rig.call("read", "/w/a", { name: "4" })).rejects.toMatchObject({
      code: "too_many_trajectories",
    });
    expect((await rig.call("read", "/w/a", { name: "1" })).kind).toBe("carried_out");
    rig.clock.advance(60_001);
    expect((await rig.call("read", "/w/a", { name: "4" })).kind).toBe("carried_out");
  });

  it("an agent's limit holds over all of its trajectories", async () => {
    const rig = await createRig({
      decide: ({ facts }) => (facts.agentHistory.count(["delete"], 0) >= 5 ? "deny" : "allow"),
    });
    const all = await Promise.all(
      Array.from({ length: 20 }, (_, i) => rig.call("delete", "/w/a", { name: `t${i}` })),
    );
    expect(all.filter(({ kind }) => kind === "carried_out")).toHaveLength(5);
  });

  it("states leave memory and come back as they were", async () => {
    const rig = await createRig({ maxInMemory: 2, decide: atMostFive });
    for (let i = 0; i < 5; i += 1) {
      for (const name of ["1", "2", "3", "4"]) {
        expect((await rig.call("delete", `/w/${i}`, { name })).kind).toBe("carried_out");
      }
    }
    expect((await rig.call("delete", "/w/9", { name: "1" })).kind).toBe("refused");
  });

  it("takes no more calls at once than it may", async () => {
    const rig = await createRig({ maxCallsInFlight: 1 });
    const calls = await Promise.allSettled([rig.call("read", "/w/a"), rig.call("read", "/w/b")]);
    expect(calls.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
  });

  it("drains: what runs may finish, what comes is refused", async () => {
    const rig = await createRig();
    const running = rig.call("read", "/w/a");
    const drained = rig.gateway.drain(1_000);
    await expect(rig.call("read", "/w/b")).rejects.toMatchObject({ code: "shutting_down" });
    expect((await running).kind).toBe("carried_out");
    await drained;
  });
});

describe("a malformed request", () => {
  it("is recorded in the trajectory, without a step", async () => {
    const rig = await createRig();
    const naming = { name: "t", identifiedBy: "explicit" } as const;
    await rig.gateway.malformed("a", naming, "http", new ProctorError("malformed_json", "broken"));
    expect(types(await rig.records())).toEqual(["opened", "malformed"]);
    expect(rig.rejected).toEqual(["malformed_json"]);
  });
});

describe("alarms of the monitoring", () => {
  it("are facts that calls are judged by", async () => {
    const latched: string[] = [];
    const rig = await createRig({
      alarms: () => latched,
      decide: ({ facts }) => (facts.alarms.includes("llama/student/deletion") ? "deny" : "allow"),
    });
    expect((await rig.call("delete", "/w/a")).kind).toBe("carried_out");
    latched.push("llama/student/deletion");
    expect((await rig.call("delete", "/w/a")).kind).toBe("refused");
  });
});
