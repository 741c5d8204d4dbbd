// JSON as a type, and a parser that refuses what two readers could read differently.

import canonicalize from "canonicalize";
import { messageOf, ProctorError } from "./errors.ts";

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

/** Bounds of one parsed document. */
export interface JsonLimits {
  /** UTF-16 code units of source text. */
  readonly maxLength: number;
  /** Nesting of arrays and objects. */
  readonly maxDepth: number;
}

/**
 * Parses JSON for a guard: RFC 8259, and beyond it no duplicate member names (which reader wins is
 * undefined there, section 4) and no nesting deeper than `maxDepth`.
 *
 * @throws ProctorError `malformed_json`, `duplicate_key`, `too_deep`, `too_large`
 */
export function parseJson(text: string, limits: JsonLimits): Json {
  if (text.length > limits.maxLength) {
    throw new ProctorError(
      "too_large",
      `JSON text of ${text.length} characters; the limit is ${limits.maxLength}`,
    );
  }
  const shape = measureSource(text);
  if (shape.depth > limits.maxDepth) {
    throw new ProctorError(
      "too_deep",
      `JSON nested ${shape.depth} deep; the limit is ${limits.maxDepth}`,
    );
  }
  const value = parseOrThrow(text);
  // Every member of the source has one colon outside strings, so a value with fewer members than
  // colons had a name twice.
  if (countMembers(value) !== shape.colons) {
    throw new ProctorError("duplicate_key", "a JSON object has the same member name twice");
  }
  return value;
}

/** For text of others that need be no JSON. */
export function jsonOr<Otherwise>(text: string, otherwise: Otherwise): Json | Otherwise {
  try {
    return JSON.parse(text);
  } catch {
    return otherwise;
  }
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Canonical JSON, RFC 8785. What is signed or compared by digest goes through here.
 *
 * @throws ProctorError `malformed_json` where the value has no JSON form
 */
export function canonicalJson(value: Json): string {
  const text = canonicalize(value);
  if (text === undefined) throw new ProctorError("malformed_json", "value has no JSON form");
  return text;
}

function parseOrThrow(text: string): Json {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const detail = messageOf(cause);
    throw new ProctorError("malformed_json", `not valid JSON: ${detail}`, { cause });
  }
}

const quote = 0x22;
const backslash = 0x5c;
const colon = 0x3a;

function measureSource(text: string): { colons: number; depth: number } {
  let colons = 0;
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let i = 0; i < text.length; i += 1) {
    const c = text.charCodeAt(i);
    if (inString) {
      if (c === backslash) i += 1;
      else if (c === quote) inString = false;
    } else if (c === quote) inString = true;
    else if (c === colon) colons += 1;
    else if (c === 0x7b || c === 0x5b) deepest = Math.max(deepest, ++depth);
    else if (c === 0x7d || c === 0x5d) depth -= 1;
  }
  return { colons, depth: deepest };
}

function countMembers(value: Json): number {
  if (typeof value !== "object" || value === null) return 0;
  if (Array.isArray(value)) return value.reduce<number>((n, item) => n + countMembers(item), 0);
  let members = 0;
  for (const item of Object.values(value)) members += 1 + countMembers(item);
  return members;
}
