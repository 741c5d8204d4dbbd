// What holds for every policy and every call.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Decision, isStricter, type Verdict } from "../../src/core/decision.ts";
import { type Effect, type EffectKind, effectKinds, type Target } from "../../src/core/effect.ts";
import { contextsOf } from "../../src/policy/context.ts";
import { createPolicy } from "../../src/policy/decide.ts";
import { observe } from "../../src/policy/facts.ts";
import type { DecisionInput } from "../../src/policy/policy.ts";
import { protectedPathRules } from "../../src/policy/protected.ts";
import { compileRule, type Rule } from "../../src/policy/rule.ts";
import { ruleSchema } from "../../src/policy/schema.ts";
import { env, inputFrom, matcherFrom } from "./fixtures.ts";

const numRuns = 1_000;

// A small world, so that rules and calls meet often.
const paths = ["/w", "/w/a", "/w/a/b", "/w/.env", "/x", "/p/token"];
const globs = ["/w/", "/w/*", "/w/a/**", "/**/.env", "/x", "/", "/**"];

const resolved = fc.constantFrom(...paths).map((path): Target => ({ form: "resolved", path }));
const pattern = fc
  .constantFrom("/w/*", "/w/**", "/w/a/?", "/w/.*", "/*")
  .map((path): Target => ({ form: "pattern", path }));
const unresolved: Target = { form: "unresolved", path: '"$x"' };
const target = fc.oneof({ weight: 3, arbitrary: resolved }, pattern, fc.constant(unresolved));
const certainty = fc.constantFrom("certain", "possible");
const base = { certainty, via: fc.constantFrom("rm", "tool x") };
const onTarget = { ...base, target, recursive: fc.boolean() };

const effectOf: { [Kind in EffectKind]: fc.Arbitrary<Extract<Effect, { kind: Kind }>> } = {
  read: fc.record({ kind: fc.constant("read"), ...onTarget }),
  list: fc.record({ kind: fc.constant("list"), ...onTarget, permissions: fc.boolean() }),
  write: fc.record({ kind: fc.constant("write"), ...onTarget, creates: fc.boolean() }),
  truncate: fc.record({ kind: fc.constant("truncate"), ...onTarget }),
  delete: fc.record({ kind: fc.constant("delete"), ...onTarget }),
  discard: fc.record({ kind: fc.constant("discard"), ...onTarget }),
  move: fc.record({
    kind: fc.constant("move"),
    ...onTarget,
    destination: target,
    overwrites: fc.constantFrom("yes", "no", "unknown"),
  }),
  permission: fc.record(
    {
      kind: fc.constant("permission"),
      ...onTarget,
      family: fc.constantFrom("chmod", "chown", "acl"),
      incidental: fc.boolean(),
      change: fc.constantFrom("777", "644", "u+s", "$m"),
    },
    { requiredKeys: ["kind", "certainty", "via", "target", "recursive", "family", "incidental"] },
  ),
  execute: fc.record(
    {
      kind: fc.constant("execute"),
      ...base,
      program: fc.constantFrom("git", "npm", "x.sh"),
      words: fc.subarray(["push", "--force", "$x"]),
      code: fc.constantFrom("builtin", "inline", "file", "project"),
      inspects: fc.boolean(),
      target: resolved,
    },
    { requiredKeys: ["kind", "certainty", "via", "program", "words", "code", "inspects"] },
  ),
  connect: fc.record({ kind: fc.constant("connect"), ...base, host: fc.constantFrom("h", "$h") }),
  privilege: fc.record({ kind: fc.constant("privilege"), ...base, how: fc.constant("sudo") }),
  unknown: fc.record(
    { kind: fc.constant("unknown"), ...base, why: fc.constantFrom("a", "b"), target: resolved },
    { requiredKeys: ["kind", "certainty", "via", "why"] },
  ),
};
const effect: fc.Arbitrary<Effect> = fc.oneof(...Object.values(effectOf));

const past = fc.array(
  fc.record({
    effect: fc.constantFrom("read", "list", "write", "delete"),
    path: fc.constantFrom(...paths),
    outcome: fc.constantFrom("succeeded", "failed", "refused", "pending"),
    recursive: fc.boolean(),
  }),
  { maxLength: 4 },
);

const call: fc.Arbitrary<DecisionInput> = fc
  .record({
    effects: fc.array(effect, { minLength: 1, maxLength: 4 }),
    after: past,
    confined: fc.option(fc.constantFrom("/w", "/x"), { nil: undefined }),
    agent: fc.constantFrom("a", "b"),
    role: fc.constantFrom("student", "teacher"),
  })
  .map(({ effects, ...example }) => ({
    ...inputFrom({ effect: "unknown", ...example }),
    effects,
  }));

const touch = fc.constantFrom("read", "listed", "wrote", "created", "deleted");
const someOf = <Item>(...items: readonly Item[]) => fc.subarray([...items], { minLength: 1 });

