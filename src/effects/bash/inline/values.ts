// What is known of a value in an interpreted program.

import type { Scope, Word, WordPart } from "../command.ts";

/**
 * `text`: a string, a number, or a path object (`type`). `list`: an array, or the arguments of a call.
 * `any`: one of these, as a loop's variable is. `record`: options by name. `name`: a module, function or
 * class by its full name. `object`: something with methods, by its class.
 */
export type Value =
  | { readonly kind: "text"; readonly parts: readonly WordPart[]; readonly type?: string }
  | { readonly kind: "list"; readonly items: readonly Value[] }
  | { readonly kind: "any"; readonly of: readonly Value[] }
  | { readonly kind: "record"; readonly fields: ReadonlyMap<string, Value> }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "object"; readonly type: string; readonly path?: Value }
  | { readonly kind: "unknown"; readonly why: string };

/** Alternatives kept of one value. */
const maxAlternatives = 32;
/** Items of one list that are followed. */
const maxItems = 1_024;
/** Parts kept of one text. */
const maxParts = 256;

export function unknownValue(why: string): Value {
  return { kind: "unknown", why };
}

export function text(known: string, type?: string): Value {
  const parts: WordPart[] = known === "" ? [] : [{ kind: "text", text: known }];
  return type === undefined ? { kind: "text", parts } : { kind: "text", parts, type };
}

/** Some string of which only the kind is known. */
export function someText(why: string, type?: string): Value {
  const parts: WordPart[] = [{ kind: "hole", why }];
  return type === undefined ? { kind: "text", parts } : { kind: "text", parts, type };
}

/** Names that match a pathname pattern in the syntax of `Target`. */
export function matches(parts: readonly WordPart[], type?: string): Value {
  const item: Value = type === undefined ? { kind: "text", parts } : { kind: "text", parts, type };
  return { kind: "list", items: [item] };
}

/** The exact text of a value, where it is known. */
export function known(value: Value | undefined): string | undefined {
  if (value?.kind !== "text") return undefined;
  let all = "";
  for (const part of value.parts) {
    if (part.kind !== "text") return undefined;
    all += part.text;
  }
  return all;
}

/** What a loop over the value, or a subscript with an unknown index, yields. */
export function elementOf(value: Value | undefined): Value {
  if (value?.kind === "list") {
    const [only, ...more] = value.items;
    if (only === undefined) return unknownValue("an element of an empty list");
    return more.length === 0 ? only : { kind: "any", of: value.items.slice(0, maxAlternatives) };
  }
  if (value?.kind === "object" && value.type === "lines") return someText("a line");
  return unknownValue("an element");
}

/**
 * The values that it may be: its items, its alternatives, or itself. Values share their parts, so
 * that a short program may build one with very many of them; beyond a limit it may be anything.
 */
export function alternatives(value: Value | undefined): readonly Value[] {
  if (value === undefined) return [unknownValue("a missing argument")];
  const found: Value[] = [];
  const left: Value[] = [value];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if (found.length + left.length > maxItems) return [unknownValue("one of many values")];
    if (next.kind === "any") left.push(...next.of.toReversed());
    else if (next.kind === "list") left.push(...next.items.toReversed());
    else found.push(next.kind === "object" && next.path !== undefined ? next.path : next);
  }
  return found;
}

/** One of these, as far as they are few. */
function oneOf(values: readonly Value[]): Value {
  const all = values.flatMap((value) => (value.kind === "any" ? value.of : [value]));
  return all.length > maxAlternatives
    ? unknownValue("one of many values")
    : { kind: "any", of: all };
}

export function partsOf(value: Value): readonly WordPart[] {
  switch (value.kind) {
    case "text":
      return value.parts;
    case "name":
      return [{ kind: "hole", why: value.name }];
    case "unknown":
      return [{ kind: "hole", why: value.why }];
    case "object":
      return value.path === undefined ? [{ kind: "hole", why: value.type }] : partsOf(value.path);
    case "list":
    case "any":
    case "record":
      return [{ kind: "hole", why: `a ${value.kind}` }];
  }
}

/** One string behind another. */
export function concat(left: Value, right: Value): Value {
  if (left.kind === "list" && right.kind === "list") {
    return { kind: "list", items: [...left.items, ...right.items].slice(0, maxItems) };
  }
  if (left.kind === "any") return oneOf(left.of.map((each) => concat(each, right)));
  if (right.kind === "any") return oneOf(right.of.map((each) => concat(left, each)));
  if (left.kind !== "text" && right.kind !== "text") return unknownValue("a sum");
  return joined([...partsOf(left), ...partsOf(right)]);
}

/** Path components joined as `os.path.join` and `path.join` do; `restarts`: an absolute one starts anew. */
export function joinPaths(values: readonly Value[], restarts: boolean, type?: string): Value {
  const [first, ...rest] = values;
  if (first === undefined) return text("", type);
  const many = values.findIndex((value) => value.kind === "any");
  const choice = values[many];
  if (choice?.kind === "any") {
    return oneOf(choice.of.map((each) => joinPaths(values.with(many, each), restarts, type)));
  }
  let parts = [...partsOf(first)];
  for (const value of rest) {
    const next = partsOf(value);
    const absolute = next[0]?.kind === "text" && next[0].text.startsWith("/");
    if (absolute && restarts) parts = [...next];
    else if (parts.length === 0) parts = [...next];
    else parts = [...parts, { kind: "text", text: "/" }, ...next];
  }
  const all = joined(parts);
  return type === undefined || all.kind !== "text" ? all : { ...all, type };
}

function joined(parts: readonly WordPart[]): Value {
  if (parts.length > maxParts) return someText("a long text");
  const merged: WordPart[] = [];
  for (const part of parts) {
    const last = merged.at(-1);
    if (part.kind === "text" && last?.kind === "text") {
      merged[merged.length - 1] = { kind: "text", text: last.text + part.text };
    } else merged.push(part);
  }
  return { kind: "text", parts: merged };
}

export function asWord(parts: readonly WordPart[], scope: Scope): Word {
  const plain = parts.every((part) => part.kind === "text");
  const value = plain
    ? parts.map((part) => (part.kind === "text" ? part.text : "")).join("")
    : undefined;
  if (value !== undefined) return scope.word(value);
  const source = parts.map((part) => (part.kind === "hole" ? part.why : part.text)).join("");
  return { ...scope.hole(source), value, parts, source };
}
