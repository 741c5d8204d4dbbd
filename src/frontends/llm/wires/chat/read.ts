// Requests of Chat Completions.

import type { Json, JsonObject } from "../../../../core/json.ts";
import type { Message, MessagePart } from "../../../../core/message.ts";
import type { OfferedTool } from "../../../../core/offer.ts";
import type { Conversation } from "../../../../gateway/messages.ts";
import {
  assistant,
  contentParts,
  objectIn,
  objectsIn,
  reasoningPart,
  requiredObjects,
  requiredText,
  ruledPart,
  textIn,
  textPart,
  without,
} from "../../shape.ts";
import type { ModelRequest } from "../wire.ts";
import { callsOf } from "./calls.ts";

/** What of a request neither is conversation nor shapes the answer; some of it names people. */
const aside: ReadonlySet<string> = new Set([
  "messages",
  "metadata",
  "model",
  "prompt_cache_key",
  "safety_identifier",
  "stream",
  "stream_options",
  "tools",
  "functions",
  "user",
]);

export function read(body: JsonObject): ModelRequest {
  return {
    model: requiredText(body, "model"),
    streams: body.stream === true,
    conversation: conversationOf(requiredObjects(body, "messages")),
    tools: [...objectsIn(body.tools).map(toolOf), ...objectsIn(body.functions).map(functionOf)],
    parameters: without(body, aside),
  };
}

function toolOf(tool: JsonObject): OfferedTool {
  return tool.type === "custom"
    ? functionOf(objectIn(tool.custom))
    : functionOf(objectIn(tool.function));
}

function functionOf({ name, description, parameters, format }: JsonObject): OfferedTool {
  const inputSchema = parameters ?? format;
  return {
    name: textIn(name) ?? "",
    ...(textIn(description) === undefined ? {} : { description: textIn(description) }),
    ...(inputSchema === undefined ? {} : { inputSchema }),
  };
}

const systemRoles: ReadonlySet<Json | undefined> = new Set(["system", "developer"]);

function conversationOf(items: readonly JsonObject[]): Conversation {
  const first = items.findIndex(({ role }) => !systemRoles.has(role));
  const head = first < 0 ? items.length : first;
  return {
    system: items.slice(0, head).map(messageOf),
    messages: items.slice(head).map(messageOf),
  };
}

function messageOf(item: JsonObject): Message {
  const { role, content } = item;
  if (role === "assistant") return assistant(assistantParts(item));
  if (role === "tool" || role === "function") {
    const id = textIn(item.tool_call_id) ?? textIn(item.name) ?? "";
    return { role: "tool", parts: [{ type: "result", id, content: content ?? null }] };
  }
  return { role: systemRoles.has(role) ? "system" : "user", parts: contentParts(content) };
}

export function assistantParts(item: JsonObject): readonly MessagePart[] {
  return [
    ...reasoningPart(textIn(item.reasoning_content) ?? textIn(item.reasoning)),
    ...contentParts(item.content),
    ...textPart(textIn(item.refusal)),
    ...callsOf(item, 0).flatMap((call) => ruledPart(call, { kind: "release" })),
  ];
}
