// What a matcher is: one key of a rule's `match`, compiled once.

import type { z } from "zod";
import type { EffectKind } from "../../core/effect.ts";
import type { EffectContext } from "../context.ts";
import type { Roots } from "../roots.ts";

export interface Matcher {
  /** Could the effect satisfy it, as far as is known? */
  may(context: EffectContext): boolean;
  /** Does it satisfy it, whatever turns out of what is not known? Implies `may`. */
  must(context: EffectContext): boolean;
}

/** What is known when rules are compiled. */
export interface CompileEnv {
  readonly roots: Roots;
}

/** A matcher's configuration, read and checked. */
export interface MatcherPlan {
  /** The order of evaluation within a rule, cheap ones first. */
  readonly cost: number;
  /** The only kinds of effect that can satisfy it; absent: any. */
  readonly kinds?: readonly EffectKind[];
  /** The key that makes it a limit, whose `must` is never true; undefined: there is none. */
  readonly limit: string | undefined;
  /** @throws RuleFault where the configuration makes no sense here */
  compile(env: CompileEnv): Matcher;
}

export interface MatcherKind<Config> {
  readonly schema: z.ZodType<Config>;
  readonly cost: number;
  readonly kinds?: (config: Config) => readonly EffectKind[] | undefined;
  readonly limit?: (config: Config) => string | undefined;
  readonly compile: (config: Config, env: CompileEnv) => Matcher;
}

/** The schema of one matcher, whose output is ready to be compiled. */
export function matcher<Config>(kind: MatcherKind<Config>): z.ZodType<MatcherPlan> {
  return kind.schema.transform((config) => ({
    cost: kind.cost,
    kinds: kind.kinds?.(config),
    limit: kind.limit?.(config),
    compile: (env: CompileEnv) => kind.compile(config, env),
  }));
}

/** For what is known exactly or not at all. */
export function exactly(test: (context: EffectContext) => boolean): Matcher {
  return { may: test, must: test };
}
