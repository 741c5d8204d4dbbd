// history: what this trajectory did before. `history: { never: [read, listed, created] }`.

import { z } from "zod";
import { countIntents, mayHave, mustHave, type Touch } from "../../trajectory/history.ts";
import type { EffectContext } from "../context.ts";
import { duration, oneOrMore, shape } from "../shape.ts";
import { effectKind } from "../words.ts";
import { type Matcher, matcher } from "./matcher.ts";

const touchNames = [
  "read",
  "listed",
  "wrote",
  "created",
  "deleted",
  "permissions_seen",
] as const satisfies readonly Touch[];

const touches = oneOrMore(z.enum(touchNames, `Use: ${touchNames.join(", ")}.`));

const count = shape({
  /** Kinds of effect that are counted. */
  effects: oneOrMore(effectKind),
  /** The most that there may be: with 5, the sixth matches. */
  above: z.int("Write a whole number.").min(0, "Write 0 or more."),
  /** `trajectory`: this one and those that it continues; `agent`: every trajectory of the agent. */
  scope: z.enum(["trajectory", "agent"], "Use trajectory or agent."),
  /** Only what was that long ago, such as 10m. Absent: ever, with the scope `trajectory` alone. */
  window: duration.optional(),
}).refine(
  ({ scope, window }) => scope === "trajectory" || window !== undefined,
  "Add `window`, at most 24h: an agent's past is not kept for ever.",
);

/**
 * Only calls before this one count, of which a permission needs the successful outcome, and a limit
 * every one that was not refused, also if it is still under way. What a call does itself, before the
 * effect that is judged, does not count as done, since the model had not seen what came of it.
 */
export const history = matcher({
  schema: shape({
    /**
     * Nothing of this was done to the target (of a move: to what is moved), as far as is known for
     * certain. `listed` is also a file whose folder was listed, `created` also what is in a folder
     * that was created. Of a recursive effect, everything below the target needs it.
     */
    never: touches.optional(),
    /** Something of this may have been done to the target, or with a recursive effect below it. */
    ever: touches.optional(),
    /**
     * More effects than that, those of this call included: it is carried out whole or not at all. An
     * effect counts as one whether it hits a file, a pattern or a tree: how many files there are is
     * not known without looking, and a rule on `recursive` speaks of them better.
     */
    count: count.optional(),
  }).refine((config) => Object.keys(config).length > 0, "Name never, ever or count."),
  cost: 6,
  kinds: ({ never, ever }) =>
    never === undefined && ever === undefined
      ? undefined
      : ["read", "list", "write", "truncate", "delete", "move", "permission", "discard", "execute"],
  limits: (config) => config.count !== undefined,
  compile({ never, ever, count }) {
    const tests: Matcher[] = [];
    if (never !== undefined) tests.push(untouched(never));
    if (ever !== undefined) tests.push(touched(ever));
    if (count !== undefined) tests.push(above(count));
    return {
      may: (context) => tests.every(({ may }) => may(context)),
      must: (context) => tests.every(({ must }) => must(context)),
    };
  },
});

function touched(touches: readonly Touch[]): Matcher {
  return {
    may: ({ input, ends: [end] }) =>
      end !== undefined && mayHave(input.state, touches, end.target, end.recursive),
    must: ({ input, ends: [end] }) =>
      end !== undefined && mustHave(input.state, touches, end.target, end.recursive),
  };
}

function untouched(touches: readonly Touch[]): Matcher {
  return {
    may: ({ input, ends: [end] }) =>
      end !== undefined && !mustHave(input.state, touches, end.target, end.recursive),
    must: ({ input, ends: [end] }) =>
      end !== undefined && !mayHave(input.state, touches, end.target, end.recursive),
  };
}

function above({ effects, above: limit, scope, window }: z.output<typeof count>): Matcher {
  function before({ input, facts }: EffectContext): number {
    if (window === undefined) {
      return countIntents(input.state, effects, Number.NEGATIVE_INFINITY);
    }
    return scope === "agent"
      ? facts.agentCount(effects, window)
      : countIntents(input.state, effects, facts.nowMs() - window);
  }
  return {
    may: (context) => before(context) + context.ownCount(effects) > limit,
    // Counts may be a little high, and an effect that is possible may not happen.
    must: () => false,
  };
}
