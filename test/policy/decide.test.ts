import { describe, expect, it } from "vitest";
import type { Verdict } from "../../src/core/decision.ts";
import type { Effect } from "../../src/core/effect.ts";
import { createPolicy } from "../../src/policy/decide.ts";
import type { Rule } from "../../src/policy/rule.ts";
import { allAllowed, inputFrom, policyFrom, policyText, type RuleText } from "./fixtures.ts";

const remove = { effect: "delete", path: "/w/a" };
const examples = { match: [remove], not: [{ effect: "read", path: "/w/a" }] };

function rule(id: string, verdict: Verdict, more: Partial<RuleText> = {}): RuleText {
  return { id, verdict, match: { effect: "delete" }, examples, ...more };
}

interface Row {
  readonly name: string;
  readonly rules: readonly RuleText[];
  readonly defaults?: object;
  readonly mode?: "enforce" | "dry-run";
  readonly verdict: Verdict;
  readonly judged?: Verdict;
  readonly matches: readonly string[];
}

const unrelated = rule("unrelated", "deny", {
  match: { effect: "connect" },
  examples: { match: [{ effect: "connect", host: "h" }], not: [remove] },
});

const rows: readonly Row[] = [
  { name: "nothing matches", rules: [unrelated], verdict: "allow", matches: ["default:delete"] },
  {
    name: "nothing matches and the default asks",
    rules: [unrelated],
    defaults: { delete: "ask" },
    verdict: "ask",
    matches: ["default:delete"],
  },
  { name: "one rule", rules: [rule("a", "ask")], verdict: "ask", matches: ["a"] },
  {
    name: "the strictest of two",
    rules: [rule("a", "ask"), rule("b", "deny")],
    verdict: "deny",
    matches: ["b", "a"],
  },
  {
    name: "allow loosens the default",
    rules: [rule("a", "allow")],
    defaults: { delete: "deny" },
    verdict: "allow",
    matches: ["a"],
  },
  {
    name: "allow loosens no rule",
    rules: [rule("a", "allow"), rule("b", "ask")],
    defaults: { delete: "deny" },
    verdict: "ask",
    matches: ["b", "a"],
  },
  {
    name: "ask loosens no default",
    rules: [rule("a", "ask")],
    defaults: { delete: "deny" },
    verdict: "deny",
    matches: ["default:delete", "a"],
  },
  {
    name: "a default that says nothing new is not named",
    rules: [rule("a", "deny")],
    defaults: { delete: "ask" },
    verdict: "deny",
    matches: ["a"],
  },
  {
    name: "a dry-run rule is judged and not applied",
    rules: [rule("a", "deny", { mode: "dry-run" })],
    verdict: "allow",
    judged: "deny",
    matches: ["a", "default:delete"],
  },
  {
    name: "a dry-run rule does not displace the default",
    rules: [rule("a", "allow", { mode: "dry-run" })],
    defaults: { delete: "ask" },
    verdict: "ask",
    judged: "allow",
    matches: ["default:delete", "a"],
  },
  {
    name: "a dry-run policy applies nothing",
    rules: [rule("a", "deny")],
    defaults: { delete: "ask" },
    mode: "dry-run",
    verdict: "allow",
    judged: "deny",
    matches: ["a"],
  },
  {
    name: "a dry-run policy judges what its allow rules permit",
    rules: [rule("a", "allow")],
    defaults: { delete: "ask" },
    mode: "dry-run",
    verdict: "allow",
    judged: "allow",
    matches: ["a"],
  },
];

