// What policy says of a call.

import type { EffectKind } from "./effect.ts";
import type { Json } from "./json.ts";

/** Ordered: `allow` < `ask` < `deny`. */
export type Verdict = "allow" | "ask" | "deny";
export type Mode = "enforce" | "dry-run";

const severity: Record<Verdict, number> = { allow: 0, ask: 1, deny: 2 };

export function stricter(a: Verdict, b: Verdict): Verdict {
  return severity[a] >= severity[b] ? a : b;
}

export function isStricter(a: Verdict, b: Verdict): boolean {
  return severity[a] > severity[b];
}

/** One rule that matched one effect. Defaults are rules named `default:<kind>`, the built-in ones `builtin:<name>`. */
export interface RuleMatch {
  readonly rule: string;
  readonly verdict: Verdict;
  readonly mode: Mode;
  /** Index into the call's effects. */
  readonly effect: number;
  readonly kind: EffectKind;
  /** For the model: why, and what to do instead. */
  readonly reason: string;
}

export interface Decision {
  /** What is applied: dry-run rules, and a dry-run policy, do not count. */
  readonly verdict: Verdict;
  /** What would be applied if every rule were enforced. */
  readonly judged: Verdict;
  readonly mode: Mode;
  /**
   * Every rule that matched, strictest first, `allow` included, each with its first eight effects. The
   * default of a kind is there where no rule matched, or where it is stricter than those that did.
   */
  readonly matches: readonly RuleMatch[];
  /** One sentence or more, for the model; empty for a plain `allow`. */
  readonly reason: string;
  /** Digest of the policy that decided. */
  readonly policy: string;
  /** What came in from outside and was looked at. */
  readonly facts?: { readonly [name: string]: Json };
}
