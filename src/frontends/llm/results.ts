// Results of tool calls, as a client sends them with its next request.

import type { ToolCall } from "../../core/call.ts";
import { isJsonObject } from "../../core/json.ts";
import type { Message, MessagePart } from "../../core/message.ts";
import type { LlmUpstream } from "../../upstream/upstream.ts";
import { toolCallOf } from "./judge.ts";

type Part<Type extends MessagePart["type"]> = Extract<MessagePart, { type: Type }>;

/** Those behind the last thing that the model said: all before were sent with earlier requests. */
export function newestResults(messages: readonly Message[]): readonly Part<"result">[] {
  const last = messages.findLastIndex(({ role }) => role === "assistant");
  return messages
    .slice(last + 1)
    .flatMap(({ parts }) => parts.filter((part) => part.type === "result"));
}

/** The call of this id, as the client's history has it. */
export function callNamed(
  id: string,
  messages: readonly Message[],
  upstream: LlmUpstream,
): ToolCall | undefined {
  const calls = messages.flatMap(({ parts }) => parts.filter((part) => part.type === "call"));
  const found = calls.findLast((call) => call.id === id && call.provider !== true);
  if (found === undefined || id === "") return undefined;
  const given = isJsonObject(found.arguments) ? found.arguments : { input: found.arguments };
  return toolCallOf({ id, tool: found.tool, arguments: given }, upstream);
}