describe("decide", () => {
  it.each(rows)("$name", ({ rules, defaults, mode, verdict, judged, matches }) => {
    const decision = policyFrom(policyText(rules, defaults, mode)).decide(inputFrom(remove));
    expect({
      verdict: decision.verdict,
      judged: decision.judged,
      matches: decision.matches.map((match) => match.rule),
    }).toEqual({ verdict, judged: judged ?? verdict, matches });
  });

  const inWorkspace = {
    match: { effect: "delete", path: "/w/" },
    except: [{ path: "/w/keep/" }],
    examples: { match: [remove], not: [{ effect: "delete", path: "/w/keep/a" }] },
  };
  const doubtful = [
    { effect: "delete", unresolved: "$x" },
    { effect: "delete", pattern: "/w/k*/*" },
    { effect: "delete", path: "/w", recursive: true },
    { effect: "delete", pattern: "/*/a" },
  ];

  it.each([remove, { effect: "delete", pattern: "/w/a*" }])(
    "allow permits the certain %j",
    (call) => {
      const policy = policyFrom(policyText([rule("a", "allow", inWorkspace)], { delete: "ask" }));
      expect(policy.decide(inputFrom(call)).verdict).toBe("allow");
    },
  );

  it.each(doubtful)("allow does not permit the doubtful %j", (call) => {
    const policy = policyFrom(policyText([rule("a", "allow", inWorkspace)], { delete: "ask" }));
    expect(policy.decide(inputFrom(call)).verdict).toBe("ask");
  });

  it.each(doubtful)("deny denies the doubtful %j, and sure does not", (call) => {
    const strict = policyFrom(policyText([rule("a", "deny", inWorkspace)]));
    expect(strict.decide(inputFrom(call)).verdict).toBe("deny");
    const sure = policyFrom(policyText([rule("a", "deny", { ...inWorkspace, sure: true })]));
    const mustBeIn = call.pattern === "/w/k*/*" || call.path === "/w";
    expect(sure.decide(inputFrom(call)).verdict).toBe(mustBeIn ? "deny" : "allow");
  });

  it("takes the strictest of the effects, and gives the reasons of that verdict once each", () => {
    const { decide, digest } = policyFrom(
      policyText([
        rule("b", "deny"),
        rule("a", "deny", {
          match: { effect: "delete", path: "/w/b" },
          examples: { match: [{ effect: "delete", path: "/w/b" }], not: [remove] },
        }),
        rule("c", "ask", {
          match: { effect: "read" },
          examples: { match: [{ effect: "read", path: "/w/a" }], not: [remove] },
        }),
        rule("d", "deny", { mode: "dry-run", reason: "Never told." }),
      ]),
    );
    const read = { effect: "read", path: "/w/a" };
    const decision = decide(
      inputFrom({ ...read, with: [remove, { effect: "delete", path: "/w/b" }] }),
    );
    expect(decision).toEqual({
      verdict: "deny",
      judged: "deny",
      mode: "enforce",
      policy: digest,
      reason: "Because of b. Because of a.",
      matches: [
        match("b", "deny", 1, "delete"),
        match("a", "deny", 2, "delete"),
        match("b", "deny", 2, "delete"),
        { ...match("d", "deny", 1, "delete"), mode: "dry-run", reason: "Never told." },
        { ...match("d", "deny", 2, "delete"), mode: "dry-run", reason: "Never told." },
        match("c", "ask", 0, "read"),
      ],
    });
  });

  it("has no reason for a plain allow", () => {
    expect(policyFrom(policyText([unrelated])).decide(inputFrom(remove)).reason).toBe("");
  });

  it("gives a reason of its own where a default asks or denies", () => {
    const { decide } = policyFrom(policyText([unrelated], { unknown: "deny", delete: "ask" }));
    expect(decide(inputFrom({ effect: "unknown" })).reason).toMatch(/cannot be told.*refused/);
    expect(decide(inputFrom(remove)).reason).toMatch(/kind delete.*approve/);
  });

  it("names each rule with its first effects only, however many there are", () => {
    const { decide } = policyFrom(policyText([rule("a", "ask"), rule("b", "deny")]));
    const { matches } = decide(inputFrom({ ...remove, times: 5_000 }));
    expect(matches).toHaveLength(16);
    expect(matches.map(({ effect }) => effect)).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7,
    ]);
  });

  it("records the facts that rules looked at, and no others", () => {
    const count = { effects: ["delete"], above: 1, scope: "agent", window: "10m" };
    const counting = rule("a", "ask", {
      match: { effect: "delete", history: { count } },
      examples: { match: [{ ...remove, times: 2 }], not: [remove] },
    });
    const { decide } = policyFrom(policyText([counting]));
    const example = { after: [{ ...remove, times: 3 }], at: "2026-01-07T12:00:00Z" };
    expect(decide(inputFrom({ ...remove, ...example })).facts).toEqual({
      nowMs: Date.UTC(2026, 0, 7, 12),
      "agent delete 600000ms": 3,
    });
    expect(decide(inputFrom({ effect: "read", path: "/w/a" })).facts).toBeUndefined();
  });

  it("takes a count beyond what is kept for too many", () => {
    const count = { effects: ["delete"], above: 1_000, scope: "agent", window: "10m" };
    const counting = rule("a", "ask", {
      match: { effect: "delete", history: { count } },
      examples: { match: [{ ...remove, times: 1_001 }], not: [remove] },
    });
    const input = inputFrom(remove);
    const agentHistory = { count: () => Number.POSITIVE_INFINITY };
    const facts = { ...input.facts, agentHistory };
    const decision = policyFrom(policyText([counting])).decide({ ...input, facts });
    expect(decision.verdict).toBe("ask");
    expect(JSON.parse(JSON.stringify(decision))).toEqual(decision);
  });

  it("lists every rule that can stand in a decision", () => {
    const { rules } = policyFrom(policyText([rule("a", "ask")]), {
      protectedPaths: { guarded: ["/p"], secret: ["/p/s"] },
    });
    expect(rules.map(({ id }) => id)).toEqual([
      "builtin:protected_path",
      "builtin:protected_path_in_doubt",
      "builtin:secret_path",
      "builtin:secret_path_in_doubt",
      "builtin:evaluation_error",
      ...["read", "list", "write", "truncate", "delete", "move", "permission", "execute"].map(
        (k) => `default:${k}`,
      ),
      ...["connect", "privilege", "discard", "unknown"].map((k) => `default:${k}`),
      "a",
    ]);
  });
});

