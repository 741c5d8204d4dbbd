import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Effect, Residue } from "../../src/core/effect.ts";
import type { Outcome } from "../../src/core/outcome.ts";
import type { ProctorRecord } from "../../src/core/record.ts";
import { maxOpenApprovals } from "../../src/trajectory/approvals.ts";
import { emptyState } from "../../src/trajectory/draft.ts";
import { fold, inheritLimits } from "../../src/trajectory/fold.ts";
import { saidLimits } from "../../src/trajectory/said.ts";
import { parseState, serialiseState } from "../../src/trajectory/snapshot.ts";
import { stateLimits, type TrajectoryState } from "../../src/trajectory/state.ts";
import {
  approval,
  cancelled,
  closed,
  dispatch,
  failed,
  intent,
  key,
  list,
  malformed,
  message,
  move,
  opened,
  outcome,
  permission,
  possible,
  read,
  refused,
  remove,
  success,
  toolFailed,
  unknown,
  unknownOutcome,
  unobserved,
  write,
} from "./records.ts";

function folded(records: readonly ProctorRecord[], from = emptyState(key)): TrajectoryState {
  return records.reduce(fold, from);
}

describe("messages", () => {
  it("are remembered by link, and by digest where their contents are kept", () => {
    const records = [
      message({ link: "l1", digest: "m1" }),
      message({ link: "l2", digest: "m2", content: undefined }),
    ];
    const state = folded(records);
    expect([[...state.said.links], [...state.said.contents]]).toEqual([["l1", "l2"], ["m1"]]);
    expect(state.steps).toBe(0);
    expect(parseState(serialiseState(state))?.said).toEqual(state.said);
  });

  it("are forgotten beyond a bound, the oldest first", () => {
    const { maxRemembered } = saidLimits;
    const names = Array.from({ length: maxRemembered + 1 }, (_, i) => `l${i}`);
    const { links } = folded(names.map((link) => message({ link, digest: link }))).said;
    expect([links.size, links.has("l0"), links.has("l1")]).toEqual([maxRemembered, false, true]);
  });
});

describe("approvals", () => {
  const one = { id: "a1", step: 1, binding: "b1", rules: ["r"], expiresAt: 5_000 };
  const asked = approval("asked");

  it.each<[string, readonly ProctorRecord[], object[]]>([
    ["asked: waits", [asked], [one]],
    ["asked twice: once", [asked, asked], [one]],
    ["held by a later call", [asked, approval("held", { step: 3 })], [{ ...one, step: 3 }]],
    [
      "answered: the first answer stays",
      [asked, approval("approved"), approval("refused")],
      [{ ...one, answer: "approved", by: "kim" }],
    ],
    ["used: gone", [asked, approval("approved"), approval("used")], []],
    ["used before it was answered: gone all the same", [asked, approval("used")], []],
    ["cancelled: gone", [asked, approval("cancelled")], []],
    ["answered, and never asked: nothing", [approval("approved")], []],
    [
      "asked after others have expired: those are gone",
      [asked, approval("asked", { id: "a2", at: 5_000, expiresAt: 9_000 })],
      [{ ...one, id: "a2", expiresAt: 9_000 }],
    ],
  ])("%s", (_, records, expected) => {
    const state = folded([opened(), ...records]);
    expect([...state.approvals.values()]).toEqual(expected);
    expect(parseState(serialiseState(state))?.approvals).toEqual(state.approvals);
    expect(inheritLimits(state).approvals.size).toBe(0);
  });

  it("are bounded, and the oldest leave", () => {
    const many = Array.from({ length: maxOpenApprovals + 10 }, (_, i) =>
      approval("asked", { id: `a${i}` }),
    );
    const { approvals } = folded([opened(), ...many]);
    expect([approvals.size, [...approvals.keys()][0]]).toEqual([maxOpenApprovals, "a10"]);
  });
});

