// The judge: rules in, a pure function from a call to a decision out.

import {
  type Decision,
  isStricter,
  type Mode,
  type RuleMatch,
  stricter,
  type Verdict,
} from "../core/decision.ts";
import { type EffectKind, effectKinds } from "../core/effect.ts";
import { contextsOf, type EffectContext } from "./context.ts";
import { observe } from "./facts.ts";
import type { DecisionInput, Policy, RuleSummary } from "./policy.ts";
import type { Rule } from "./rule.ts";
import type { Defaults } from "./schema.ts";

export interface PolicyParts {
  readonly digest: string;
  readonly mode: Mode;
  readonly defaults: Defaults;
  readonly rules: readonly Rule[];
  /** Hold in every mode, beside whatever rules there are. None of them allows. */
  readonly builtIn: readonly Rule[];
}

/** A call of a thousand effects needs no thousand matches of one rule in its record. */
const maxMatchesPerRule = 8;

const evaluationErrorId = "builtin:evaluation_error";

/**
 * An effect's verdict is the strictest of the rules that match it; the default of its kind counts as
 * one more rule, unless an `allow` rule matches. So only `allow` rules loosen anything, whatever the
 * defaults are, and the order of rules and of effects never matters.
 */
export function createPolicy({ digest, mode, defaults, rules, builtIn }: PolicyParts): Policy {
  const inMode = rules.map((rule) =>
    mode === "dry-run" ? { ...rule, mode, enforcedFor: undefined } : rule,
  );
  const rulesOf = forEachKind((kind) =>
    [...builtIn, ...inMode].filter(({ kinds }) => kinds.has(kind)),
  );
  const defaultOf = forEachKind((kind) => defaultRule(kind, defaults[kind], mode));

  function judge(input: DecisionInput): Decision {
    const { view, seen } = observe(input.facts);
    const matches: RuleMatch[] = [];
    let verdict: Verdict = "allow";
    let judged: Verdict = "allow";
    contextsOf(input, view).forEach((context, index) => {
      const effect = judgeEffect(context, index);
      matches.push(...effect.matches);
      verdict = stricter(verdict, effect.verdict);
      judged = stricter(judged, effect.judged);
    });
    matches.sort(strictestFirst);
    return {
      verdict,
      judged,
      mode,
      matches: bounded(matches),
      reason: reasonFor(verdict, matches),
      policy: digest,
      ...(seen.size === 0 ? {} : { facts: Object.fromEntries(seen) }),
    };
  }

  function judgeEffect(context: EffectContext, index: number) {
    const { kind } = context.effect;
    const fallback = defaultOf[kind];
    const matches: RuleMatch[] = [];
    for (const rule of rulesOf[kind]) {
      const matched = evaluate(rule, context);
      if (matched !== undefined) matches.push(matchOf(matched, kind, index));
    }
    const enforced = matches.filter(isEnforced);
    const applied = mode === "enforce" && speaks(fallback, enforced);
    const wouldApply = speaks(fallback, matches);
    const verdict = strictestOf(enforced, applied ? fallback.verdict : "allow");
    const judged = strictestOf(matches, wouldApply ? fallback.verdict : "allow");
    if (applied || wouldApply) matches.push(matchOf(fallback, kind, index));
    return { matches, verdict, judged };
  }

  return {
    digest,
    mode,
    rules: [...builtIn, evaluationError("enforce"), ...Object.values(defaultOf), ...inMode].map(
      summaryOf,
    ),
    decide(input) {
      try {
        if (input.effects.length === 0) throw new Error("a call has at least one effect");
        return judge(input);
      } catch {
        return refused(digest, mode);
      }
    },
  };
}

function forEachKind<Value>(make: (kind: EffectKind) => Value): Record<EffectKind, Value> {
  // `fromEntries` forgets the keys; effectKinds holds each once.
  return Object.fromEntries(effectKinds.map((kind) => [kind, make(kind)])) as Record<
    EffectKind,
    Value
  >;
}

