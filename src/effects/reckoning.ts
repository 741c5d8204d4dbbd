// One call while its effects are collected, and its arguments as texts and paths.

import type { ExecutionContext } from "../core/call.ts";
import type { Effect, Residue, Target } from "../core/effect.ts";
import type { JsonObject } from "../core/json.ts";
import type { Collector } from "./collect.ts";
import { baseOf, type PathBase, resolvePattern, unresolved } from "./paths.ts";
import { type PathReading, readPath } from "./reading.ts";
import { type Source, select } from "./reference.ts";

/** Says what a shell text does. */
export type AnalyseShell = (
  text: string,
  context: ExecutionContext,
  residue: Residue,
) => { readonly effects: readonly Effect[]; readonly residue: Residue };

export interface Reckoning {
  readonly tool: string;
  readonly given: JsonObject;
  readonly context: ExecutionContext;
  readonly reading: PathReading;
  readonly analyseShell: AnalyseShell;
  readonly collector: Collector;
  residue: Residue;
}

export type Apply = (reckoning: Reckoning) => void;

export function textsOf(source: Source, { given, collector }: Reckoning): readonly string[] {
  const { values, doubts } = select(source, given);
  for (const doubt of doubts) collector.doubt(doubt);
  const found = values.filter(isText);
  if (found.length < values.length) collector.doubt(`argument ${source.text} is no text`);
  return found;
}

export function isText(value: unknown): value is string {
  return typeof value === "string";
}

/** `globs`: an argument may be one; a constant of a mapping always may. */
export function targetsOf(source: Source, reckoning: Reckoning, globs = false): readonly Target[] {
  const mayBeGlobs = globs || source.kind === "literal";
  return textsOf(source, reckoning).map((path) =>
    mayBeGlobs && /[*?[{]/.test(path) ? globTarget(path, reckoning) : targetOf(path, reckoning),
  );
}

/** Only what patterns of targets can say. */
function globTarget(glob: string, reckoning: Reckoning): Target {
  return /[[\]{}!\\]/.test(glob) ? unresolved(glob) : resolvePattern(glob, baseIn(reckoning));
}

export function targetOf(path: string, reckoning: Reckoning): Target {
  return readPath(path, baseIn(reckoning), reckoning.reading, reckoning.context);
}

/** Whether a tool goes along where a lasting shell has gone is not known. */
function baseIn({ context, residue }: Reckoning): PathBase {
  const base = baseOf(context);
  const moved = residue.cwd !== undefined && residue.cwd !== context.cwd;
  return moved ? { ...base, cwd: undefined } : base;
}
