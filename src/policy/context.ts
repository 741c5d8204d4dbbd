// What a matcher sees of one effect of one call.

import type { ToolCall } from "../core/call.ts";
import { type Effect, type EffectKind, effectKinds, type Target } from "../core/effect.ts";
import { type Glob, reachOf } from "../core/target.ts";
import { type OwnTouches, ownTouches } from "../trajectory/history.ts";
import type { FactsView } from "./facts.ts";
import type { DecisionInput } from "./policy.ts";

export interface EffectContext {
  readonly input: DecisionInput;
  readonly call: ToolCall;
  readonly effect: Effect;
  /** The paths at its ends: one, or source and destination of a move, or none. */
  readonly ends: readonly End[];
  readonly facts: FactsView;
  /** How many effects of these kinds the whole call has: it is carried out whole or not at all. */
  ownCount(kinds: readonly EffectKind[]): number;
  /** Which paths the whole call says that it touches. */
  ownTouches(): OwnTouches;
}

/** A path that an effect touches. */
export interface End {
  /** As the effect has it, but for an unresolved one in a confined call: the tree it is confined to. */
  readonly target: Target;
  readonly recursive: boolean;
  /** The paths that it may be, and with `recursive` those below it; undefined: any. */
  readonly reach: readonly Glob[] | undefined;
  /** As `reach`, without what is only below. */
  readonly top: readonly Glob[] | undefined;
}

/** Kinds that have or may have a path. */
export const kindsWithPath = effectKinds.filter(
  (kind) => kind !== "connect" && kind !== "privilege",
);

/** Contexts of a call's effects, in their order. */
export function contextsOf(input: DecisionInput, facts: FactsView): readonly EffectContext[] {
  const { call, effects } = input;
  const counts = new Map<EffectKind, number>();
  for (const { kind } of effects) counts.set(kind, (counts.get(kind) ?? 0) + 1);

  function ownCount(kinds: readonly EffectKind[]): number {
    return kinds.reduce((sum, kind) => sum + (counts.get(kind) ?? 0), 0);
  }

  let touches: OwnTouches | undefined;
  function touchesOfCall(): OwnTouches {
    touches ??= ownTouches(effects);
    return touches;
  }

  return effects.map((effect) => ({
    input,
    call,
    effect,
    ends: endsOf(effect, call),
    facts,
    ownCount,
    ownTouches: touchesOfCall,
  }));
}

function endsOf(effect: Effect, call: ToolCall): readonly End[] {
  switch (effect.kind) {
    case "read":
    case "list":
    case "write":
    case "truncate":
    case "delete":
    case "permission":
    case "discard":
      return [endOf(effect.target, effect.recursive, call)];
    case "move":
      return [effect.target, effect.destination].map((end) => endOf(end, effect.recursive, call));
    case "execute":
      // A build or test runner runs whatever stands in its folder.
      return effect.target === undefined
        ? []
        : [endOf(effect.target, effect.code === "project", call)];
    case "unknown":
      return effect.target === undefined ? [] : [endOf(effect.target, false, call)];
    case "connect":
    case "privilege":
      return [];
  }
}

function endOf(asGiven: Target, recursive: boolean, { context }: ToolCall): End {
  const target = seenThroughLinks(asGiven);
  if (target.form !== "unresolved" || context.confinedTo === undefined) {
    const top = reachOf(target, false);
    return { target, recursive, top, reach: recursive ? reachOf(target, true) : top };
  }
  const confined: Target = { form: "resolved", path: context.confinedTo };
  const tree = reachOf(confined, true);
  return { target: confined, recursive: true, top: tree, reach: tree };
}

/** Links of proc(5) that lead anywhere: another name of the root, of a folder, of an open folder. */
const leadsAnywhere =
  /^\/proc\/[^/]+\/(?:task\/[^/]+\/)?(?:root|cwd|fd\/[^/]+\/)|^\/dev\/fd\/[^/]+\//;

/** A path through such a link may be any path, and so may a pattern that fits one. */
export function seenThroughLinks(target: Target): Target {
  const { form, path } = target;
  const leads =
    form === "resolved"
      ? leadsAnywhere.test(path)
      : path.startsWith("/proc/") || path.startsWith("/dev/fd/");
  return leads ? { form: "unresolved", path } : target;
}
