// The policy file, field by field.

import { z } from "zod";
import { type EffectKind, effectKinds } from "../core/effect.ts";
import { exampleSchema } from "./example-schema.ts";
import { conditions, exception } from "./matchers/index.ts";
import { oneOrMore, shape, text } from "./shape.ts";
import { flag, mode, verdict } from "./words.ts";

/** Rule ids are label values of metrics and stand in records; `default:` and `builtin:` are proctor's. */
const ruleId = z
  .string("Write a name.")
  .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, "Use up to 64 of: a-z 0-9 -.");

export const ruleSchema = shape({
  /** Unique over all files of the policy. */
  id: ruleId,
  /** What the rule says of an effect that matches. Of several rules the strictest counts. */
  verdict,
  /** `dry-run`: the rule is recorded with the decision and not applied. Absent: `enforce`. */
  mode: mode.optional(),
  /**
   * Of a rule in dry-run: whom it is enforced for already. The share is one of agents and always takes the
   * same ones, more of them as it grows; an agent cannot choose to be in it.
   */
  rollout: shape({
    /** Ids of agents, `*` for any run of characters. */
    agents: oneOrMore(text).optional(),
    /** Of agents, above 0 and below 1. */
    share: z
      .number("Write a share, such as 0.25.")
      .gt(0, "Write more than 0.")
      .lt(1, "Write less than 1.")
      .optional(),
  })
    .refine((given) => Object.keys(given).length > 0, "Name agents, or a share.")
    .optional(),
  /**
   * For the model: why, and what to do instead. It is all that an agent is told of a refusal, and it
   * stands in every record of one.
   */
  reason: text.max(1_000, "Write at most 1000 characters."),
  /**
   * Conditions of one effect, all of which it must satisfy. `ask` and `deny` match where the effect
   * *may* satisfy them, `allow` only where it *must*: doubt never permits.
   */
  match: conditions,
  /**
   * Exceptions, any of which excuses the effect: from `ask` and `deny` only where it *must* satisfy
   * the exception, from `allow` already where it *may*. One that is meant to end bears `owner`, `reason` and
   * `expires`.
   */
  except: z
    .array(exception, "Write a list.")
    .min(1, "Write at least one, or no `except`.")
    .optional(),
  /**
   * true: also `ask` and `deny` match only where the effect *must* satisfy them. For courtesies, such
   * as to ask before a secret is read: who hides the path is not asked. Absent: false.
   */
  sure: flag.optional(),
  /** Calls, written briefly, that are run through the rule whenever the policy is loaded. */
  examples: shape({
    /** Of each of these calls the rule matches at least one effect. */
    match: z.array(exampleSchema, "Write a list.").min(1, "Give at least one call that matches."),
    /** Of none of these does it match any. */
    not: z.array(exampleSchema, "Write a list.").min(1, "Give at least one call that does not."),
  }),
})
  .refine(
    (rule) => !(rule.verdict === "allow" && rule.sure === false),
    "Take `sure: false` out: an allow rule is always sure.",
  )
  .refine((rule) => rule.rollout === undefined || rule.mode === "dry-run", {
    path: ["rollout"],
    message: "Take it out: only a rule with `mode: dry-run` is rolled out.",
  });

export type RuleSource = z.output<typeof ruleSchema>;

/** The verdict for an effect of each kind that no rule permits or restricts. Every kind is named. */
const defaultsSchema = shape(
  // `fromEntries` forgets the keys; effectKinds holds each once.
  Object.fromEntries(effectKinds.map((kind) => [kind, verdict])) as {
    [Kind in EffectKind]: typeof verdict;
  },
);

export type Defaults = z.output<typeof defaultsSchema>;

export const policyFileSchema = shape({
  /** Version of this format. */
  version: z.literal(1, "Write `version: 1`."),
  /** `dry-run`: everything is judged and nothing applied but what is built in. In one file only; absent: `enforce`. */
  mode: mode.optional(),
  /** In exactly one file of the policy. */
  defaults: defaultsSchema.optional(),
  /** Each is read by its own schema, so that what is wrong with one hides nothing of another. */
  rules: z.array(z.unknown(), "Write a list of rules.").optional(),
});
