// Runs a rule's own examples: what it must and must not match.

import type { Effect, Target } from "../core/effect.ts";
import { contextsOf } from "./context.ts";
import { type ExampleEnv, inputOf } from "./example.ts";
import type { Example } from "./example-schema.ts";
import { observe } from "./facts.ts";
import type { DecisionInput } from "./policy.ts";
import { RuleFault } from "./problem.ts";
import type { OnFault, Rule } from "./rule.ts";
import type { RuleSource } from "./schema.ts";

export interface Examined {
  readonly run: number;
  /** They need an analyser, and there was none. */
  readonly skipped: number;
}

export function examine(
  rule: Rule,
  { examples }: RuleSource,
  env: ExampleEnv,
  onFault: OnFault,
): Examined {
  let run = 0;
  let skipped = 0;
  for (const side of ["match", "not"] as const) {
    for (const [i, example] of examples[side].entries()) {
      try {
        if (runExample(rule, example, side === "match", env)) run += 1;
        else skipped += 1;
      } catch (error) {
        onFault(["examples", side, i], asFault(error));
      }
    }
  }
  return { run, skipped };
}

/**
 * false: it cannot be run.
 *
 * @throws RuleFault where the rule does not do what the example says
 */
function runExample(rule: Rule, example: Example, shouldMatch: boolean, env: ExampleEnv): boolean {
  const input = inputOf(example, env);
  if (input === undefined) return false;
  const matched = matchedBy(rule, input);
  if (shouldMatch && matched.length === 0) {
    throw new RuleFault(
      "the rule does not match an example that it should match",
      `effects: ${describe(input.effects)}`,
      "Correct `match` and `except`, or the example.",
    );
  }
  if (!shouldMatch && matched.length > 0) {
    throw new RuleFault(
      "the rule matches an example that it should not match",
      `it matches: ${describe(matched)}`,
      "Narrow `match`, add an `except`, or correct the example.",
    );
  }
  return true;
}

function matchedBy(rule: Rule, input: DecisionInput): readonly Effect[] {
  return contextsOf(input, observe(input.facts).view)
    .filter((context) => rule.kinds.has(context.effect.kind) && rule.matches(context))
    .map(({ effect }) => effect);
}

function asFault(error: unknown): RuleFault {
  if (error instanceof RuleFault) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new RuleFault("the example cannot be run", message, "Correct the example.");
}

/** Named in a message; more would not be read. */
const maxDescribed = 6;

function describe(effects: readonly Effect[]): string {
  const some = effects.slice(0, maxDescribed).map(describeEffect);
  const more = effects.length > maxDescribed ? `, and ${effects.length - maxDescribed} more` : "";
  return some.join(", ") + more;
}

/** `delete /w/a`, `move /w/a -> /w/b`, `execute make`. */
export function describeEffect(effect: Effect): string {
  switch (effect.kind) {
    case "read":
    case "list":
    case "write":
    case "truncate":
    case "delete":
    case "permission":
    case "discard":
      return `${effect.kind} ${describeTarget(effect.target, effect.recursive)}`;
    case "move":
      return `move ${describeTarget(effect.target, effect.recursive)} -> ${describeTarget(effect.destination, false)}`;
    case "execute":
      return `execute ${effect.program} (${effect.code})`;
    case "connect":
      return `connect ${effect.host}`;
    case "privilege":
      return `privilege ${effect.how}`;
    case "unknown":
      return `unknown (${effect.why})`;
  }
}

function describeTarget({ form, path }: Target, recursive: boolean): string {
  const tree = recursive ? " and all below" : "";
  return form === "resolved" ? `${path}${tree}` : `${form} ${path}${tree}`;
}