const limiting = fc.record({
  count: fc.record({
    effects: someOf(...effectKinds),
    above: fc.nat(3),
    scope: fc.constantFrom("trajectory", "agent"),
    window: fc.constant("1h"),
  }),
});
const touching = fc.oneof(
  fc.record({ never: fc.array(touch, { minLength: 1, maxLength: 3 }) }),
  fc.record({ ever: touch }),
  fc.record({ stated: touch }),
);
const exactMatchers = {
  effect: fc.oneof(
    fc.record({ kind: someOf(...effectKinds) }),
    fc.record({ certainty }),
    fc.record({ kind: fc.constant("move"), overwrites: fc.boolean() }),
    fc.record({ grants: fc.constantFrom("world_write", "setuid") }),
    fc.record({ beside: someOf("read", "delete") }),
  ),
  program: fc.constantFrom("git", { name: "git", words: ["--force"] }),
  host: fc.constantFrom("h", "*"),
  agent: fc.constantFrom("a", "b"),
  role: fc.constantFrom("student", "teacher"),
  cel: fc.constantFrom("effect.path.startsWith('/w')", "effect.recursive", "agent == 'a'"),
};
const pathMatcher = fc.oneof(someOf(...globs), fc.record({ top: someOf(...globs) }));

/** One matcher or two: with more, rules and calls would hardly ever meet. */
function matching(history: fc.Arbitrary<object>): fc.Arbitrary<object> {
  const path = pathMatcher.map((globs) => ({ path: globs }));
  const past = history.map((asked) => ({ history: asked }));
  const known = Object.entries(exactMatchers).map(([name, values]) =>
    fc.oneof(...[values]).map((value: unknown) => ({ [name]: value })),
  );
  const one = fc.oneof({ weight: 4, arbitrary: path }, { weight: 4, arbitrary: past }, ...known);
  return fc.oneof(
    one,
    fc.tuple(one, one).map(([a, b]) => ({ ...a, ...b })),
  );
}

const verdict = fc.constantFrom<Verdict>("allow", "ask", "deny");

interface RuleShape {
  readonly verdict: Verdict;
  readonly mode: "enforce" | "dry-run";
  readonly match: object;
  readonly except: readonly object[];
}

const examples = { match: [{ bash: "x" }], not: [{ bash: "x" }] };

/** undefined: it can match nothing, or counts where it must be certain. */
function compile(shape: RuleShape, id: string): Rule | undefined {
  const { except, ...rest } = shape;
  const excused = except.length === 0 ? {} : { except };
  const source = ruleSchema.parse({
    ...rest,
    ...excused,
    id,
    reason: `Because of ${id}.`,
    examples,
  });
  return compileRule(source, env, () => {});
}

/** Compiling is dear, so that rules are drawn from a pool. */
const pool = fc
  .sample(
    fc.record({
      verdict,
      mode: fc.constantFrom("enforce", "enforce", "dry-run"),
      match: matching(fc.oneof(limiting, touching)),
      except: fc.array(matching(touching), { maxLength: 2 }),
    }),
    { numRuns: 600, seed: 7 },
  )
  .map((shape, i) => compile(shape, `rule-${i}`))
  .filter((one) => one !== undefined);

function ruleWith(...verdicts: readonly Verdict[]): fc.Arbitrary<Rule> {
  return fc.constantFrom(...pool.filter((one) => verdicts.includes(one.verdict)));
}

const rule = fc.constantFrom(...pool);
const rules = fc.array(rule, { maxLength: 5 });
const defaults = fc.record({
  read: verdict,
  list: verdict,
  write: verdict,
  truncate: verdict,
  delete: verdict,
  move: verdict,
  permission: verdict,
  execute: verdict,
  connect: verdict,
  privilege: verdict,
  discard: verdict,
  unknown: verdict,
});
const mode = fc.constantFrom<"enforce" | "dry-run">("enforce", "enforce", "dry-run");
const policyParts = fc.record({ defaults, rules, mode });
type Parts = typeof policyParts extends fc.Arbitrary<infer Value> ? Value : never;

const builtIn = protectedPathRules({ guarded: ["/p"], secret: ["/p/token"] });

function decide(parts: Parts, input: DecisionInput, own = builtIn): Decision {
  return createPolicy({ digest: "d", ...parts, builtIn: own }).decide(input);
}

function atLeast(verdict: Verdict, least: Verdict): boolean {
  return !isStricter(least, verdict);
}