describe("the life of a trajectory", () => {
  it("is new without a record", () => {
    const { status, steps, lastAt, opened: first, pending } = emptyState(key);
    expect({ status, steps, lastAt, first, pending }).toEqual({
      status: "new",
      steps: 0,
      lastAt: 0,
      first: undefined,
      pending: [],
    });
  });
  it("is open from its first record, which it keeps", () => {
    const state = folded([opened({ session: "s" })]);
    expect(state.status).toBe("open");
    expect(state.opened).toEqual(opened({ session: "s" }));
    expect(state.lastAt).toBe(1_000);
  });
  it("takes no second opening", () => {
    const state = folded([opened(), opened({ at: 1_500, policy: "other" })]);
    expect(state.opened?.policy).toBe("p1");
    expect(state.lastAt).toBe(1_500);
  });
  it("is closed for good by its last record", () => {
    const state = folded([opened(), closed({ because: "idle" }), opened()]);
    expect(state).toMatchObject({ status: "closed", because: "idle" });
  });
  it("counts steps by their position", () => {
    expect(folded([opened(), intent({ step: 1 }), intent({ step: 2 })]).steps).toBe(2);
  });
  it("never goes back in time", () => {
    expect(folded([opened({ at: 5_000 }), malformed(4_000)]).lastAt).toBe(5_000);
  });
  it("knows which steps have no outcome, and whether they were dispatched", () => {
    const state = folded([
      opened(),
      intent({ step: 1 }),
      intent({ step: 2, verdict: "ask" }),
      intent({ step: 3, verdict: "ask" }),
      outcome(1),
      dispatch(3),
    ]);
    expect(state.pending.map(({ step, dispatched }) => [step, dispatched])).toEqual([
      [2, false],
      [3, true],
    ]);
  });
  it("ignores what fits nothing", () => {
    const before = serialiseState(folded([opened(), intent({ step: 1 })]));
    const state = folded([
      opened(),
      intent({ step: 1 }),
      dispatch(7, 2_000),
      outcome(7, success, 2_000),
    ]);
    expect(serialiseState(state)).toBe(before);
  });
  it("is interrupted from an outcome of recovery to the next intent", () => {
    const recovered = { ...outcome(1, unknownOutcome), recovered: true } as const;
    expect(folded([opened(), intent(), recovered]).interrupted).toBe(true);
    expect(folded([opened(), intent(), outcome(1)]).interrupted).toBe(false);
    const other = [opened(), intent(), intent({ step: 2 }), recovered, outcome(2)];
    expect(folded(other).interrupted).toBe(true);
    expect(folded([opened(), intent(), recovered, malformed()]).interrupted).toBe(true);
    expect(folded([opened(), intent(), recovered, intent({ step: 2 })]).interrupted).toBe(false);
  });
});

