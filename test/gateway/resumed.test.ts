// A call whose result asks for input is sent again with it: judged anew each time, and one step.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Verdict } from "../../src/core/decision.ts";
import type { IntentRecord } from "../../src/core/record.ts";
import { countIntents } from "../../src/trajectory/history.ts";
import { parseState, serialiseState } from "../../src/trajectory/snapshot.ts";
import type { Forward } from "../../src/upstream/upstream.ts";
import { answers, createRig, type Rig } from "./rig.ts";

/** Asks for input, with this state. */
const asks =
  (state: string): Forward<string> =>
  async (...given) => ({ ...(await answers(...given)), interim: state });

describe("a call that is sent again with input", () => {
  let rig: Rig;
  let verdicts: Verdict[];
  /** How many deletions of the agent and of the trajectory the policy saw before each call. */
  let seen: [agent: number, trajectory: number][];

  beforeEach(async () => {
    verdicts = [];
    seen = [];
    rig = await createRig({
      decide({ facts, state }) {
        seen.push([facts.agentHistory.count(["delete"], 0), countIntents(state, ["delete"], 0)]);
        return verdicts.shift() ?? "allow";
      },
    });
  });
  afterEach(() => rig.store.close());

  const intents = async () =>
    (await rig.records()).filter((record): record is IntentRecord => record.type === "intent");
  const sameAs = async () => (await intents()).map((intent) => intent.sameAs);

  it("is one step, however often, and does not count against itself", async () => {
    await rig.call("delete", "/a", { forward: asks("1") });
    await rig.call("delete", "/a", { resumes: "1", forward: asks("2") });
    await rig.call("delete", "/a", { resumes: "2" });
    expect(await sameAs()).toEqual([undefined, 1, 1]);
    await rig.call("delete", "/b");
    expect(seen).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
      [1, 1],
    ]);
  });

  it("is judged anew", async () => {
    await rig.call("delete", "/a", { forward: asks("1") });
    verdicts = ["deny"];
    expect(await rig.call("delete", "/a", { resumes: "1" })).toMatchObject({ kind: "refused" });
  });

  const others: [string, Parameters<Rig["call"]>][] = [
    ["with a state that nobody gave", ["delete", "/a", { resumes: "2" }]],
    ["with other arguments", ["delete", "/b", { resumes: "1" }]],
    ["by another tool", ["write", "/a", { resumes: "1" }]],
    ["in another trajectory", ["delete", "/a", { resumes: "1", name: "u" }]],
    ["without the state", ["delete", "/a", {}]],
  ];
  it.each(others)("is another step %s", async (_, call) => {
    await rig.call("delete", "/a", { forward: asks("1") });
    await rig.call(...call);
    expect(await sameAs()).not.toContain(1);
  });

  it("is another step when the same input comes once more", async () => {
    await rig.call("delete", "/a", { forward: asks("1") });
    for (let round = 0; round < 3; round += 1) await rig.call("delete", "/a", { resumes: "1" });
    expect(await sameAs()).toEqual([undefined, 1, undefined, undefined]);
    expect(seen.map(([agent]) => agent)).toEqual([0, 0, 1, 2]);
  });

  it("has not succeeded before its last result", async () => {
    await rig.call("read", "/a", { forward: asks("") });
    const state = async () => (await rig.trajectories.find("a", "t"))?.state;
    expect((await state())?.done).toEqual((await blank()).done);
    await rig.call("read", "/a", { resumes: "" });
    expect((await state())?.done).not.toEqual((await blank()).done);
  });

  it("is known after a restart, on any replica", async () => {
    await rig.call("delete", "/a", { forward: asks("1") });
    const other = await createRig({ store: rig.store, instance: "two" });
    await other.call("delete", "/a", { resumes: "1" });
    expect((await intents()).map((intent) => [intent.sameAs, intent.instance])).toEqual([
      [undefined, "one"],
      [1, "two"],
    ]);
    const state = (await other.trajectories.find("a", "t"))?.state;
    if (state === undefined) throw new Error("there is no trajectory");
    expect(parseState(serialiseState(state))?.resumable).toEqual(state.resumable);
  });

  async function blank() {
    const live = await rig.trajectories.enter("a", { name: "blank", identifiedBy: "explicit" });
    return live.state;
  }
});
