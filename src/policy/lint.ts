// Findings about a policy that loads: what is lawful and probably not what was meant.

import { z } from "zod";
import { isStricter } from "../core/decision.ts";
import { type EffectKind, effectKinds } from "../core/effect.ts";
import { canonicalJson } from "../core/json.ts";
import { contextsOf, type EffectContext } from "./context.ts";
import { type ExampleEnv, inputOf } from "./example.ts";
import type { Example } from "./example-schema.ts";
import { observe } from "./facts.ts";
import type { PolicyProblem } from "./problem.ts";
import { exampleRoots } from "./roots.ts";
import { compileRule, type Rule } from "./rule.ts";
import type { Defaults } from "./schema.ts";
import {
  brief,
  type Locate,
  type ParsedRule,
  type PolicySource,
  parseSource,
  valueAt,
} from "./source.ts";

export interface Finding extends PolicyProblem {
  /** A `note` is worth knowing and may well be right. */
  readonly level: "warning" | "note";
}

export interface LintEnv extends ExampleEnv {
  /** For what has an end, milliseconds since the epoch; absent: no end is looked at. */
  readonly nowMs?: number;
}

/** Of a policy that loads; what cannot be read is passed over. */
export function lintPolicy(
  sources: readonly PolicySource[],
  { analyse, roots, nowMs }: LintEnv,
): readonly Finding[] {
  const env = { ...(analyse === undefined ? {} : { analyse }), roots: exampleRoots(roots) };
  const files = sources.map(parseSource);
  const rules = files.flatMap((file) => file.rules).flatMap((parsed) => compiled(parsed, env));
  return files.flatMap(({ defaults, locate }) => {
    if (defaults === undefined) return [];
    const ofRules = rules.flatMap((linted) => lintRule(linted, { defaults, rules, env, nowMs }));
    return [...looseDefaults(defaults).map(placedBy(locate)), ...ofRules];
  });
}

interface Linted extends ParsedRule {
  readonly rule: Rule;
}

interface Scene {
  readonly defaults: Defaults;
  readonly rules: readonly Linted[];
  readonly env: ExampleEnv;
  readonly nowMs: number | undefined;
}

interface Remark {
  readonly level: Finding["level"];
  /** The part of the rule, or of the file, that it is about. */
  readonly at: readonly PropertyKey[];
  readonly what: string;
  readonly found: string;
  readonly fix: string;
}

type Check = (linted: Linted, scene: Scene) => readonly Remark[];

function lintRule(linted: Linted, scene: Scene): readonly Finding[] {
  const { source, locate } = linted;
  const remarks = checks.flatMap((check) => check(linted, scene));
  return remarks.map(placedBy(locate)).map((found) => ({ ...found, rule: source.id }));
}

function placedBy(locate: Locate): (remark: Remark) => Finding {
  return ({ at, ...remark }) => ({ ...locate(at), ...remark });
}

function compiled(parsed: ParsedRule, env: ExampleEnv): readonly Linted[] {
  const rule = compileRule(parsed.source, env, () => {});
  return rule === undefined ? [] : [{ ...parsed, rule }];
}

/** A default that permits what nobody understood, or what is seldom wanted. */
function looseDefaults(defaults: Defaults): readonly Remark[] {
  return (["unknown", "privilege"] as const)
    .filter((kind) => defaults[kind] === "allow")
    .map((kind) => ({
      level: "warning",
      at: ["defaults", kind],
      what: `the default permits every effect of the kind ${kind}`,
      found: "allow",
      fix: "Use ask or deny, and allow what is wanted by a rule.",
    }));
}

const changesNothing: Check = ({ rule, source }, { defaults, rules }) => {
  const kinds = [...rule.kinds];
  if (source.verdict === "allow" && kinds.every((kind) => defaults[kind] === "allow")) {
    return [
      {
        level: "warning",
        at: ["verdict"],
        what: "the rule changes nothing: of several rules the strictest counts",
        found: `allow, as the defaults of ${kinds.join(", ")}`,
        fix: "Take it out; to excuse something from another rule, write an `except` there.",
      },
    ];
  }
  const permitted = new Set(rules.flatMap((other) => permittedKinds(other)));
  const dead = kinds.every((kind) => defaults[kind] === "deny" && !permitted.has(kind));
  if (source.verdict !== "ask" || !dead) return [];
  return [
    {
      level: "warning",
      at: ["verdict"],
      what: "the rule never asks: the default denies, and only an allow rule displaces a default",
      found: `ask, where the defaults of ${kinds.join(", ")} deny`,
      fix: "Make the default ask, or add an allow rule for what this one asks about.",
    },
  ];
};