function match(id: string, verdict: Verdict, effect: number, kind: Effect["kind"]) {
  return { rule: id, verdict, mode: "enforce", effect, kind, reason: `Because of ${id}.` };
}

describe("what cannot be evaluated", () => {
  const needsForce = rule("needs-force", "ask", {
    match: { effect: "delete", cel: "call.arguments.force" },
    examples: { match: [{ tool: "x", force: true }], not: [{ tool: "x", force: false }] },
  });

  it.each([
    ["enforce", "enforce", "deny", "deny"],
    ["dry-run", "enforce", "allow", "deny"],
    ["enforce", "dry-run", "allow", "deny"],
  ] as const)(
    "a rule in %s, a policy in %s: %s, judged %s",
    (mode, policyMode, verdict, judged) => {
      const text = policyText([{ ...needsForce, mode }], {}, policyMode);
      const decision = policyFrom(text).decide(inputFrom(remove));
      expect([decision.verdict, decision.judged]).toEqual([verdict, judged]);
      expect(decision.matches[0]?.rule).toBe("builtin:evaluation_error");
    },
  );

  it("tells nothing of the call, which may hold a secret", () => {
    const input = inputFrom(remove);
    const call = { ...input.call, arguments: { force: "sk-secret" } };
    const decision = policyFrom(policyText([needsForce])).decide({ ...input, call });
    expect(decision.verdict).toBe("deny");
    expect(JSON.stringify(decision)).not.toContain("sk-secret");
  });

  it("denies an allow rule's error too", () => {
    const text = policyText([{ ...needsForce, verdict: "allow" }], { delete: "ask" });
    expect(policyFrom(text).decide(inputFrom(remove)).verdict).toBe("deny");
  });

  it("denies a call without effects, in any mode", () => {
    for (const mode of ["enforce", "dry-run"] as const) {
      const policy = policyFrom(policyText([unrelated], {}, mode));
      expect(policy.decide({ ...inputFrom(remove), effects: [] }).verdict).toBe("deny");
    }
  });

  it("denies whatever else fails, and never throws", () => {
    const policy = policyFrom(policyText([unrelated]));
    const input = inputFrom(remove);
    const broken = Object.defineProperty({ ...input }, "call", {
      get() {
        throw new Error("broken");
      },
    });
    expect(policy.decide(broken)).toEqual({
      verdict: "deny",
      judged: "deny",
      mode: "enforce",
      matches: [expect.objectContaining({ rule: "builtin:evaluation_error", verdict: "deny" })],
      reason: expect.stringContaining("could not be evaluated"),
      policy: policy.digest,
    });
  });

  it("denies when a matcher throws anything at all", () => {
    const throwing: Rule = {
      ...{ id: "throwing", verdict: "ask", mode: "enforce", reason: "" },
      kinds: new Set(["delete"]),
      matches() {
        throw "not even an error";
      },
    };
    const rules = [throwing];
    const parts = {
      digest: "d",
      mode: "enforce",
      defaults: allAllowed,
      rules,
      builtIn: [],
    } as const;
    expect(createPolicy(parts).decide(inputFrom(remove)).verdict).toBe("deny");
  });
});
