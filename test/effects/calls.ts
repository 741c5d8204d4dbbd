// Calls and their effects in a line each, for tables.

import type { ExecutionContext, ToolCall } from "../../src/core/call.ts";
import type { Effect, Residue, Target } from "../../src/core/effect.ts";
import type { JsonObject } from "../../src/core/json.ts";
import type { Analyser } from "../../src/effects/analyse.ts";
import { analyseBash } from "../../src/effects/bash/index.ts";
import type { CatalogueName } from "../../src/effects/catalogue/index.ts";
import { createAnalyser, toolEffectsSchema } from "../../src/effects/index.ts";

const remote: ExecutionContext = {
  cwd: "/w",
  home: "/home/me",
  shell: "fresh",
  environment: "inherited",
  filesystem: "remote",
};

/** The embedded tools'. */
export const confined: ExecutionContext = {
  cwd: "/w",
  home: "/w",
  shell: "fresh",
  environment: "fixed",
  filesystem: "ours",
  confinedTo: "/w",
};

export function catalogued(catalogue: CatalogueName): Analyser {
  return analyserOf({ catalogue });
}

/** As the config would give it. */
export function mapped(tools: object): Analyser {
  return analyserOf({ tools });
}

function analyserOf(config: object): Analyser {
  const upstreams = new Map([["up", toolEffectsSchema.parse(config)]]);
  return createAnalyser({ upstreams, analyseShell: analyseBash });
}

export function callOf(tool: string, given: JsonObject, context = remote): ToolCall {
  return { door: "http", upstream: "up", tool, arguments: given, context };
}

export function effectsOf(
  analyser: Analyser,
  tool: string,
  given: JsonObject,
  context = remote,
  residue: Residue = {},
): string[] {
  return analyser.analyse(callOf(tool, given, context), residue).effects.map(inWords);
}

/** `delete /w/a -r`, `truncate? /w/a`, `read ~a~`: a question mark is `possible`, tildes `unresolved`, `glob:` a pattern. */
function inWords(effect: Effect): string {
  const kind = effect.certainty === "possible" ? `${effect.kind}?` : effect.kind;
  const recursive = "recursive" in effect && effect.recursive ? " -r" : "";
  switch (effect.kind) {
    case "read":
    case "truncate":
    case "delete":
    case "discard":
      return `${kind} ${place(effect.target)}${recursive}`;
    case "list":
      return `${kind} ${place(effect.target)}${recursive}${effect.permissions ? " with modes" : ""}`;
    case "write":
      return `${kind} ${place(effect.target)}${effect.creates ? " new" : ""}`;
    case "move":
      return `${kind} ${place(effect.target)} to ${place(effect.destination)}, overwrites ${effect.overwrites}`;
    case "permission":
      return `${kind} ${effect.family} ${effect.change ?? ""} ${place(effect.target)}${recursive}`;
    case "execute":
      return `${kind} ${effect.program}${effect.inspects ? ", looks" : ""}`;
    case "connect":
      return `${kind} ${effect.host}`;
    case "privilege":
      return `${kind} ${effect.how}`;
    case "unknown":
      return `${kind}: ${effect.why}`;
  }
}

function place({ form, path }: Target): string {
  if (form === "resolved") return path;
  return form === "pattern" ? `glob:${path}` : `~${path}~`;
}