/** Does the default count beside these rules, and say something that they do not? */
function speaks(fallback: RuleSummary, rules: readonly RuleMatch[]): boolean {
  if (rules.some(({ verdict }) => verdict === "allow")) return false;
  return rules.length === 0 || isStricter(fallback.verdict, strictestOf(rules));
}

/** The rule, if it matches; in its place the denial, if that cannot be told. */
function evaluate(rule: Rule, context: EffectContext): RuleSummary | undefined {
  try {
    return rule.matches(context) ? { ...rule, mode: modeFor(rule, context) } : undefined;
  } catch {
    return evaluationError(modeFor(rule, context));
  }
}

/** A rule in dry-run may be enforced for some agents already. */
function modeFor({ mode, enforcedFor }: Rule, { input }: EffectContext): Mode {
  return enforcedFor?.(input.agent) === true ? "enforce" : mode;
}

function matchOf(rule: RuleSummary, kind: EffectKind, effect: number): RuleMatch {
  return {
    rule: rule.id,
    verdict: rule.verdict,
    mode: rule.mode,
    effect,
    kind,
    reason: rule.reason,
  };
}

function defaultRule(kind: EffectKind, verdict: Verdict, mode: Mode): RuleSummary {
  return { id: `default:${kind}`, verdict, mode, reason: defaultReason(kind, verdict) };
}

function defaultReason(kind: EffectKind, verdict: Verdict): string {
  if (verdict === "allow") return "";
  const what =
    kind === "unknown"
      ? "What part of this call would do cannot be told."
      : `No rule permits this effect of the kind ${kind}.`;
  const then = verdict === "ask" ? "A person has to approve it" : "It is refused";
  return `${what} ${then}; use a plainer call whose effects are all permitted, or leave it.`;
}

/** Nothing of the call stands in it: it may be a secret. */
function evaluationError(mode: Mode): RuleSummary {
  return {
    id: evaluationErrorId,
    verdict: "deny",
    mode,
    reason:
      "A rule of the policy could not be evaluated for this call, so it is refused. Try a simpler call, or tell the people who keep the policy.",
  };
}

function refused(digest: string, mode: Mode): Decision {
  const match = matchOf(evaluationError("enforce"), "unknown", 0);
  const { reason } = match;
  return { verdict: "deny", judged: "deny", mode, matches: [match], reason, policy: digest };
}

function isEnforced({ mode }: RuleMatch): boolean {
  return mode === "enforce";
}

function strictestOf(matches: readonly RuleMatch[], least: Verdict = "allow"): Verdict {
  return matches.reduce<Verdict>((verdict, match) => stricter(verdict, match.verdict), least);
}

/** Strictest, then what is applied, then in the order of effects and names: the same for any order of rules. */
function strictestFirst(a: RuleMatch, b: RuleMatch): number {
  if (a.verdict !== b.verdict) return isStricter(a.verdict, b.verdict) ? -1 : 1;
  if (a.mode !== b.mode) return isEnforced(a) ? -1 : 1;
  if (a.effect !== b.effect) return a.effect - b.effect;
  return a.rule < b.rule ? -1 : 1;
}

/** Every rule stays, with its first effects. */
function bounded(matches: readonly RuleMatch[]): readonly RuleMatch[] {
  if (matches.length <= maxMatchesPerRule) return matches;
  const counts = new Map<string, number>();
  return matches.filter(({ rule, mode }) => {
    const key = `${mode} ${rule}`;
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    return count <= maxMatchesPerRule;
  });
}

/** What the rules say that gave the verdict, each once, in the order of the matches. */
function reasonFor(verdict: Verdict, matches: readonly RuleMatch[]): string {
  if (verdict === "allow") return "";
  const deciding = matches.filter((match) => isEnforced(match) && match.verdict === verdict);
  return [...new Set(deciding.map(({ reason }) => reason))].join(" ");
}

function summaryOf({ id, verdict, mode, reason }: RuleSummary): RuleSummary {
  return { id, verdict, mode, reason };
}
