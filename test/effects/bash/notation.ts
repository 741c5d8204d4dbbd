// Effects as one short line each, for tables of tests.

import type { ExecutionContext } from "../../../src/core/call.ts";
import type { Effect, Residue, Target } from "../../../src/core/effect.ts";
import { analyseBash } from "../../../src/effects/bash/index.ts";

/** A fresh shell in `/w`, whose variables are all known. */
export const fixedContext: ExecutionContext = {
  cwd: "/w",
  home: "/home/u",
  shell: "fresh",
  environment: "fixed",
  filesystem: "ours",
};

/** A fresh shell of somebody's machine: a variable may have any value. */
export const inheritedContext: ExecutionContext = { ...fixedContext, environment: "inherited" };

/** Every effect of a script, in order. */
export function effectsOf(
  script: string,
  context: ExecutionContext = fixedContext,
  residue: Residue = {},
): readonly string[] {
  return analyseBash(script, context, residue).effects.map(notation);
}

/** The effects beyond programs that only look and beyond what is merely read or listed. */
export function actsOf(
  script: string,
  context: ExecutionContext = fixedContext,
  residue: Residue = {},
): readonly string[] {
  return analyseBash(script, context, residue)
    .effects.filter((effect) => !(effect.kind === "execute" && effect.inspects))
    .filter(({ kind }) => kind !== "read" && kind !== "list")
    .map(notation);
}

/**
 * `delete /w/x`, `delete /w/x/** possible`, `write glob:/w/*`, `delete ?"$x"`, `permission chmod
 * /w/x (755)`, `move /w/a > /w/b`, `execute make test (project)`, `look ls -l`, `unknown: why`. What
 * is certain is not marked.
 */
export function notation(effect: Effect): string {
  const mark = effect.certainty === "possible" ? " possible" : "";
  return `${described(effect)}${mark}`;
}

function described(effect: Effect): string {
  switch (effect.kind) {
    case "read":
    case "list":
    case "write":
    case "truncate":
    case "delete":
    case "discard":
      return `${effect.kind} ${place(effect.target, effect.recursive)}`;
    case "permission": {
      const change = effect.change === undefined ? "" : ` (${effect.change})`;
      const incidental = effect.incidental ? " incidental" : "";
      const at = place(effect.target, effect.recursive);
      return `permission ${effect.family} ${at}${change}${incidental}`;
    }
    case "move":
      return `move ${place(effect.target, false)} > ${place(effect.destination, false)}`;
    case "execute": {
      const words = [effect.program, ...effect.words].join(" ");
      return effect.inspects ? `look ${words}` : `execute ${words} (${effect.code})`;
    }
    case "connect":
      return `connect ${effect.host}`;
    case "privilege":
      return `privilege ${effect.how}`;
    case "unknown":
      return `unknown: ${effect.why}`;
  }
}

const prefixes: Record<Target["form"], string> = {
  resolved: "",
  pattern: "glob:",
  unresolved: "?",
};

function place({ form, path }: Target, recursive: boolean): string {
  return `${prefixes[form]}${path}${recursive ? "/**" : ""}`;
}