describe("what earlier calls left behind", () => {
  const cd = (cwd: string | null): Residue => ({ cwd });
  type Row = readonly [name: string, records: readonly ProctorRecord[], residue: Residue];
  const rows: readonly Row[] = [
    ["nothing", [intent(), outcome(1)], {}],
    [
      "a folder, once the call succeeded",
      [intent({ residue: cd("/w/d") }), outcome(1)],
      cd("/w/d"),
    ],
    ["no folder while it is under way", [intent({ residue: cd("/w/d") })], cd(null)],
    ["no folder after it failed", [intent({ residue: cd("/w/d") }), outcome(1, failed)], cd(null)],
    [
      "no folder after its tool failed",
      [intent({ residue: cd("/w/d") }), outcome(1, toolFailed)],
      cd(null),
    ],
    [
      "no folder after nobody reported",
      [intent({ residue: cd("/w/d") }), outcome(1, unobserved)],
      cd(null),
    ],
    [
      "a folder after a late report",
      [intent({ residue: cd("/w/d") }), outcome(1, unobserved), outcome(1)],
      cd("/w/d"),
    ],
    [
      "nothing of a refused call",
      [intent({ residue: cd("/w/d"), verdict: "deny" }), outcome(1, refused)],
      {},
    ],
    ["nothing of a call that waits", [intent({ residue: cd("/w/d"), verdict: "ask" })], {}],
    [
      "no folder from its dispatch",
      [intent({ residue: cd("/w/d"), verdict: "ask" }), dispatch(1)],
      cd(null),
    ],
    ["a folder that is not known", [intent({ residue: cd(null) }), outcome(1)], cd(null)],
    [
      "the last folder",
      [
        intent({ residue: cd("/a") }),
        outcome(1),
        intent({ step: 2, residue: cd("/b") }),
        outcome(2),
      ],
      cd("/b"),
    ],
    [
      "the folder, through calls that do not move it",
      [intent({ residue: cd("/a") }), outcome(1), intent({ step: 2 }), outcome(2, failed)],
      cd("/a"),
    ],
    [
      "no folder of two that were under way together",
      [
        intent({ residue: cd("/a") }),
        intent({ step: 2, residue: cd("/b") }),
        outcome(1),
        outcome(2),
      ],
      cd(null),
    ],
    [
      "a folder after that",
      [
        intent({ residue: cd("/a") }),
        intent({ step: 2, residue: cd("/b") }),
        outcome(1),
        outcome(2),
        intent({ step: 3, residue: cd("/c") }),
        outcome(3),
      ],
      cd("/c"),
    ],
    [
      "another environment, from the dispatch",
      [intent({ residue: { environmentChanged: "alias" } })],
      { environmentChanged: "alias" },
    ],
    [
      "the first reason",
      [
        intent({ residue: { environmentChanged: "alias" } }),
        intent({ step: 2, residue: { environmentChanged: "PATH" } }),
      ],
      { environmentChanged: "alias" },
    ],
    [
      "another environment, also of a failed call",
      [intent({ residue: { environmentChanged: "alias" } }), outcome(1, failed)],
      { environmentChanged: "alias" },
    ],
    [
      "no environment of a refused call",
      [intent({ residue: { environmentChanged: "alias" }, verdict: "deny" }), outcome(1, refused)],
      {},
    ],
  ];
  it.each(rows)("%s", (_, records, residue) => {
    expect(folded([opened(), ...records]).residue).toEqual(residue);
  });
  it("is in doubt for a successor", () => {
    const residue: Residue = { cwd: "/a", environmentChanged: "alias" };
    const state = inheritLimits(folded([opened(), intent({ residue }), outcome(1)]));
    expect(state.residue).toEqual({ cwd: null, environmentChanged: "alias" });
    expect(inheritLimits(folded([opened()])).residue).toEqual({});
  });
});

describe("idempotency keys", () => {
  it("lead to the step and digest of their first use", () => {
    const state = folded([
      opened(),
      intent({ step: 1, idempotencyKey: "k", digest: "a" }),
      intent({ step: 2, idempotencyKey: "k", digest: "b" }),
      intent({ step: 3, verdict: "deny", idempotencyKey: "__proto__", digest: "c" }),
    ]);
    expect([...state.keys]).toEqual([
      ["k", { step: 1, digest: "a" }],
      ["__proto__", { step: 3, digest: "c" }],
    ]);
    expect(state.keysForgotten).toBe(false);
  });
  it("are bounded, the oldest leave, and that is said", () => {
    const { maxKeys } = stateLimits;
    const records = Array.from({ length: maxKeys + 1 }, (_, i) =>
      intent({ step: i + 1, idempotencyKey: `k${i}` }),
    );
    const state = folded([opened(), ...records]);
    expect([state.keys.size, state.keysForgotten]).toEqual([maxKeys, true]);
    expect([state.keys.has("k0"), state.keys.has("k1")]).toEqual([false, true]);
  });
  it("are not kept when too long, and that is said", () => {
    const idempotencyKey = "k".repeat(stateLimits.maxKeyLength + 1);
    const state = folded([opened(), intent({ idempotencyKey })]);
    expect([state.keys.size, state.keysForgotten]).toEqual([0, true]);
  });
  it("are a trajectory's own", () => {
    const state = inheritLimits(folded([opened(), intent({ idempotencyKey: "k" })]));
    expect(state.keys.size).toBe(0);
  });
});

describe("bounds", () => {
  it("keeps a bounded number of steps without an outcome; the oldest count as happened", () => {
    const { maxPending } = stateLimits;
    const records = Array.from({ length: maxPending + 1 }, (_, i) =>
      intent({ step: i + 1, verdict: "ask", effects: [remove(`/w/${i}`)] }),
    );
    const state = folded([opened(), ...records]);
    expect(state.pending.length).toBe(maxPending);
    expect(state.attempted.paths.has("/w/0")).toBe(true);
    expect(state.waiting.paths.has("/w/0")).toBe(false);
    expect(state.waiting.paths.has("/w/1")).toBe(true);
  });
  it("keeps a bounded number of steps for late outcomes", () => {
    const records = Array.from({ length: stateLimits.maxLate + 1 }, (_, i) => [
      intent({ step: i + 1 }),
      outcome(i + 1, unobserved),
    ]).flat();
    const { late } = folded([opened(), ...records]);
    expect([late.length, late[0]?.step]).toEqual([stateLimits.maxLate, 2]);
  });
});

