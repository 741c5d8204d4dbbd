// What the tests of the policy share: calls written as examples, and policies written as text.

import { contextsOf, type EffectContext } from "../../src/policy/context.ts";
import { type ExampleEnv, inputOf } from "../../src/policy/example.ts";
import { exampleSchema } from "../../src/policy/example-schema.ts";
import { observe } from "../../src/policy/facts.ts";
import { type LoadOptions, loadPolicy } from "../../src/policy/load.ts";
import { conditions } from "../../src/policy/matchers/index.ts";
import type { Matcher } from "../../src/policy/matchers/matcher.ts";
import type { DecisionInput, Policy } from "../../src/policy/policy.ts";
import { invalidPolicy } from "../../src/policy/problem.ts";

export const roots = new Map([
  ["workspace", ["/w"]],
  ["several", ["/a", "/b"]],
]);
export const env: ExampleEnv = { roots };
export const options: LoadOptions = { roots, protectedPaths: { guarded: [], secret: [] } };

/** The decision's input of a call that is written as an example. */
export function inputFrom(example: object): DecisionInput {
  const input = inputOf(exampleSchema.parse(example), env);
  if (input === undefined) throw new Error("the example needs an analyser");
  return input;
}

/** The first effect of a call, as matchers see it. */
export function contextFrom(example: object): EffectContext {
  const input = inputFrom(example);
  const [context] = contextsOf(input, observe(input.facts).view);
  if (context === undefined) throw new Error("the example has no effect");
  return context;
}

/** All conditions of a `match`, as one matcher. */
export function matcherFrom(match: object): Matcher {
  const matchers = Object.values(conditions.parse(match))
    .toSorted((a, b) => a.cost - b.cost)
    .map((plan) => plan.compile(env));
  return {
    may: (context) => matchers.every((matcher) => matcher.may(context)),
    must: (context) => matchers.every((matcher) => matcher.must(context)),
  };
}

export type Certainly = "yes" | "maybe" | "no";

/** What a matcher says of the first effect of a call; fails where `must` is without `may`. */
export function askMatcher(match: object, example: object): Certainly {
  const matcher = matcherFrom(match);
  const context = contextFrom(example);
  const may = matcher.may(context);
  const must = matcher.must(context);
  if (must && !may) throw new Error("a matcher that must hold and may not");
  return must ? "yes" : may ? "maybe" : "no";
}

export const allAllowed = {
  read: "allow",
  list: "allow",
  write: "allow",
  truncate: "allow",
  delete: "allow",
  move: "allow",
  permission: "allow",
  execute: "allow",
  connect: "allow",
  privilege: "allow",
  discard: "allow",
  unknown: "allow",
} as const;

/** @throws ProctorError `invalid_policy` */
export function policyFrom(text: string, overrides: Partial<LoadOptions> = {}): Policy {
  const loaded = loadPolicy([{ file: "test.yaml", text }], { ...options, ...overrides });
  if (!loaded.ok) throw invalidPolicy(loaded.problems);
  return loaded.policy;
}

export interface RuleText {
  readonly id: string;
  readonly verdict: "allow" | "ask" | "deny";
  readonly match: object;
  readonly except?: readonly object[];
  readonly mode?: "enforce" | "dry-run";
  readonly sure?: boolean;
  readonly reason?: string;
  readonly examples?: object;
}

/** YAML is a superset of JSON. `defaults`: the kinds whose default is not allow. */
export function policyText(
  rules: readonly RuleText[],
  defaults: object = {},
  mode: "enforce" | "dry-run" = "enforce",
): string {
  return JSON.stringify({
    version: 1,
    mode,
    defaults: { ...allAllowed, ...defaults },
    rules: rules.map((rule) => ({ reason: `Because of ${rule.id}.`, ...rule })),
  });
}
