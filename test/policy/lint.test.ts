import { describe, expect, it } from "vitest";
import { lintPolicy } from "../../src/policy/lint.ts";
import { loadPolicy } from "../../src/policy/load.ts";
import { options, policyText, type RuleText } from "./fixtures.ts";

const remove = { effect: "delete", path: "/a" };
const other = { effect: "delete", path: "/b" };
const reason = "This deletes what is still needed. Move it to the archive instead.";

function rule(more: Partial<RuleText> = {}): RuleText {
  return {
    id: "a",
    verdict: "ask",
    reason,
    match: { effect: "delete", path: "/a" },
    examples: { match: [remove], not: [other] },
    ...more,
  };
}

function lint(rules: readonly RuleText[], defaults: object = {}): readonly string[] {
  const text = policyText(rules, { unknown: "ask", privilege: "ask", ...defaults });
  const sources = [{ file: "a.yaml", text }];
  expect(loadPolicy(sources, options)).toMatchObject({ ok: true });
  return lintPolicy(sources, options).map(
    ({ level, rule: id = "-", what }) => `${level} ${id}: ${what}`,
  );
}

const count = { effects: "delete", above: 1, scope: "trajectory" };
const counting = rule({
  match: { effect: "delete", history: { count } },
  examples: { match: [{ ...remove, times: 2 }], not: [remove] },
});
const ofUnknown = { match: [{ effect: "unknown", path: "/a" }], not: [{ effect: "unknown" }] };

interface Row {
  readonly name: string;
  readonly rules: readonly RuleText[];
  readonly defaults?: object;
  readonly findings: readonly string[];
}

const rows: readonly Row[] = [
  { name: "a good rule", rules: [rule()], findings: [] },
  {
    name: "defaults that permit doubt",
    rules: [rule()],
    defaults: { unknown: "allow", privilege: "allow" },
    findings: [
      "warning -: the default permits every effect of the kind unknown",
      "warning -: the default permits every effect of the kind privilege",
    ],
  },
  {
    name: "allow under a default that allows",
    rules: [rule({ verdict: "allow" })],
    findings: ["warning a: the rule changes nothing: of several rules the strictest counts"],
  },
  {
    name: "allow under a default that asks",
    rules: [rule({ verdict: "allow" })],
    defaults: { delete: "ask" },
    findings: [],
  },
  {
    name: "ask under a default that denies",
    rules: [rule()],
    defaults: { delete: "deny" },
    findings: [
      "warning a: the rule never asks: the default denies, and only an allow rule displaces a default",
    ],
  },
  {
    name: "ask under a default that denies, and allow beside it",
    rules: [rule(), rule({ id: "b", verdict: "allow" })],
    defaults: { delete: "deny" },
    findings: [],
  },
  {
    name: "a rule twice",
    rules: [rule(), rule({ id: "b" })],
    findings: [
      "warning b: the rule never decides: another one matches all that it matches and is no milder",
    ],
  },
  {
    name: "a wider rule that is no milder",
    rules: [rule(), rule({ id: "b", verdict: "deny", match: { path: "/a" } })],
    findings: [
      "warning a: the rule never decides: another one matches all that it matches and is no milder",
      "note b: the rule matches looking at things as well as changing them",
    ],
  },
  {
    name: "a wider rule that is milder",
    rules: [
      rule({ verdict: "deny" }),
      rule({
        id: "b",
        match: { effect: "delete" },
        examples: { match: [remove], not: [{ effect: "read", path: "/a" }] },
      }),
    ],
    findings: [],
  },
  {
    name: "a wider rule that is only tried out",
    rules: [
      rule(),
      rule({
        id: "b",
        mode: "dry-run",
        match: { effect: "delete" },
        examples: { match: [remove], not: [{ effect: "read", path: "/a" }] },
      }),
    ],
    findings: ["note b: the rule is not applied"],
  },
  {
    name: "a count for ever",
    rules: [counting],
    findings: [
      "warning a: the count has no window, so a long trajectory is held up for ever once it is above",
    ],
  },
  {
    name: "a count with a window",
    rules: [
      { ...counting, match: { effect: "delete", history: { count: { ...count, window: "1h" } } } },
    ],
    findings: [],
  },
  {
    name: "a reason that says little",
    rules: [
      rule({ reason: "No." }),
      rule({
        id: "b",
        verdict: "deny",
        reason: "This is not allowed here, and that is what it is",
      }),
    ],
    findings: [
      "warning a: the rule never decides: another one matches all that it matches and is no milder",
      "warning a: the reason is all that the model is told, and says little",
      "warning b: the reason is all that the model is told, and says little",
    ],
  },
  {
    name: "an allow rule for any doubt",
    rules: [
      rule({
        verdict: "allow",
        match: { effect: "unknown" },
        examples: { match: [{ effect: "unknown" }], not: [remove] },
      }),
    ],
    findings: ["warning a: the rule permits what cannot be told, whatever it is"],
  },
  {
    name: "an allow rule for some doubt",
    rules: [
      rule({ verdict: "allow", match: { effect: "unknown", path: "/a" }, examples: ofUnknown }),
    ],
    findings: [],
  },
  {
    name: "a deny rule that looks away",
    rules: [rule({ verdict: "deny", sure: true })],
    findings: ["note a: who computes the path is not denied"],
  },
  {
    name: "no near miss",
    rules: [rule({ examples: { match: [remove], not: [{ effect: "read", path: "/a" }] } })],
    findings: [
      "warning a: no example shows where the rule ends: none has an effect of a kind that it matches",
    ],
  },
  {
    name: "a rule that nothing can nearly match",
    rules: [
      rule({
        match: { effect: ["delete", "move"] },
        examples: { match: [remove], not: [{ effect: "read", path: "/a" }] },
      }),
    ],
    findings: [],
  },
  {
    name: "an exception that no example needs",
    rules: [rule({ match: { effect: "delete" }, except: [{ path: "/b" }, { path: "/c" }] })],
    findings: ["warning a: no example needs this exception"],
  },
];

describe("lintPolicy", () => {
  it.each(rows)("$name", ({ rules, defaults, findings }) => {
    expect(lint(rules, defaults)).toEqual(findings);
  });

  it("says where, what was found and what to do", () => {
    const sources = [{ file: "a.yaml", text: policyText([counting]) }];
    const [finding] = lintPolicy(sources, options).filter(({ rule: id }) => id === "a");
    expect(finding).toMatchObject({
      file: "a.yaml",
      line: 1,
      found: '{"effects":"delete","above":1,"scope":"trajectory"}',
      fix: "Add `window`, such as 1h.",
    });
  });

  it("asks for no examples that only an analyser could show", () => {
    const examples = { match: [remove], not: [{ bash: "rm b" }] };
    expect(lint([rule({ examples })])).toEqual([]);
  });
});