function permittedKinds({ rule }: Linted): readonly EffectKind[] {
  return rule.verdict === "allow" && rule.mode === "enforce" ? [...rule.kinds] : [];
}

/** Another rule matches whatever this one matches, and is no milder. */
const neverDecides: Check = (linted, { rules }) => {
  const index = rules.indexOf(linted);
  // Of two that cover each other, the first is the one to keep.
  const covering = rules.find(
    (other, i) => i !== index && covers(other, linted) && (i < index || !covers(linted, other)),
  );
  if (covering === undefined) return [];
  return [
    {
      level: "warning",
      at: ["match"],
      what: "the rule never decides: another one matches all that it matches and is no milder",
      found: `covered by ${covering.source.id}`,
      fix: "Narrow the other rule, make this one stricter, or take it out.",
    },
  ];
};

function covers(wide: Linted, narrow: Linted): boolean {
  const { source: a } = wide;
  const { source: b } = narrow;
  if (a.verdict === "allow" || b.verdict === "allow" || isStricter(b.verdict, a.verdict))
    return false;
  if (a.mode === "dry-run" || a.except !== undefined || (a.sure === true && b.sure !== true))
    return false;
  const asked = Object.entries(valueAt(wide.raw, ["match"]) ?? {});
  return asked.every(([name, value]) => same(value, valueAt(narrow.raw, ["match", name])));
}

function same(a: unknown, b: unknown): boolean {
  return b !== undefined && canonicalJson(z.json().parse(a)) === canonicalJson(z.json().parse(b));
}

const countsForEver: Check = ({ raw }) => {
  const at = ["match", "history", "count"];
  const count = valueAt(raw, at);
  if (count === undefined || valueAt(count, ["window"]) !== undefined) return [];
  return [
    {
      level: "warning",
      at,
      what: "the count has no window, so a long trajectory is held up for ever once it is above",
      found: brief(count),
      fix: "Add `window`, such as 1h.",
    },
  ];
};

const minReasonLength = 40;

const reasonSaysLittle: Check = ({ source: { verdict, reason } }) => {
  const plain = reason.trim();
  const isSentence = plain.length >= minReasonLength && /[.!]$/.test(plain);
  if (verdict === "allow" || isSentence) return [];
  return [
    {
      level: "warning",
      at: ["reason"],
      what: "the reason is all that the model is told, and says little",
      found: brief(reason),
      fix: `Write sentences, at least ${minReasonLength} characters: why, and what to do instead.`,
    },
  ];
};

const permitsDoubt: Check = ({ source, rule }) => {
  const narrow = ["path", "tool", "agent", "role", "cel"] as const;
  if (source.verdict !== "allow" || !rule.kinds.has("unknown")) return [];
  if (narrow.some((name) => source.match[name] !== undefined)) return [];
  return [
    {
      level: "warning",
      at: ["match"],
      what: "the rule permits what cannot be told, whatever it is",
      found: "allow for the kind unknown",
      fix: "Narrow it by path, tool, agent or role.",
    },
  ];
};

/** A rule that is said to be sure looks away where something is not known. */
const looksAway: Check = ({ source }) => {
  if (source.verdict !== "deny" || source.sure !== true || source.match.path === undefined)
    return [];
  return [
    {
      level: "note",
      at: ["sure"],
      what: "who computes the path is not denied",
      found: "sure: true on a deny rule with a path",
      fix: "See that another rule asks about paths that are not known.",
    },
  ];
};

const stillDryRun: Check = ({ source }) =>
  source.mode !== "dry-run"
    ? []
    : [
        {
          level: "note",
          at: ["mode"],
          what: "the rule is not applied",
          found: "dry-run",
          fix: "Once it has shown what it would refuse, enforce it or take it out.",
        },
      ];

