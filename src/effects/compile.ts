// A mapping, compiled once: picks what applies to a call, and says which arguments nothing accounts for.

import type { Residue } from "../core/effect.ts";
import type { Json } from "../core/json.ts";
import { type CompiledActions, compileActions } from "./actions.ts";
import { type Covered, cover, newCoverage, uncovered } from "./coverage.ts";
import type { Actions, Mapping } from "./mapping.ts";
import type { Reckoning } from "./reckoning.ts";
import { parseSource, type Reference, select } from "./reference.ts";

export interface CompiledTool {
  /** SHA-256 that the tool's input schema must have. */
  readonly schema?: string;
  /** Collects the effects; returns what the call leaves behind. */
  reckon(reckoning: Reckoning): Residue;
}

export function compileTool({ schema, switch: choice, ...actions }: Mapping): CompiledTool {
  const pick = choice === undefined ? always(actions) : choosing(actions, choice);
  return {
    ...(schema === undefined ? {} : { schema }),
    reckon(reckoning) {
      const { parts, covered } = pick(reckoning);
      for (const path of uncovered(reckoning.given, covered)) {
        reckoning.collector.doubt(`argument ${path} is not described`);
      }
      for (const part of parts) part.apply(reckoning);
      return reckoning.residue;
    },
  };
}

/** What applies to a call, and the arguments that it accounts for. */
interface Variant {
  readonly parts: readonly CompiledActions[];
  readonly covered: Covered;
}

function always(actions: Actions): () => Variant {
  const variant = toVariant([compileActions(actions)]);
  return () => variant;
}

function choosing(
  actions: Actions,
  { on, cases, absent, otherwise }: NonNullable<Mapping["switch"]>,
): (reckoning: Reckoning) => Variant {
  const base = compileActions(actions);
  const key = parseSource(on);
  if (key?.kind !== "reference") throw new Error(`a switch on a constant: ${on}`);
  const optional: Reference = { ...key, absent: "nothing" };
  // First what distinguishes the case: whether it is privileged, or in doubt, as a whole.
  const withCase = (more: Actions) => toVariant([compileActions(more), base], key);
  const variants = new Map<string | undefined, Variant>(
    Object.entries(cases).map(([name, more]) => [name, withCase(more)]),
  );
  const ifAbsent = absent === undefined ? undefined : withCase(absent);
  const ifOther = otherwise === undefined ? undefined : withCase(otherwise);
  const undescribed = toVariant([base], key);

  return function pickVariant({ given, collector }) {
    const { values, doubts } = select(optional, given);
    for (const doubt of doubts) collector.doubt(doubt);
    const [value] = values;
    const variant = value === undefined ? ifAbsent : (variants.get(caseOf(value)) ?? ifOther);
    if (variant === undefined) collector.doubt(`what argument ${on} says is not described`);
    return variant ?? undescribed;
  };
}

/** The cases `true` and `false` are booleans: tools disagree on what the texts mean. */
function caseOf(value: Json): string | undefined {
  if (typeof value === "boolean") return `${value}`;
  return typeof value === "string" && !/^(?:true|false)$/.test(value) ? value : undefined;
}

function toVariant(parts: readonly CompiledActions[], key?: Reference): Variant {
  const covered = newCoverage();
  for (const reference of parts.flatMap((part) => part.references)) cover(covered, reference);
  if (key !== undefined) cover(covered, key);
  return { parts, covered };
}
