// Items of OpenAI's Responses: what a request and an answer are made of.

import { ProctorError } from "../../../../core/errors.ts";
import type { JsonObject } from "../../../../core/json.ts";
import type { Message, MessagePart, Usage } from "../../../../core/message.ts";
import type { OfferedTool } from "../../../../core/offer.ts";
import type { Conversation } from "../../../../gateway/messages.ts";
import {
  argumentsOf,
  assistant,
  callPart,
  contentParts,
  errorText,
  numberIn,
  objectIn,
  objectsIn,
  reasoningPart,
  requiredObjects,
  requiredText,
  textIn,
  textPart,
  without,
} from "../../shape.ts";
import type { AnswerView, ModelCall, ModelRequest } from "../wire.ts";

/** What of a request neither is conversation nor shapes the answer; some of it names people. */
const aside: ReadonlySet<string> = new Set([
  "client_metadata",
  "input",
  "instructions",
  "metadata",
  "model",
  "prompt_cache_key",
  "safety_identifier",
  "stream",
  "stream_options",
  "tools",
  "user",
]);

export function read(body: JsonObject): ModelRequest {
  if (body.background === true) {
    // Its answer would be fetched later, by a request that says nothing of what it was asked.
    throw new ProctorError("invalid_request", "`background` answers are not passed on");
  }
  return {
    model: requiredText(body, "model"),
    streams: body.stream === true,
    conversation: conversationOf(body),
    tools: objectsIn(body.tools).map(toolOf),
    parameters: without(body, aside),
    previous: textIn(body.previous_response_id),
  };
}

/** An answer that the provider keeps waits for results of all of its calls, dropped ones too. */
export function resume(body: JsonObject, results: ReadonlyMap<string, string>): JsonObject {
  const { input = [] } = body;
  const outputs = [...results].map(([call_id, output]) => ({
    type: "function_call_output",
    call_id,
    output,
  }));
  const rest = typeof input === "string" ? [{ role: "user", content: input }] : objectsIn(input);
  return { ...body, input: [...outputs, ...rest] };
}

/** Tools of the provider's own have no schema: what they are is all that is said of them. */
function toolOf(tool: JsonObject): OfferedTool {
  const description = textIn(tool.description);
  return {
    name: textIn(tool.name) ?? textIn(tool.type) ?? "",
    ...(description === undefined ? {} : { description }),
    inputSchema: tool.parameters ?? tool.format ?? tool,
  };
}

function conversationOf(body: JsonObject): Conversation {
  const { input = [], instructions } = body;
  const system: Message[] = textPart(textIn(instructions)).map((part) => systemOf([part]));
  if (typeof input === "string") {
    return { system, messages: [{ role: "user", parts: textPart(input) }] };
  }
  const items = requiredObjects({ input }, "input");
  const first = items.findIndex((item) => !isSystem(item));
  const head = first < 0 ? items.length : first;
  return {
    system: [
      ...system,
      ...items.slice(0, head).map((item) => systemOf(contentParts(item.content))),
    ],
    messages: messagesOf(items.slice(head)),
  };
}

const systemOf = (parts: readonly MessagePart[]): Message => ({ role: "system", parts });
const isSystem = ({ role }: JsonObject) => role === "system" || role === "developer";

/** What a model said in one answer is several items; here it is one message again. */
function messagesOf(items: readonly JsonObject[]): readonly Message[] {
  const found: Message[] = [];
  let said: MessagePart[] = [];
  function end(): void {
    if (said.length > 0) found.push(assistant(said));
    said = [];
  }
  for (const item of items) {
    const other = clientsMessage(item);
    if (other === undefined) said.push(...itemParts(item));
    else {
      end();
      found.push(other);
    }
  }
  end();
  return found;
}

function clientsMessage(item: JsonObject): Message | undefined {
  const type = textIn(item.type) ?? "message";
  if (type === "message" && item.role !== "assistant") {
    return { role: isSystem(item) ? "system" : "user", parts: contentParts(item.content) };
  }
  if (!type.endsWith("_output")) return undefined;
  const id = textIn(item.call_id) ?? textIn(item.id) ?? "";
  return {
    role: "tool",
    parts: [{ type: "result", id, content: item.output ?? item.status ?? null }],
  };
}