const noNearMiss: Check = (linted, { env }) => {
  const { rule, source } = linted;
  const contexts = contextsOfAll(source.examples.not, env);
  if (contexts === undefined || isPlain(linted)) return [];
  if (contexts.some(({ effect }) => rule.kinds.has(effect.kind))) return [];
  return [
    {
      level: "warning",
      at: ["examples", "not"],
      what: "no example shows where the rule ends: none has an effect of a kind that it matches",
      found: `only other kinds than ${[...rule.kinds].join(", ")}`,
      fix: "Add a call that nearly matches.",
    },
  ];
};

/** The rule matches every effect of its kinds, so nothing can nearly match. */
function isPlain({ raw, source }: Linted): boolean {
  const onlyKinds = ["string", "undefined"].includes(typeof valueAt(raw, ["match", "effect"]));
  const isAlone = Object.keys(source.match).length === 1 && source.except === undefined;
  return isAlone && (onlyKinds || Array.isArray(valueAt(raw, ["match", "effect"])));
}

const exceptionNotShown: Check = ({ source }, { env }) => {
  const { except = [], examples } = source;
  const contexts = contextsOfAll(examples.not, env);
  if (contexts === undefined) return [];
  return except.flatMap((_, i): readonly Remark[] => {
    const excused = compileRule(
      { ...source, except: except.filter((_other, j) => j !== i) },
      env,
      () => {},
    );
    const shown = contexts.some(
      (context) => excused?.kinds.has(context.effect.kind) && matchesSafely(excused, context),
    );
    if (shown || excused === undefined) return [];
    return [
      {
        level: "warning",
        at: ["except", i],
        what: "no example needs this exception",
        found: "without it, the rule matches no other example of `not`",
        fix: "Add a call to `not` that only this exception excuses.",
      },
    ];
  });
};

const dayMs = 24 * 3_600_000;
/** An end that is nearer than this is told. */
const soonMs = 14 * dayMs;

/** An exception that is somebody's has an owner, a reason and an end. */
const exceptionWithoutEnd: Check = ({ source }, { nowMs }) =>
  (source.except ?? []).flatMap((exception, i): readonly Remark[] => {
    const { expires, owner, reason } = exception;
    const given = { owner, reason, expires };
    const missing = Object.entries(given).flatMap(([name, value]) =>
      value === undefined ? [name] : [],
    );
    const remarks: Remark[] = [];
    if (missing.length > 0 && missing.length < Object.keys(given).length) {
      remarks.push({
        level: "warning",
        at: ["except", i],
        what: "the exception is somebody's, and does not say all that is needed to end it",
        found: `no ${missing.join(", no ")}`,
        fix: "Give owner, reason and expires; or none of them, where it belongs to the rule.",
      });
    }
    if (expires === undefined || nowMs === undefined || expires - nowMs > soonMs) return remarks;
    const isOver = expires <= nowMs;
    remarks.push({
      level: isOver ? "warning" : "note",
      at: ["except", i, "expires"],
      what: isOver ? "the exception has ended, and excuses nothing" : "the exception ends soon",
      found: new Date(expires - dayMs).toISOString().slice(0, 10),
      fix: `Take it out, or ask ${owner ?? "who wanted it"} whether it is still needed.`,
    });
    return remarks;
  });

/** undefined: some need an analyser, and there is none. */
function contextsOfAll(
  examples: readonly Example[],
  env: ExampleEnv,
): readonly EffectContext[] | undefined {
  const inputs = examples.map((example) => inputOf(example, env));
  if (inputs.includes(undefined)) return undefined;
  return inputs.flatMap((input) =>
    input === undefined ? [] : contextsOf(input, observe(input.facts).view),
  );
}

function matchesSafely(rule: Rule, context: EffectContext): boolean {
  try {
    return rule.matches(context);
  } catch {
    return false;
  }
}

const everyKind: Check = ({ source, rule }) => {
  if (source.verdict === "allow" || rule.kinds.size < effectKinds.length - 2) return [];
  if (source.match.effect !== undefined) return [];
  return [
    {
      level: "note",
      at: ["match"],
      what: "the rule matches looking at things as well as changing them",
      found: "no `effect`",
      fix: "Name the kinds of effect that it is about.",
    },
  ];
};

const checks: readonly Check[] = [
  changesNothing,
  neverDecides,
  countsForEver,
  reasonSaysLittle,
  permitsDoubt,
  looksAway,
  stillDryRun,
  noNearMiss,
  exceptionNotShown,
  exceptionWithoutEnd,
  everyKind,
];
