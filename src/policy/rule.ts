// A rule, compiled: which effects it matches.

import { createHash } from "node:crypto";
import type { Mode, Verdict } from "../core/decision.ts";
import { type EffectKind, effectKinds } from "../core/effect.ts";
import type { EffectContext } from "./context.ts";
import type { Conditions, Exception } from "./matchers/index.ts";
import type { CompileEnv, Matcher, MatcherPlan } from "./matchers/matcher.ts";
import { RuleFault } from "./problem.ts";
import type { RuleSource } from "./schema.ts";
import { wildcards } from "./wildcard.ts";

export interface Rule {
  readonly id: string;
  readonly verdict: Verdict;
  readonly mode: Mode;
  readonly reason: string;
  /** A rule in dry-run that is enforced for this agent already; absent: for none. */
  readonly enforcedFor?: (agent: string) => boolean;
  /** The kinds of effect that it can match at all. */
  readonly kinds: ReadonlySet<EffectKind>;
  /** May throw where an expression has no value. */
  matches(context: EffectContext): boolean;
}

/** Takes what is wrong with a part of the rule: `["match", "path"]`. */
export type OnFault = (at: readonly PropertyKey[], fault: RuleFault) => void;

/** undefined: there were faults. */
export function compileRule(
  source: RuleSource,
  env: CompileEnv,
  onFault: OnFault,
): Rule | undefined {
  const { id, verdict, mode = "enforce", reason, except = [], sure = false, rollout } = source;
  const permits = verdict === "allow";
  const match = compileSide(source.match, permits || sure, env, within(onFault, ["match"]));
  const exceptions = except.map((exception, i) =>
    compileException(exception, !permits, env, within(onFault, ["except", i])),
  );
  if (match === undefined || exceptions.includes(undefined)) return undefined;
  const { kinds, holds } = match;
  const excuses = exceptions.filter((side) => side !== undefined);

  function matches(context: EffectContext): boolean {
    return holds(context) && !excuses.some((excuse) => excuse.holds(context));
  }

  const enforcedFor = rollout === undefined ? undefined : inRollout(id, rollout);
  return { id, verdict, mode, reason, kinds, matches, ...(enforcedFor && { enforcedFor }) };
}

function inRollout(
  id: string,
  { agents = [], share = 0 }: NonNullable<RuleSource["rollout"]>,
): (agent: string) => boolean {
  const isNamed = wildcards(agents);
  return (agent) => isNamed(agent) || fractionOf(`${id} ${agent}`) < share;
}

/** A number in [0, 1) that a name always has. */
function fractionOf(name: string): number {
  return createHash("sha256").update(name).digest().readUInt32BE() / 2 ** 32;
}

/** After its day it excuses nothing; whether that matters is a fact that the decision rests on. */
function compileException(
  { named, expires }: Exception,
  surely: boolean,
  env: CompileEnv,
  onFault: OnFault,
): Side | undefined {
  const side = compileSide(named, surely, env, onFault);
  if (side === undefined || expires === undefined) return side;
  return { ...side, holds: (context) => side.holds(context) && context.facts.nowMs() < expires };
}

function within(onFault: OnFault, at: readonly PropertyKey[]): OnFault {
  return (inner, fault) => onFault([...at, ...inner], fault);
}

interface Side {
  readonly kinds: ReadonlySet<EffectKind>;
  readonly holds: (context: EffectContext) => boolean;
}

/** All conditions of a `match` or an exception. `surely`: they hold only where they must. */
function compileSide(
  conditions: Conditions,
  surely: boolean,
  env: CompileEnv,
  onFault: OnFault,
): Side | undefined {
  const matchers: Matcher[] = [];
  let faulty = false;
  for (const [name, plan] of byCost(conditions)) {
    try {
      if (surely && plan.limit !== undefined) throw onlyLimits(`${name}.${plan.limit}`);
      matchers.push(plan.compile(env));
    } catch (error) {
      if (!(error instanceof RuleFault)) throw error;
      onFault([name], error);
      faulty = true;
    }
  }
  const kinds = kindsOf(conditions);
  if (kinds.size === 0) onFault([], neverMatches(conditions));
  return faulty || kinds.size === 0 ? undefined : { kinds, holds: all(matchers, surely) };
}

function byCost(conditions: Conditions): readonly (readonly [string, MatcherPlan])[] {
  return Object.entries(conditions)
    .filter((entry): entry is [string, MatcherPlan] => entry[1] !== undefined)
    .toSorted(([, a], [, b]) => a.cost - b.cost);
}

function kindsOf(conditions: Conditions): ReadonlySet<EffectKind> {
  const plans = byCost(conditions).map(([, plan]) => plan);
  return new Set(
    effectKinds.filter((kind) => plans.every(({ kinds }) => kinds?.includes(kind) ?? true)),
  );
}

function all(matchers: readonly Matcher[], surely: boolean): (context: EffectContext) => boolean {
  return surely
    ? (context) => matchers.every((matcher) => matcher.must(context))
    : (context) => matchers.every((matcher) => matcher.may(context));
}

function onlyLimits(name: string): RuleFault {
  return new RuleFault(
    "it can only limit: it never holds for certain",
    `\`${name}\` where the rule needs certainty`,
    "Use it in the `match` of an ask or deny rule without `sure`, or in an `except` of an allow rule.",
  );
}

function neverMatches(conditions: Conditions): RuleFault {
  return new RuleFault(
    "no kind of effect can satisfy all of these matchers",
    Object.keys(conditions).join(", "),
    "Take one out, or correct the kinds that `effect` names.",
  );
}
