// Reading what providers and models wrote: whatever has another shape is absent.

import { messageOf, ProctorError } from "../../core/errors.ts";
import {
  isJsonObject,
  type Json,
  type JsonLimits,
  type JsonObject,
  parseJson,
} from "../../core/json.ts";
import type { Message, MessagePart } from "../../core/message.ts";
import type { ModelCall, Ruling, Rulings } from "./wires/wire.ts";

export function textIn(value: Json | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

export function numberIn(value: Json | undefined): number | undefined {
  return typeof value === "number" ? value : undefined;
}

export function objectIn(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

export function objectsIn(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

/** @throws ProctorError `invalid_request` */
export function requiredText(body: JsonObject, member: string): string {
  const text = textIn(body[member]);
  if (text === undefined) throw new ProctorError("invalid_request", `\`${member}\` is no text`);
  return text;
}

/** @throws ProctorError `invalid_request` */
export function requiredObjects(body: JsonObject, member: string): readonly JsonObject[] {
  const value = body[member];
  if (Array.isArray(value) && value.every(isJsonObject)) return value;
  throw new ProctorError("invalid_request", `\`${member}\` is no array of objects`);
}

/** A copy without some members. */
export function without(object: JsonObject, members: ReadonlySet<string>): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !members.has(name)));
}

const argumentLimits: JsonLimits = { maxLength: 8 * 1024 * 1024, maxDepth: 64 };

/**
 * The arguments of a call, which a model wrote as text. What is no JSON object, or could be read as two
 * of them, is a member that no mapping describes, and so in doubt. No text at all: no arguments.
 */
export function argumentsOf(text: string): JsonObject {
  if (text.trim() === "") return {};
  try {
    const value = parseJson(text, argumentLimits);
    return isJsonObject(value) ? value : { [unreadable]: value };
  } catch (error) {
    return { [unreadable]: text, why: messageOf(error) };
  }
}

const unreadable = "unreadable arguments";

/** For the record: the text itself where it is no object. */
export function recordedArguments(given: JsonObject): Json {
  return given[unreadable] ?? given;
}

export function callPart({ id, tool, arguments: given }: Omit<ModelCall, "key">): MessagePart {
  return { type: "call", id, tool, arguments: recordedArguments(given) };
}

export function textPart(text: string | undefined): readonly MessagePart[] {
  return text === undefined || text === "" ? [] : [{ type: "text", text }];
}

/** What OpenAI's wires have as `content`: a text, or parts of which some are texts. */
export function contentParts(content: Json | undefined): readonly MessagePart[] {
  if (typeof content === "string") return textPart(content);
  return objectsIn(content).flatMap((part): readonly MessagePart[] => {
    const text = textIn(part.text) ?? textIn(part.refusal);
    if (text !== undefined) return textPart(text);
    return [{ type: "other", kind: textIn(part.type) ?? "unknown", value: part }];
  });
}

export function reasoningPart(text: string | undefined): readonly MessagePart[] {
  return text === undefined || text === "" ? [] : [{ type: "reasoning", text }];
}

const release: Ruling = { kind: "release" };

export function rulingOf(rulings: Rulings, key: string): Ruling {
  return rulings.get(key) ?? release;
}

export function isDenied(rulings: Rulings, key: string): boolean {
  return rulingOf(rulings, key).kind !== "release";
}

/** A call with what a ruling put in the place of its arguments. */
export function ruledPart(call: ModelCall, ruling: Ruling): readonly MessagePart[] {
  switch (ruling.kind) {
    case "release":
      return [callPart(call)];
    case "replace":
      return [callPart({ ...call, arguments: ruling.arguments })];
    case "drop":
      return textPart(ruling.text);
  }
}

export function assistant(parts: readonly MessagePart[]): Message {
  return { role: "assistant", parts };
}

export function sseText(data: JsonObject, event?: string): string {
  const name = event === undefined ? "" : `event: ${event}\n`;
  return `${name}data: ${JSON.stringify(data)}\n\n`;
}

const encoder = new TextEncoder();

export function sseBytes(data: JsonObject, event?: string): Uint8Array {
  return encoder.encode(sseText(data, event));
}

/** The data of an event as JSON; undefined: it has none, or none that is an object. */
export function dataOf(data: string | undefined): JsonObject | undefined {
  if (data === undefined) return undefined;
  try {
    const value: Json = JSON.parse(data);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Later facts over earlier ones, where they say anything. */
export function merged<Facts extends object>(before: Facts, now: Facts): Facts {
  const known = Object.entries(now).filter(([, value]) => value !== undefined);
  return { ...before, ...Object.fromEntries(known) };
}

/** A text of proctor's behind one of the model's. */
export function apart(before: string, text: string): string {
  return before === "" || before.endsWith("\n") ? text : `\n\n${text}`;
}

export function errorText(error: Json | undefined): string | undefined {
  if (error === undefined || error === null) return undefined;
  return textIn(error) ?? textIn(objectIn(error).message) ?? JSON.stringify(error);
}
