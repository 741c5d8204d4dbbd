// Takes secrets out of JSON before anything is written.

import type { Json, JsonObject } from "../core/json.ts";
import { isJsonObject } from "../core/json.ts";
import type { RedactionConfig } from "./config.ts";
import { tokenFormsOf } from "./config.ts";
import { createDetectors } from "./detectors/index.ts";
import { memberTypeNames, typeOfMember } from "./names.ts";
import type { Placeholders } from "./placeholder.ts";
import { createPlaceholders } from "./placeholder.ts";
import type { Redacted, Redactor } from "./redact.ts";
import { isReference } from "./reference.ts";
import type { TextRedactor } from "./text.ts";
import { createTextRedactor } from "./text.ts";

export { redactionSchema } from "./config.ts";

export interface NamedRedactor extends Redactor {
  /** Every type of secret that is told apart: a closed set, for labels. */
  readonly detectors: readonly string[];
}

/** What is nested deeper than any parser here lets through is taken out as it is. */
const maxDepth = 1000;
const tooDeep = "too_deep";

type Member = readonly [name: string, value: Json];

/** Names of members repeat; beyond so many it is forgotten what they say. */
const maxNames = 2000;

export function createRedactor({
  literals = [],
  tokens = [],
}: Partial<RedactionConfig> = {}): NamedRedactor {
  const texts = createTextRedactor(createDetectors(literals, tokenFormsOf(tokens)));
  const types = new Set([...texts.types, ...memberTypeNames, tooDeep]);
  const typeOf = remembered(typeOfMember);
  return {
    detectors: [...types],
    redact<Value extends Json>(value: Value): Redacted<Value> {
      const counts = new Map<string, number>();
      const walk = createWalk(texts, typeOf, createPlaceholders(types), counts);
      // Strings become strings, and members stay: the shape is the same.
      return { value: walk(value) as Value, counts };
    },
  };
}

function remembered<T>(answer: (name: string) => T): (name: string) => T {
  const answers = new Map<string, T>();
  return function recall(name) {
    const known = answers.get(name);
    if (known !== undefined || answers.has(name)) return known as T;
    if (answers.size >= maxNames) answers.clear();
    const fresh = answer(name);
    answers.set(name, fresh);
    return fresh;
  };
}

/** Returns the very value where there is nothing to take out of it. */
function createWalk(
  texts: TextRedactor,
  typeOf: (name: string) => string | undefined,
  placeholders: Placeholders,
  counts: Map<string, number>,
): (value: Json) => Json {
  const took = (type: string) => void counts.set(type, (counts.get(type) ?? 0) + 1);

  function walk(value: Json, depth: number): Json {
    if (typeof value === "string") return texts.redact(value, placeholders, took);
    if (typeof value !== "object" || value === null) return value;
    if (depth > maxDepth) return placeholderOf(tooDeep, "");
    return isJsonObject(value) ? walkObject(value, depth) : walkArray(value, depth);
  }

  function walkArray(items: readonly Json[], depth: number): Json {
    return mapped(items, (item, i) => {
      const type = optionType(items[i - 1]);
      return type === undefined ? walk(item, depth + 1) : whole(item, type, depth + 1);
    });
  }

  /** `["--token", "x"]`. */
  function optionType(item: Json | undefined): string | undefined {
    return typeof item === "string" && item.startsWith("--") ? typeOf(item) : undefined;
  }

  function walkObject(object: JsonObject, depth: number): Json {
    const entries: readonly Member[] = Object.entries(object);
    const pair = pairType(object);
    const redacted = mapped(entries, (entry): Member => {
      const [name, member] = entry;
      const type = name === "value" && pair !== undefined ? pair : typeOf(name);
      const cleanName = texts.redact(name, placeholders, took);
      const clean = type === undefined ? walk(member, depth + 1) : whole(member, type, depth + 1);
      return clean === member && cleanName === name ? entry : [cleanName, clean];
    });
    return redacted === entries ? object : Object.fromEntries(apart(redacted));
  }

  /** `{ "name": "X-Api-Key", "value": "x" }`. */
  function pairType({ name, key, header }: JsonObject): string | undefined {
    const said = name ?? key ?? header;
    return typeof said === "string" ? typeOf(said) : undefined;
  }

  /** Everything inside that is not a mere word of a schema. */
  function whole(value: Json, type: string, depth: number): Json {
    if (typeof value === "string") return wholeText(value, type);
    if (typeof value === "number") return wholeNumber(value, type);
    if (typeof value !== "object" || value === null) return value;
    if (depth > maxDepth) return placeholderOf(tooDeep, "");
    if (!isJsonObject(value)) return mapped(value, (item) => whole(item, type, depth + 1));
    if (isSchema(value)) return walk(value, depth);
    const entries: readonly Member[] = Object.entries(value);
    const redacted = mapped(entries, (entry): Member => {
      const clean = whole(entry[1], typeOf(entry[0]) ?? type, depth + 1);
      return clean === entry[1] ? entry : [entry[0], clean];
    });
    return redacted === entries ? value : Object.fromEntries(redacted);
  }

  function wholeText(text: string, type: string): string {
    const stays = text === "" || placeholders.isOne(text) || isReference(text);
    return stays ? text : placeholderOf(type, text);
  }

  /** A number under the name of a token is mostly a count. */
  function wholeNumber(number: number, type: string): Json {
    return type === "password" ? placeholderOf(type, String(number)) : number;
  }

  function placeholderOf(type: string, secret: string): string {
    took(type);
    return placeholders.of(type, secret);
  }

  return (value) => walk(value, 0);
}

/** The very array where no item changes. */
function mapped<T>(items: readonly T[], change: (item: T, index: number) => T): readonly T[] {
  let changed: T[] | undefined;
  items.forEach((item, i) => {
    const fresh = change(item, i);
    if (fresh !== item) changed ??= items.slice(0, i);
    changed?.push(fresh);
  });
  return changed ?? items;
}

/** Members whose names have become the same are kept apart. */
function apart(entries: readonly Member[]): Member[] {
  const names = new Set<string>();
  return entries.map(([name, value]) => {
    let own = name;
    while (names.has(own)) own += "_";
    names.add(own);
    return [own, value];
  });
}

/** `properties: { password: { type: "string" } }`: the description of a secret, not one. */
function isSchema({ type, $ref }: JsonObject): boolean {
  return typeof $ref === "string" || (typeof type === "string" && schemaTypes.has(type));
}

const schemaTypes = new Set(["string", "number", "integer", "boolean", "object", "array", "null"]);