describe("properties of decisions", () => {
  it("adding an ask or deny rule never loosens", () => {
    const stricter = ruleWith("ask", "deny");
    fc.assert(
      fc.property(policyParts, stricter, call, (parts, added, input) => {
        const before = decide(parts, input);
        const after = decide({ ...parts, rules: [...parts.rules, added] }, input);
        expect(atLeast(after.verdict, before.verdict)).toBe(true);
        expect(atLeast(after.judged, before.judged)).toBe(true);
      }),
      { numRuns },
    );
  });

  it("adding an allow rule never goes below the other rules", () => {
    const permitting = ruleWith("allow");
    fc.assert(
      fc.property(policyParts, permitting, call, (parts, added, input) => {
        const withoutDefaults = { ...parts, defaults: allAllow };
        const least = decide(withoutDefaults, input);
        const after = decide({ ...parts, rules: [...parts.rules, added] }, input);
        expect(atLeast(after.verdict, least.verdict)).toBe(true);
      }),
      { numRuns },
    );
  });

  it("the order of rules never matters", () => {
    const shuffled = policyParts.chain((parts) =>
      fc.tuple(
        fc.constant(parts),
        fc.shuffledSubarray(parts.rules, { minLength: parts.rules.length }),
      ),
    );
    fc.assert(
      fc.property(shuffled, call, ([parts, other], input) => {
        expect(decide({ ...parts, rules: other }, input)).toEqual(decide(parts, input));
      }),
      { numRuns },
    );
  });

  it("the order of effects never matters for the verdict", () => {
    const shuffled = call.chain((input) =>
      fc.tuple(
        fc.constant(input),
        fc.shuffledSubarray([...input.effects], { minLength: input.effects.length }),
      ),
    );
    fc.assert(
      fc.property(policyParts, shuffled, (parts, [input, effects]) => {
        const first = decide(parts, input);
        const second = decide(parts, { ...input, effects });
        expect([second.verdict, second.judged]).toEqual([first.verdict, first.judged]);
      }),
      { numRuns },
    );
  });

  it("more effects never loosen", () => {
    fc.assert(
      fc.property(policyParts, call, effect, (parts, input, added) => {
        const before = decide(parts, input);
        const after = decide(parts, { ...input, effects: [...input.effects, added] });
        expect(atLeast(after.verdict, before.verdict)).toBe(true);
      }),
      { numRuns },
    );
  });

  it("a target that is not known is never judged more mildly than one that is", () => {
    fc.assert(
      fc.property(policyParts, call, (parts, input) => {
        // What is confined is known to be inside, and a path that is said may be outside.
        const { confinedTo: _, ...context } = input.call.context;
        const free = { ...input, call: { ...input.call, context } };
        // The call's other effects say what else it touches, so each is hidden in a call of its own.
        for (const one of input.effects) {
          const known = { ...free, effects: [one] };
          const hidden = { ...free, effects: [hide(one)] };
          const before = decide(parts, known, []).verdict;
          const after = decide(parts, hidden, []).verdict;
          expect(atLeast(after, before)).toBe(true);
        }
      }),
      { numRuns },
    );
  });

  it("dry-run rules never change what is applied", () => {
    fc.assert(
      fc.property(policyParts, call, (parts, input) => {
        const enforced = parts.rules.filter((one) => one.mode === "enforce");
        const { verdict: without } = decide({ ...parts, rules: enforced }, input);
        expect(decide(parts, input).verdict).toBe(without);
      }),
      { numRuns },
    );
  });

  it("a dry-run policy applies what is built in and nothing else, and judges as if enforced", () => {
    fc.assert(
      fc.property(policyParts, call, (parts, input) => {
        const dry = decide({ ...parts, mode: "dry-run" }, input);
        const bare = decide({ rules: [], defaults: allAllow, mode: "enforce" }, input);
        expect(dry.verdict).toBe(bare.verdict);
        expect(dry.judged).toBe(decide({ ...parts, mode: "enforce" }, input).judged);
      }),
      { numRuns },
    );
  });

  it("the applied verdict and the reason follow from the matches", () => {
    fc.assert(
      fc.property(policyParts, call, (parts, input) => {
        const { verdict, matches, reason } = decide(parts, input);
        const enforced = matches.filter((match) => match.mode === "enforce");
        const giving = enforced.filter((match) => match.verdict === verdict);
        if (verdict === "allow") expect(reason).toBe("");
        else {
          expect(giving.length).toBeGreaterThan(0);
          for (const match of giving) expect(reason).toContain(match.reason);
        }
      }),
      { numRuns },
    );
  });

  it("what must match may match", () => {
    fc.assert(
      fc.property(matching(fc.oneof(limiting, touching)), call, (match, input) => {
        const matcher = matcherFrom(match);
        for (const context of contextsOf(input, observe(input.facts).view)) {
          try {
            if (matcher.must(context)) expect(matcher.may(context)).toBe(true);
          } catch (error) {
            expect(String(error)).toContain("the expression has no value");
          }
        }
      }),
      { numRuns },
    );
  });
});

const allAllow = Object.fromEntries(
  effectKinds.map((kind) => [kind, "allow"]),
) as Parts["defaults"];

/** The same effect, its targets no longer known. */
function hide(effect: Effect): Effect {
  if (effect.kind === "move") return { ...effect, target: unresolved, destination: unresolved };
  if (!("target" in effect) || effect.target === undefined) return effect;
  return { ...effect, target: unresolved };
}
