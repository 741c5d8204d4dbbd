// References into a call's arguments, as mappings write them: `$.path`, `$.files[*].path?`, `$.dir ?? .`.

import { isJsonObject, type Json, type JsonObject } from "../core/json.ts";
import { LimitReached, limits } from "./limits.ts";

/** Every element of an array, `[*]`. */
export const everyElement = Symbol("[*]");
/** A member's name, or every element. */
export type Step = string | typeof everyElement;

export interface Reference {
  readonly kind: "reference";
  readonly steps: readonly Step[];
  /** As written, for messages. */
  readonly text: string;
  /** What an absent argument means. */
  readonly absent: "doubt" | "nothing" | { readonly value: string };
}

interface Literal {
  readonly kind: "literal";
  readonly text: string;
}

export type Source = Reference | Literal;

const referencePattern = /^\$((?:\.[\w-]+|\[\*\])+)(\?| \?\? (.+))?$/;

/** undefined: it begins like a reference and is none. */
export function parseSource(text: string): Source | undefined {
  if (!text.startsWith("$")) return { kind: "literal", text };
  const match = referencePattern.exec(text);
  if (match === null) return undefined;
  const [, path = "", suffix, fallback = ""] = match;
  const steps = [...path.matchAll(/\.([\w-]+)|\[\*\]/g)].map(([, name]) => name ?? everyElement);
  return { kind: "reference", steps, text, absent: absentOf(suffix, fallback) };
}

function absentOf(suffix: string | undefined, fallback: string): Reference["absent"] {
  if (suffix === undefined) return "doubt";
  return suffix === "?" ? "nothing" : { value: fallback };
}

/** What a source stands for in one call, and what is doubtful about it. */
export interface Selected {
  readonly values: readonly Json[];
  readonly doubts: readonly string[];
}

/** Null counts as absent: callers with strict schemas send it for what they leave out. */
export function select(source: Source, given: JsonObject): Selected {
  if (source.kind === "literal") return { values: [source.text], doubts: [] };
  const { steps, text, absent } = source;
  const values: Json[] = [];
  const doubts = new Set<string>();

  function follow(value: Json, at: number): void {
    const step = steps[at];
    if (step === undefined) keep(value);
    else if (step === everyElement) {
      if (Array.isArray(value)) for (const element of value) follow(element, at + 1);
      else doubts.add(`argument ${text} has another shape`);
    } else if (!isJsonObject(value)) doubts.add(`argument ${text} has another shape`);
    else {
      const member = memberOf(value, step);
      if (member === undefined) leaveOut();
      else follow(member, at + 1);
    }
  }

  function keep(value: Json): void {
    if (values.length === limits.effects) throw new LimitReached("effects");
    values.push(value);
  }

  function leaveOut(): void {
    if (absent === "doubt") doubts.add(`argument ${text} is missing`);
    else if (absent !== "nothing") keep(absent.value);
  }

  follow(given, 0);
  return { values, doubts: [...doubts] };
}

function memberOf(value: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(value, name) ? (value[name] ?? undefined) : undefined;
}
