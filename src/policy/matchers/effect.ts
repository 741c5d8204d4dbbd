// effect: what the call would do. `effect: delete`, `effect: { kind: [delete, move], recursive: true }`.

import type { z } from "zod";
import {
  type Code,
  type Effect,
  type EffectKind,
  effectKinds,
  type PermissionFamily,
  type Target,
} from "../../core/effect.ts";
import { kindsWithPath } from "../context.ts";
import { type Grant, grantedBy } from "../modes.ts";
import { oneOrMore, shape, shorthand, text } from "../shape.ts";
import { wildcards } from "../wildcard.ts";
import { certainty, code, effectKind, family, flag, form, grant } from "../words.ts";
import { exactly, type Matcher, matcher } from "./matcher.ts";

const kinds = oneOrMore(effectKind);

const details = shape({
  /** Absent: any kind. `unknown` is a kind of its own: doubt of everything matches no other kind. */
  kind: kinds.optional(),
  /** `certain`: it happens if the call runs. */
  certainty: certainty.optional(),
  /** The part of the call that does it, `*` for any run of characters: `"git clean*"`. */
  via: oneOrMore(text).optional(),
  /**
   * Another effect of the same call is of one of these kinds. It only limits: otherwise a harmless
   * effect more would excuse the others.
   */
  beside: kinds.optional(),
  /** How well the target is known; of a move, that of either end. */
  form: oneOrMore(form).optional(),
  /** The whole tree below the target as well. */
  recursive: flag.optional(),
  /** list: it shows modes. */
  permissions: flag.optional(),
  /** write: known to make something new. */
  creates: flag.optional(),
  /** move: something at the destination is lost. */
  overwrites: flag.optional(),
  /** permission: by which kind of command. */
  family: oneOrMore(family).optional(),
  /** permission: a copy that merely preserves modes, or a mode set at creation. */
  incidental: flag.optional(),
  /** permission: what the change grants, at least one of these. */
  grants: oneOrMore(grant).optional(),
  /** execute: where the behaviour of the program is written. */
  code: oneOrMore(code).optional(),
  /** execute: it only looks. */
  inspects: flag.optional(),
  /** unknown: the reason for the doubt, `*` for any run of characters. */
  why: oneOrMore(text).optional(),
});

type Details = z.output<typeof details>;

const onTarget = kindsWithPath.filter((kind) => kind !== "execute" && kind !== "unknown");

/** Details that only some kinds have; the others do not match them. */
const kindsOfDetail: readonly (readonly [keyof Details, readonly EffectKind[]])[] = [
  ["form", kindsWithPath],
  ["recursive", onTarget],
  ["permissions", ["list"]],
  ["creates", ["write"]],
  ["overwrites", ["move"]],
  ["family", ["permission"]],
  ["incidental", ["permission"]],
  ["grants", ["permission"]],
  ["code", ["execute"]],
  ["inspects", ["execute"]],
  ["why", ["unknown"]],
];

export const effect = matcher({
  schema: shorthand(
    "kind",
    details.refine(
      (config) => possibleKinds(config).length > 0,
      "No kind of effect has all of these: take one out.",
    ),
  ),
  cost: 0,
  kinds: possibleKinds,
  limit: ({ beside }) => (beside === undefined ? undefined : "beside"),
  compile(config) {
    const possible = new Set(possibleKinds(config));
    const tests = testsOf(config);
    return {
      may: (context) => possible.has(context.effect.kind) && tests.every(({ may }) => may(context)),
      must: (context) =>
        possible.has(context.effect.kind) && tests.every(({ must }) => must(context)),
    };
  },
});

function possibleKinds(config: Details): readonly EffectKind[] {
  return (config.kind ?? effectKinds).filter((kind) =>
    kindsOfDetail.every(([name, having]) => config[name] === undefined || having.includes(kind)),
  );
}

/** One test for each detail that is asked for. The kind has been looked at before. */
function testsOf(config: Details): readonly Matcher[] {
  return [
    ...asked(config.certainty, (wanted) => exactly(({ effect }) => effect.certainty === wanted)),
    ...asked(config.via, (names) => named(names, (effect) => effect.via)),
    ...asked(config.beside, (kinds) => standingBeside(kinds)),
    ...asked(config.form, (forms) => exactly(({ effect }) => hasForm(effect, forms))),
    ...asked(config.recursive, (wanted) => flagged(wanted, isRecursive)),
    ...asked(config.permissions, (wanted) => flagged(wanted, showsPermissions)),
    ...asked(config.creates, (wanted) => flagged(wanted, isNew)),
    ...asked(config.incidental, (wanted) => flagged(wanted, isIncidental)),
    ...asked(config.inspects, (wanted) => flagged(wanted, inspects)),
    ...asked(config.overwrites, overwriting),
    ...asked(config.family, (families) => exactly(({ effect }) => isOfFamily(effect, families))),
    ...asked(config.grants, granting),
    ...asked(config.code, (codes) => exactly(({ effect }) => isCode(effect, codes))),
    ...asked(config.why, (names) =>
      named(names, (effect) => (effect.kind === "unknown" ? effect.why : "")),
    ),
  ];
}

function asked<Value>(
  value: Value | undefined,
  test: (value: Value) => Matcher,
): readonly Matcher[] {
  return value === undefined ? [] : [test(value)];
}

function named(names: readonly string[], textOf: (effect: Effect) => string): Matcher {
  const matches = wildcards(names);
  return exactly(({ effect }) => matches(textOf(effect)));
}

function flagged(wanted: boolean, flagOf: (effect: Effect) => boolean): Matcher {
  return exactly(({ effect }) => flagOf(effect) === wanted);
}

const isRecursive = (effect: Effect) => "recursive" in effect && effect.recursive;
const showsPermissions = (effect: Effect) => effect.kind === "list" && effect.permissions;
const isNew = (effect: Effect) => effect.kind === "write" && effect.creates;
const isIncidental = (effect: Effect) => effect.kind === "permission" && effect.incidental;
const inspects = (effect: Effect) => effect.kind === "execute" && effect.inspects;

function isOfFamily(effect: Effect, families: readonly PermissionFamily[]): boolean {
  return effect.kind === "permission" && families.includes(effect.family);
}

function isCode(effect: Effect, codes: readonly Code[]): boolean {
  return effect.kind === "execute" && codes.includes(effect.code);
}

function hasForm(effect: Effect, forms: readonly Target["form"][]): boolean {
  const target = "target" in effect ? effect.target : undefined;
  const destination = effect.kind === "move" ? effect.destination : undefined;
  return [target, destination].some((end) => end !== undefined && forms.includes(end.form));
}

function standingBeside(kinds: readonly EffectKind[]): Matcher {
  return {
    may: ({ effect, ownCount }) => ownCount(kinds) > (kinds.includes(effect.kind) ? 1 : 0),
    must: () => false,
  };
}

function overwriting(wanted: boolean): Matcher {
  const loses = wanted ? "yes" : "no";
  return {
    may: ({ effect }) =>
      effect.kind === "move" && (effect.overwrites === loses || effect.overwrites === "unknown"),
    must: ({ effect }) => effect.kind === "move" && effect.overwrites === loses,
  };
}

function granting(wanted: readonly Grant[]): Matcher {
  function grantsAny(effect: Effect, inDoubt: boolean): boolean {
    if (effect.kind !== "permission") return false;
    const granted = grantedBy(effect);
    return (inDoubt && granted.doubtful) || wanted.some((grant) => granted.grants.includes(grant));
  }
  return {
    may: ({ effect }) => grantsAny(effect, true),
    must: ({ effect }) => grantsAny(effect, false),
  };
}
