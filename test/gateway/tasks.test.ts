// Calls that go on as tasks, through the gateway's own face: what is believed of them, and by whom.

import { expect, it } from "vitest";
import { closeDue } from "../../src/gateway/closing.ts";
import { recover } from "../../src/gateway/recovery.ts";
import type { Came, TaskNews } from "../../src/gateway.ts";
import { countIntents, mustHave } from "../../src/trajectory/history.ts";
import { parseState, serialiseState } from "../../src/trajectory/snapshot.ts";
import type { Forward } from "../../src/upstream/upstream.ts";
import { whatBecame } from "../frontends/mcp/tasks-told.ts";
import { answers, createRig, memoryStore, type Rig } from "./rig.ts";

const asTask: Forward<string> = async (...given) => ({ ...(await answers(...given)), task: "T" });
const done = { transport: "ok", tool: { isError: false } } as const;
const ended = {
  kind: "ended",
  came: { kind: "carried_out", observed: done, result: { text: "done" } },
} as const;

const news = (more: Partial<TaskNews> = {}): TaskNews => ({
  agent: "a",
  naming: { name: "t", identifiedBy: "explicit" },
  upstream: "local",
  task: "T",
  seen: ended,
  ...more,
});
const became = async (rig: Rig, name = "t") => (await rig.records(name)).flatMap(whatBecame);
const stateOf = async (rig: Rig) => {
  const live = await rig.trajectories.find("a", "t");
  if (live === undefined) throw new Error("there is no trajectory");
  return live.state;
};

it("what a call may have done counts at once, and permits when it is seen to have succeeded", async () => {
  const rig = await createRig();
  await rig.call("read", "/w/a", { forward: asTask });
  const target = { form: "resolved", path: "/w/a" } as const;
  expect(countIntents(await stateOf(rig), ["read"], 0)).toBe(1);
  expect(mustHave(await stateOf(rig), ["read"], target)).toBe(false);
  await rig.gateway.task(news());
  expect(mustHave(await stateOf(rig), ["read"], target)).toBe(true);
  expect(countIntents(await stateOf(rig), ["read"], 0)).toBe(1);
});

it("is counted once, with what it came to, wherever its end is seen", async () => {
  const store = await memoryStore();
  const rig = await createRig({ store });
  await rig.call("delete", "/w/a", { forward: asTask });
  expect(rig.observed).toEqual([]);
  // Another process on the store hears of it.
  const other = await createRig({ store, instance: "other" });
  await other.gateway.task(news({ seen: { ...ended, resultUnseen: true } }));
  await other.gateway.task(news());
  expect(other.observed.map(({ outcome }) => outcome)).toMatchObject([{ resultUnseen: true }]);
  expect(await became(rig)).toEqual(["began", "carried_out (result unseen)", "carried_out done"]);
});

it.each<[string, Partial<TaskNews>]>([
  ["another task", { task: "U" }],
  ["the same id of another upstream", { upstream: "elsewhere" }],
  ["another trajectory", { naming: { name: "u", identifiedBy: "explicit" } }],
  ["another agent", { agent: "b" }],
  ["a door elsewhere, of a call that was carried out here", { told: true }],
])("nothing comes of %s", async (_, other) => {
  const rig = await createRig();
  await rig.call("delete", "/w/a", { forward: asTask });
  await rig.gateway.task(news(other));
  expect(await became(rig)).toEqual(["began"]);
});

it("no report says what came of a task of a call that was carried out here", async () => {
  const rig = await createRig();
  await rig.call("delete", "/w/a", { forward: asTask });
  const reported = await rig.report("delete", "/w/a", { step: 1, door: "http" });
  expect(reported.kind).not.toBe("recorded");
  expect((await became(rig))[0]).toBe("began");
  expect((await stateOf(rig)).pending.map(({ step }) => step)).toContain(1);
});

it("a door that carries calls out itself tells of its own tasks", async () => {
  const rig = await createRig();
  const came: Came = { kind: "became_task", task: "T", result: {} };
  await rig.decide("delete", "/w/a");
  await rig.report("delete", "/w/a", { step: 1, came });
  const seen = { kind: "cancel_asked" } as const;
  await rig.gateway.task(news({ told: true, seen }));
  await rig.gateway.task(news({ told: true, seen }));
  await rig.gateway.task(news({ told: true, seen: { kind: "lost", why: "it ended" } }));
  await rig.gateway.task(news({ told: true }));
  expect(await became(rig)).toEqual(["began", "cancel_asked", "unknown", "carried_out done"]);
});

it("a task outlives the process that began it, and keeps no trajectory open", async () => {
  const store = await memoryStore();
  const dead = await createRig({ store, instance: "dead" });
  await dead.call("delete", "/w/a", { forward: asTask });
  const rig = await createRig({ store, instance: "alive" });
  const parts = { store, trajectories: rig.trajectories, clock: rig.clock };
  expect(await recover({ ...parts, instance: "alive" })).toBe(0);
  expect(await became(rig)).toEqual(["began"]);
  const limits = { idleMs: 1_000, maxAgeMs: 100_000 };
  rig.clock.advance(2_000);
  expect(await closeDue({ ...parts, limits })).toBe(1);
  expect(await became(rig)).toEqual(["began", "unobserved", "closed"]);
  // Too late: a closed trajectory never reopens.
  await rig.gateway.task(news());
  expect(await became(rig)).toEqual(["began", "unobserved", "closed"]);
});

it("is known to a state that was stored", async () => {
  const rig = await createRig();
  await rig.call("delete", "/w/a", { forward: asTask });
  const [pending] = parseState(serialiseState(await stateOf(rig)))?.pending ?? [];
  expect(pending?.task).toMatch(/^[0-9a-f]{64}$/);
});

it("a look whose trajectory changed meanwhile is withheld, handle and all", async () => {
  const rig = await createRig({
    decide: ({ call, state }) => (call.tool === "read" && state.steps > 0 ? "deny" : "allow"),
  });
  const forward: Forward<string> = async (...given) => {
    await rig.call("delete", "/w/b");
    return asTask(...given);
  };
  expect((await rig.call("read", "/w/a", { forward })).kind).toBe("refused");
  expect(await became(rig)).toEqual(["carried_out delete done", "cancelled"]);
});
