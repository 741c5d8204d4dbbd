// A call that a person is asked about: held, answered, decided again, used once.

import { describe, expect, it } from "vitest";
import type { Verdict } from "../../src/core/decision.ts";
import type { ProctorRecord } from "../../src/core/record.ts";
import type { Approval } from "../../src/gateway/approvals.ts";
import { recover } from "../../src/gateway/recovery.ts";
import type { DecisionInput } from "../../src/policy/policy.ts";
import { answers, createRig, memoryStore, type Rig } from "./rig.ts";

const asksForDeletes = ({ call }: DecisionInput): Verdict =>
  call.tool === "delete" ? "ask" : "allow";

const yes = { answer: "approved", by: "kim" } as const;
const no = { answer: "refused", by: "kim", note: "move it to old/ instead" } as const;

/** The approvals that wait, as soon as there are so many. */
async function waiting(rig: Rig, count = 1): Promise<readonly Approval[]> {
  for (;;) {
    const found = (await rig.approvals.list()).filter(({ status }) => status === "waiting");
    if (found.length >= count) return found;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function firstWaiting(rig: Rig): Promise<string> {
  return (await waiting(rig))[0]?.id ?? "";
}

async function statuses(rig: Rig): Promise<readonly string[]> {
  return (await rig.approvals.list()).map(({ status }) => status);
}

/** What was written, by type; of approvals and outcomes by kind. */
function kinds(records: readonly ProctorRecord[]): readonly string[] {
  return records.map((record) => {
    if (record.type === "approval") return record.event.kind;
    return record.type === "outcome" ? record.outcome.kind : record.type;
  });
}

/** A call that is asked about, does not wait, and is answered afterwards. */
async function answeredLater(rig: Rig, given: typeof yes | typeof no, path = "/w/a") {
  const first = await rig.call("delete", path);
  expect(first).toMatchObject({ kind: "refused", code: "approval_pending" });
  await rig.approvals.answer(await firstWaiting(rig), given);
}

const impatient = { decide: asksForDeletes, approvals: { maxHoldMs: 0 } };

describe("a call that a person is asked about", () => {
  it("waits, and is carried out once it is approved", async () => {
    const rig = await createRig({ decide: asksForDeletes });
    const answer = rig.call("delete", "/w/a");
    const [approval] = await waiting(rig);
    expect(approval).toMatchObject({
      status: "waiting",
      step: 1,
      key: { agent: "a", name: "t" },
      question: { tool: "delete", reason: "not today", effects: [{ kind: "delete" }] },
    });
    await rig.approvals.answer(approval?.id ?? "", yes);
    expect(await answer).toMatchObject({ kind: "carried_out", answer: "delete done", step: 1 });
    expect(kinds(await rig.records())).toEqual([
      "opened",
      "intent",
      "asked",
      "answered",
      "used",
      "dispatch",
      "carried_out",
    ]);
    expect(await statuses(rig)).toEqual(["used"]);
    expect(rig.observed.map(({ outcome }) => outcome.kind)).toEqual(["carried_out"]);
  });

  it("is refused with what the person says", async () => {
    const rig = await createRig({ decide: asksForDeletes });
    const answer = rig.call("delete", "/w/a");
    await rig.approvals.answer(await firstWaiting(rig), no);
    expect(await answer).toMatchObject({
      kind: "refused",
      code: "approval_refused",
      detail: expect.stringContaining("move it to old/ instead"),
    });
    expect((await rig.records()).at(-1)).toMatchObject({
      outcome: { kind: "refused", code: "approval_refused" },
    });
  });

  it("stays refused for as long as a yes would have held", async () => {
    const rig = await createRig(impatient);
    await answeredLater(rig, no);
    expect(await rig.call("delete", "/w/a")).toMatchObject({ code: "approval_refused" });
    expect(await rig.call("delete", "/w/b")).toMatchObject({ code: "approval_pending" });
    rig.clock.advance(60_000);
    expect(await rig.call("delete", "/w/a")).toMatchObject({ code: "approval_pending" });
  });

  it("holds up no other call of its trajectory", async () => {
    const rig = await createRig({ decide: asksForDeletes });
    const held = rig.call("delete", "/w/a");
    const id = await firstWaiting(rig);
    expect(await rig.call("write", "/w/b")).toMatchObject({ kind: "carried_out", step: 2 });
    await rig.approvals.answer(id, yes);
    expect(await held).toMatchObject({ kind: "carried_out", step: 1 });
  });

  it("is told to come again after maxHoldMs; the identical call may use the answer once", async () => {
    const rig = await createRig(impatient);
    await answeredLater(rig, yes);
    expect(await rig.call("delete", "/w/a")).toMatchObject({ kind: "carried_out", step: 2 });
    expect(await rig.call("delete", "/w/a")).toMatchObject({ code: "approval_pending" });
  });

  it("that comes again waits for the same answer, and asks nobody twice", async () => {
    const rig = await createRig(impatient);
    for (let i = 0; i < 5; i += 1) await rig.call("delete", "/w/a");
    expect(await waiting(rig)).toHaveLength(1);
    expect(kinds(await rig.records()).filter((kind) => kind === "held")).toHaveLength(4);
  });

  it("comes again with the same Idempotency-Key, and is carried out once", async () => {
    const rig = await createRig(impatient);
    const again = () => rig.call("delete", "/w/a", { key: "k" });
    expect(await again()).toMatchObject({ code: "approval_pending" });
    await rig.approvals.answer(await firstWaiting(rig), yes);
    expect(await again()).toMatchObject({ kind: "carried_out", step: 2 });
    expect(await again()).toMatchObject({ kind: "replayed", step: 2 });
  });

  const others: readonly [string, (rig: Rig) => Promise<unknown>][] = [
    ["another argument", (rig) => rig.call("delete", "/w/b")],
    ["another trajectory", (rig) => rig.call("delete", "/w/a", { name: "u" })],
    ["another agent", (rig) => rig.call("delete", "/w/a", { agent: "b" })],
  ];
  for (const [what, call] of others) {
    it(`does not lend its yes to ${what}`, async () => {
      const rig = await createRig(impatient);
      await answeredLater(rig, yes);
      expect(await call(rig)).toMatchObject({ kind: "refused", code: "approval_pending" });
    });
  }

  it("does not lend its yes to two identical calls at once", async () => {
    const rig = await createRig(impatient);
    await answeredLater(rig, yes);
    const both = await Promise.all([rig.call("delete", "/w/a"), rig.call("delete", "/w/a")]);
    expect(both.map(({ kind }) => kind).sort()).toEqual(["carried_out", "refused"]);
  });

  it("does not lend its yes past a change of the policy", async () => {
    let digest = "old";
    const rig = await createRig({ ...impatient, digest: () => digest });
    await answeredLater(rig, yes);
    digest = "new";
    expect(await rig.call("delete", "/w/a")).toMatchObject({ code: "approval_pending" });
  });

  it("is refused if the policy changes while it waits, and asks anew when it comes again", async () => {
    let digest = "old";
    const rig = await createRig({ decide: asksForDeletes, digest: () => digest });
    const held = rig.call("delete", "/w/a");
    const id = await firstWaiting(rig);
    digest = "new";
    await rig.approvals.answer(id, yes);
    expect(await held).toMatchObject({ kind: "refused", code: "approval_outdated" });
  });

  it("is refused by a deny that came while it waited, whatever the person said", async () => {
    let verdict: Verdict = "ask";
    const rig = await createRig({ decide: () => verdict });
    const held = rig.call("delete", "/w/a");
    const id = await firstWaiting(rig);
    verdict = "deny";
    await rig.approvals.answer(id, yes);
    expect(await held).toMatchObject({ kind: "refused", code: "denied_by_policy" });
    expect(kinds(await rig.records()).slice(-3)).toEqual(["answered", "overruled", "refused"]);
  });

  it("is refused if another rule asks by then: only the asked ones are waived", async () => {
    let rules = ["one"];
    const rig = await createRig({ decide: () => "ask", asking: () => rules });
    const held = rig.call("delete", "/w/a");
    const id = await firstWaiting(rig);
    rules = ["one", "two"];
    await rig.approvals.answer(id, yes);
    expect(await held).toMatchObject({ kind: "refused", code: "approval_outdated" });
  });

  it("does not count against itself when it is decided again", async () => {
    const counts: number[] = [];
    const rig = await createRig({
      decide({ state, facts, call }) {
        const waits = state.pending.filter(({ dispatched }) => !dispatched).length;
        counts.push(waits + facts.agentHistory.count(["delete"], 0));
        return asksForDeletes({ call } as DecisionInput);
      },
    });
    const held = rig.call("delete", "/w/a");
    await rig.approvals.answer(await firstWaiting(rig), yes);
    await held;
    expect(counts).toEqual([0, 0]);
  });

  it("counts for the limits of the agent while it waits, and no more once it is refused", async () => {
    const seen: number[] = [];
    const rig = await createRig({
      decide(input) {
        if (input.call.tool === "read") seen.push(input.facts.agentHistory.count(["delete"], 0));
        return asksForDeletes(input);
      },
    });
    const held = rig.call("delete", "/w/a");
    const id = await firstWaiting(rig);
    await rig.call("read", "/w/b", { name: "u" });
    await rig.approvals.answer(id, no);
    await held;
    await rig.call("read", "/w/b", { name: "u" });
    expect(seen).toEqual([1, 0]);
  });

  it("expires, which is no refusal", async () => {
    const rig = await createRig({ decide: asksForDeletes, approvals: { expiresMs: 5 } });
    const held = rig.call("delete", "/w/a");
    const id = await firstWaiting(rig);
    rig.clock.advance(5);
    expect(await held).toMatchObject({ kind: "refused", code: "approval_expired" });
    expect((await rig.records()).at(-1)).toMatchObject({ outcome: { kind: "expired" } });
    await expect(rig.approvals.answer(id, yes)).rejects.toMatchObject({ code: "approval_settled" });
  });

  it("whose yes is not used in time is asked about anew", async () => {
    const rig = await createRig(impatient);
    await answeredLater(rig, yes);
    rig.clock.advance(60_000);
    expect(await rig.call("delete", "/w/a")).toMatchObject({ code: "approval_pending" });
    expect(await statuses(rig)).toEqual(["waiting", "expired"]);
  });

  it("whose caller goes away is cancelled; the question stays for the identical call", async () => {
    const rig = await createRig({ decide: asksForDeletes });
    const abort = new AbortController();
    const held = rig.call("delete", "/w/a", { abort });
    const id = await firstWaiting(rig);
    abort.abort(new Error("gone"));
    expect(await held).toMatchObject({ kind: "refused", code: "approval_cancelled" });
    expect((await rig.records()).at(-1)).toMatchObject({
      outcome: { kind: "cancelled", why: "gone", dispatched: false },
    });
    await rig.approvals.answer(id, yes);
    expect(await rig.call("delete", "/w/a")).toMatchObject({ kind: "carried_out" });
  });

  it("is cancelled with its trajectory, and so is the question", async () => {
    const rig = await createRig({ decide: asksForDeletes });
    const held = rig.call("delete", "/w/a");
    const id = await firstWaiting(rig);
    await rig.trajectories.close("a", "t", "completed");
    expect(await held).toMatchObject({ kind: "refused", code: "approval_cancelled" });
    expect(kinds(await rig.records()).slice(-3)).toEqual(["cancelled", "cancelled", "closed"]);
    await expect(rig.approvals.answer(id, yes)).rejects.toMatchObject({ code: "approval_settled" });
    expect(await rig.call("delete", "/w/b", { abort: aborted() })).toMatchObject({
      trajectory: "a/t~2",
    });
  });

  it("is told to come again when the process is shut down", async () => {
    const rig = await createRig({ decide: asksForDeletes });
    const held = rig.call("delete", "/w/a");
    await waiting(rig);
    await rig.gateway.drain(10_000);
    expect(await held).toMatchObject({ kind: "refused", code: "approval_pending" });
    expect(await waiting(rig)).toHaveLength(1);
  });

  it("survives the process that held it, and is answered and used in the next one", async () => {
    const store = await memoryStore();
    const before = await createRig({ store, instance: "before", decide: asksForDeletes });
    const abandoned = before.call("delete", "/w/a");
    const id = await firstWaiting(before);

    const after = await createRig({ store, instance: "after", decide: asksForDeletes });
    await recover({ ...after, instance: "after" });
    await after.approvals.answer(id, yes);
    expect(await after.call("delete", "/w/a")).toMatchObject({ kind: "carried_out", step: 2 });
    expect(await abandoned).toMatchObject({ kind: "refused" });
    expect(kinds(await after.records()).filter((kind) => kind === "carried_out")).toHaveLength(1);
  });

  it("is answered by another process than the one that holds it", async () => {
    const store = await memoryStore();
    const holder = await createRig({ store, instance: "holder", decide: asksForDeletes });
    const other = await createRig({ store, instance: "other" });
    const held = holder.call("delete", "/w/a");
    await other.approvals.answer(await firstWaiting(other), yes);
    expect(await held).toMatchObject({ kind: "carried_out" });
  });

  it("is answered once: of two approvers at once the first one appended wins", async () => {
    const store = await memoryStore();
    const [one, two] = await Promise.all(
      ["one", "two"].map((instance) => createRig({ ...impatient, store, instance })),
    );
    if (one === undefined || two === undefined) throw new Error("two rigs");
    for (let round = 0; round < 20; round += 1) {
      await one.call("delete", `/w/${round}`);
      const id = await firstWaiting(one);
      await two.approvals.catchUp();
      const both = await Promise.allSettled([
        one.approvals.answer(id, yes),
        two.approvals.answer(id, { ...no, by: "lee" }),
      ]);
      const won = both.filter(({ status }) => status === "fulfilled");
      const lost = both.filter((result) => result.status === "rejected");
      expect(won).toHaveLength(1);
      expect(lost.map(({ reason }) => reason.code)).toEqual(["approval_settled"]);
    }
  });

  it("is refused where the agent has too many that wait; other agents are not held up", async () => {
    const rig = await createRig(impatient);
    for (const path of ["/w/1", "/w/2", "/w/3"]) {
      expect(await rig.call("delete", path, { name: path.slice(3) })).toMatchObject({
        code: "approval_pending",
      });
    }
    expect(await rig.call("delete", "/w/4", { name: "4" })).toMatchObject({
      code: "too_many_approvals",
    });
    expect(await rig.call("delete", "/w/4", { agent: "b" })).toMatchObject({
      code: "approval_pending",
    });
    await rig.approvals.answer(await firstWaiting(rig), no);
    expect(await rig.call("delete", "/w/4", { name: "4" })).toMatchObject({
      code: "approval_pending",
    });
  });

  it("is refused beyond the agent's limit also where all ask at one moment, of several processes", async () => {
    const store = await memoryStore();
    const rigs = await Promise.all(
      ["one", "two", "three"].map((instance) => createRig({ ...impatient, store, instance })),
    );
    const asked = await Promise.all(
      rigs.flatMap((rig, i) =>
        Array.from({ length: 5 }, (_, j) => rig.call("delete", "/w/a", { name: `${i}-${j}` })),
      ),
    );
    const codes = asked.map((answer) => ("code" in answer ? answer.code : answer.kind));
    const pending = codes.filter((code) => code === "approval_pending");
    expect(codes.filter((code) => code === "too_many_approvals")).toHaveLength(12);
    expect(pending).toHaveLength(3);
    for (const { approvals } of rigs) {
      await approvals.catchUp();
      expect(approvals.waiting("a")).toBe(3);
    }
  });

  it("is refused where nobody is to be asked", async () => {
    const rig = await createRig({ decide: asksForDeletes, approvals: { enabled: false } });
    expect(await rig.call("delete", "/w/a")).toMatchObject({ code: "approval_unavailable" });
  });

  it("is not carried out where the dispatch cannot be recorded", async () => {
    const store = await memoryStore();
    let broken = false;
    let carriedOut = 0;
    const failing = {
      ...store,
      append: ((key, after, records, options) =>
        broken && records.some(({ type }) => type === "dispatch")
          ? Promise.reject(new Error("disk full"))
          : store.append(key, after, records, options)) as typeof store.append,
    };
    const rig = await createRig({ store: failing, decide: asksForDeletes });
    const held = rig.call("delete", "/w/a", {
      async forward(...given) {
        carriedOut += 1;
        return answers(...given);
      },
    });
    const id = await firstWaiting(rig);
    broken = true;
    await rig.approvals.answer(id, yes);
    await expect(held).rejects.toThrow("disk full");
    expect(carriedOut).toBe(0);
  });
});

function aborted(): AbortController {
  const controller = new AbortController();
  controller.abort(new Error("gone"));
  return controller;
}
