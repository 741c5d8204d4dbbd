// Runs a rule's own examples: what it must and must not match.

import { describeEffect } from "../core/display.ts";
import type { Effect } from "../core/effect.ts";
import { messageOf } from "../core/errors.ts";
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
  const message = messageOf(error);
  return new RuleFault("the example cannot be run", message, "Correct the example.");
}

/** Named in a message; more would not be read. */
const maxDescribed = 6;

function describe(effects: readonly Effect[]): string {
  const some = effects
    .slice(0, maxDescribed)
    .map((effect) => `${effect.kind} ${describeEffect(effect)}`);
  const more = effects.length > maxDescribed ? `, and ${effects.length - maxDescribed} more` : "";
  return some.join(", ") + more;
}