// Any records in any order, for the properties.

const effects: fc.Arbitrary<Effect> = fc.constantFrom(
  read("/w/a"),
  read("/w/"),
  list("/w", true),
  list("/w/*"),
  write("/w/d", true),
  possible(write("/w/e")),
  remove("/w/*.o"),
  remove("$X"),
  move("/w/a", "/w/b", "yes"),
  permission("chmod"),
  unknown,
);
const outcomes = fc.constantFrom<Outcome>(
  success,
  toolFailed,
  failed,
  refused,
  unobserved,
  unknownOutcome,
  cancelled(false),
);
const residues = fc.constantFrom<Residue>(
  {},
  {},
  { cwd: "/w/d" },
  { cwd: null },
  { environmentChanged: "PATH" },
);
const times = fc.integer({ min: 1_000, max: 9_000 });
const stepNumbers = fc.integer({ min: 1, max: 6 });
const records: fc.Arbitrary<ProctorRecord> = fc.oneof(
  { weight: 1, arbitrary: fc.boolean().map((continues) => opened({ continues })) },
  {
    weight: 6,
    arbitrary: fc
      .record({
        step: stepNumbers,
        at: times,
        effects: fc.array(effects, { maxLength: 3 }),
        verdict: fc.constantFrom("allow" as const, "allow" as const, "ask" as const),
        residue: residues,
        idempotencyKey: fc.option(fc.constantFrom("k", "l"), { nil: undefined }),
      })
      .map(intent),
  },
  { weight: 1, arbitrary: fc.tuple(stepNumbers, times).map(([step, at]) => dispatch(step, at)) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(stepNumbers, times, fc.constantFrom("asked", "held", "approved", "used"))
      .map(([step, at, kind]) => approval(kind, { step, at, id: `a${step % 3}` })),
  },
  {
    weight: 5,
    arbitrary: fc
      .tuple(stepNumbers, outcomes, times)
      .map(([step, result, at]) => outcome(step, result, at)),
  },
  { weight: 1, arbitrary: times.map(malformed) },
  { weight: 1, arbitrary: fc.constant(closed()) },
);
const histories = fc.array(records, { maxLength: 30 });

describe("fold", () => {
  it("is total and deterministic", () => {
    fc.assert(
      fc.property(histories, (history) => {
        expect(folded(history)).toEqual(folded(history));
      }),
    );
  });

  it("goes on from a stored state as from the state itself", () => {
    fc.assert(
      fc.property(histories, histories, fc.boolean(), (before, after, isSuccessor) => {
        const start = () => (isSuccessor ? inheritLimits(folded(before)) : folded(before));
        const stored = parseState(serialiseState(start()));
        expect(stored).toEqual(start());
        if (stored === undefined) throw new Error("a state did not survive being stored");
        expect(folded(after, stored)).toEqual(folded(after, start()));
      }),
    );
  });

  it("does not change the records that it reads", () => {
    fc.assert(
      fc.property(histories, (history) => {
        const before = structuredClone(history);
        folded(history);
        expect(history).toEqual(before);
      }),
    );
  });
});

describe("parseState", () => {
  const stored = serialiseState(folded([opened(), intent()]));
  const { v, ...rest } = JSON.parse(stored);
  const rows: readonly [name: string, text: string][] = [
    ["another version", JSON.stringify({ ...rest, v: v + 1 })],
    ["no version", JSON.stringify(rest)],
    ["half a text", stored.slice(0, 100)],
    ["a missing table", JSON.stringify({ ...rest, v, done: undefined })],
    ["null", "null"],
    ["nothing", ""],
  ];
  it("takes what was written", () => {
    expect(parseState(stored)).toEqual(folded([opened(), intent()]));
  });
  it.each(rows)("does not take %s", (_, text) => {
    expect(parseState(text)).toBeUndefined();
  });
});