/** What of an answer's item goes into the record; reasoning that only the provider can read does not. */
export function itemParts(item: JsonObject): readonly MessagePart[] {
  const type = textIn(item.type) ?? "message";
  if (type === "message") return contentParts(item.content);
  if (type === "reasoning") return reasoningOf(item);
  const call = callIn(item);
  if (call !== undefined) return [callPart(call)];
  const { type: _, id, status: __, ...rest } = item;
  if (!type.endsWith("_call")) return [{ type: "other", kind: type, value: rest }];
  return [{ type: "call", id: textIn(id) ?? "", tool: type, arguments: rest, provider: true }];
}

function reasoningOf({ summary, content }: JsonObject): readonly MessagePart[] {
  const texts = [...objectsIn(content), ...objectsIn(summary)].flatMap(
    ({ text }) => textIn(text) ?? [],
  );
  return reasoningPart(texts.join("\n\n"));
}

/** Calls whose arguments are the item's own members, by the names of the catalogue `openai`. */
const builtIn: ReadonlyMap<string, { readonly tool: string; readonly member: string }> = new Map([
  ["shell_call", { tool: "shell", member: "action" }],
  ["local_shell_call", { tool: "local_shell", member: "action" }],
  ["apply_patch_call", { tool: "apply_patch", member: "operation" }],
]);

/**
 * A call that the client is to carry out. Those have a `call_id`, by which the result is given; what a
 * provider carries out itself has none. The key names id and content, so that a final list which
 * says something else than was judged is judged anew.
 */
export function callIn(item: JsonObject): ModelCall | undefined {
  const id = textIn(item.call_id);
  const type = textIn(item.type) ?? "";
  if (id === undefined || type.endsWith("_output")) return undefined;
  const { tool, given } = actionOf(type, item);
  return { key: JSON.stringify([id, tool, given]), id, tool, arguments: given };
}

function actionOf(type: string, item: JsonObject): { tool: string; given: JsonObject } {
  const own = builtIn.get(type);
  if (own !== undefined)
    return { tool: own.tool, given: { [own.member]: item[own.member] ?? null } };
  if (type === "function_call") {
    return { tool: nameOf(item), given: argumentsOf(textIn(item.arguments) ?? "") };
  }
  if (type === "custom_tool_call")
    return { tool: nameOf(item), given: { input: item.input ?? "" } };
  return { tool: type, given: without(item, named) };
}

const named: ReadonlySet<string> = new Set(["type", "id", "call_id", "status"]);

function nameOf({ name, namespace }: JsonObject): string {
  const space = textIn(namespace);
  return space === undefined ? (textIn(name) ?? "") : `${space}.${textIn(name) ?? ""}`;
}

/** The item of a call with other arguments. */
export function withArguments(item: JsonObject, given: JsonObject): JsonObject {
  const type = textIn(item.type) ?? "";
  const own = builtIn.get(type);
  if (own !== undefined) return { ...item, [own.member]: given[own.member] ?? null };
  if (type === "function_call") return { ...item, arguments: JSON.stringify(given) };
  if (type === "custom_tool_call") return { ...item, input: given.input ?? "" };
  return { ...item, ...given };
}

/** In the place of a call that was dropped. */
export function messageItem(item: JsonObject, text: string): JsonObject {
  const id = `msg_${(textIn(item.id) ?? textIn(item.call_id) ?? "proctor").replace(/^[a-z]+_/, "")}`;
  const content = [{ type: "output_text", text, annotations: [], logprobs: [] }];
  return { id, type: "message", status: "completed", role: "assistant", content };
}

export function facts(response: JsonObject): Omit<AnswerView, "messages" | "isComplete"> {
  const why = textIn(objectIn(response.incomplete_details).reason);
  return {
    id: textIn(response.id),
    served: textIn(response.model),
    finish: why ?? textIn(response.status),
    usage: usageOf(objectIn(response.usage)),
    error: errorText(response.error),
  };
}

function usageOf(usage: JsonObject): Usage | undefined {
  if (Object.keys(usage).length === 0) return undefined;
  return {
    input: numberIn(usage.input_tokens),
    output: numberIn(usage.output_tokens),
    cached: numberIn(objectIn(usage.input_tokens_details).cached_tokens),
    reasoning: numberIn(objectIn(usage.output_tokens_details).reasoning_tokens),
  };
}
