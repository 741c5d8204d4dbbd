// Calls in messages and fragments of Chat Completions.

import type { JsonObject } from "../../../../core/json.ts";
import { argumentsOf, objectIn, objectsIn, textIn } from "../../shape.ts";
import type { ModelCall } from "../wire.ts";
/** The calls of a whole message. The deprecated `function_call` stands behind all of them. */
export function callsOf(message: JsonObject, choice: number): readonly ModelCall[] {
  const calls = objectsIn(message.tool_calls).map((call, index) =>
    callOf(call, `${choice}:${index}`),
  );
  const { function_call: old } = message;
  if (old === undefined || old === null) return calls;
  return [...calls, callOf({ function: old }, `${choice}:${oldIndex}`)];
}

function callOf(call: JsonObject, key: string): ModelCall {
  const id = textIn(call.id) ?? "";
  const custom = objectIn(call.custom);
  if (call.type === "custom") {
    return { key, id, tool: textIn(custom.name) ?? "", arguments: { input: custom.input ?? "" } };
  }
  const { name, arguments: text } = objectIn(call.function);
  return { key, id, tool: textIn(name) ?? "", arguments: argumentsOf(textIn(text) ?? "") };
}

/** Of the deprecated `function_call`, which has no index. */
export const oldIndex = -1;

/** A `tool_calls` entry, or a fragment of one, with other arguments in full. */
export function withArguments(call: JsonObject, given: JsonObject): JsonObject {
  if (call.type === "custom") {
    return { ...call, custom: { ...objectIn(call.custom), input: given.input ?? "" } };
  }
  return {
    ...call,
    function: { ...objectIn(call.function), arguments: JSON.stringify(given) },
  };
}

export function fragmentsIn(delta: JsonObject): readonly JsonObject[] {
  const { function_call: old } = delta;
  const fragments = objectsIn(delta.tool_calls);
  return old === undefined || old === null
    ? fragments
    : [...fragments, { index: oldIndex, function: old }];
}
