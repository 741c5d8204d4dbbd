// history: what this trajectory did before. `history: { never: [read, listed, created] }`.

import { z } from "zod";
import type { EffectKind } from "../../core/effect.ts";
import { countIntents, mayHave, mayTouch, mustHave, type Touch } from "../../trajectory/history.ts";
import { type EffectContext, kindsWithPath } from "../context.ts";
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
 * A permission rests on calls before this one whose outcome was a success: the model has not seen yet
 * what comes of this one. A limit looks at every call that was not refused, also if it is still under
 * way, and at what this call says that it does beside the effect that is judged.
 */
export const history = matcher({
  schema: shape({
    /**
     * Nothing of this was done to the target (of a move: to what is moved), as far as is known for
     * certain. `listed` is also a file whose folder was listed, `created` also what is in a folder
     * that was created. Of a recursive effect, everything below the target needs it.
     */
    never: touches.optional(),
    /**
     * Something of this may have been done to the target, or with a recursive effect below it. After
     * an `unknown` effect everything may have been done to everything.
     */
    ever: touches.optional(),
    /** As `ever`, by what calls say that they do: an `unknown` effect leaves no doubt. */
    stated: touches.optional(),
    /**
     * More effects than that, those of this call included: it is carried out whole or not at all. An
     * effect counts as one whether it hits a file, a pattern or a tree: how many files there are is
     * not known without looking, and a rule on `recursive` speaks of them better.
     */
    count: count.optional(),
  }).refine((config) => Object.keys(config).length > 0, "Name never, ever, stated or count."),
  cost: 6,
  kinds: ({ never, ever, stated }) =>
    (never ?? ever ?? stated) === undefined ? undefined : kindsWithPath,
  limit: ({ count }) => (count === undefined ? undefined : "count"),
  compile({ never, ever, stated, count }) {
    const tests: Matcher[] = [];
    if (never !== undefined) tests.push(untouched(never));
    if (ever !== undefined) tests.push(touched(ever, false));
    if (stated !== undefined) tests.push(touched(stated, true));
    if (count !== undefined) tests.push(above(count));
    return {
      may: (context) => tests.every(({ may }) => may(context)),
      must: (context) => tests.every(({ must }) => must(context)),
    };
  },
});

function touched(touches: readonly Touch[], said: boolean): Matcher {
  return {
    may(context) {
      const { input, effect, ends } = context;
      const [end] = ends;
      if (end === undefined) return false;
      if (mayHave(input.state, touches, end.target, end.recursive, said)) return true;
      const others = touches.filter((touch) => !ownTouchesOf[effect.kind]?.includes(touch));
      return mayTouch(context.ownTouches(), others, end.target, end.recursive);
    },
    must: ({ input, ends: [end] }) =>
      end !== undefined && mustHave(input.state, touches, end.target, end.recursive),
  };
}

/** What an effect does to its target itself, which is not done by another one of the call. */
const ownTouchesOf: { readonly [Kind in EffectKind]?: readonly Touch[] } = {
  read: ["read"],
  list: ["listed", "permissions_seen"],
  write: ["wrote", "created"],
  truncate: ["wrote"],
  delete: ["deleted"],
  move: ["deleted", "wrote"],
};

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
