// Chat rows with tool calls: OpenAI's dialect, and TRL's.

import type { Json, JsonObject } from "../../../core/json.ts";
import type { Row, RowMessage } from "../row.ts";
import {
  argumentsObject,
  contentOf,
  type ExportFormat,
  functionTool,
  resultText,
  rowId,
  type TemplateProfile,
  textOf,
} from "./format.ts";

/** The service's own form: arguments as text, null where a message only calls, `weight` where it is 0. */
const openaiProfile: TemplateProfile = { name: "openai", arguments: "text", empty: null };

export const openai: ExportFormat = {
  name: "openai",
  about: "OpenAI's fine-tuning rows, which many trainers read",
  needsPrompt: true,
  encode(row) {
    const messages = chatMessages(row, openaiProfile).map(({ message, weight }) =>
      message.role === "assistant" && weight === 0 ? { ...message, weight: 0 } : message,
    );
    const tools = row.tools.map(functionTool);
    const parallel = row.messages.some((message) => callsIn(message).length > 1);
    return {
      messages,
      ...(tools.length === 0 ? {} : { tools, parallel_tool_calls: parallel }),
    };
  },
};

export const trl: ExportFormat = {
  name: "trl",
  about: "conversational rows of TRL with a tools column; what not to learn from is in `weights`",
  needsPrompt: true,
  encode(row, profile) {
    const written = chatMessages(row, profile);
    const names = new Map(row.messages.flatMap(callsIn).map(({ id, tool }) => [id, tool]));
    return {
      messages: written.map(({ message }) => named(message, names)),
      tools: row.tools.map(functionTool),
      weights: written.map(({ weight }) => weight),
      id: rowId(row),
      task: row.task.id,
    };
  },
};

/** TRL's tool messages say which tool they are of. */
function named(message: JsonObject, names: ReadonlyMap<string, string>): JsonObject {
  const { tool_call_id: id } = message;
  const name = typeof id === "string" ? names.get(id) : undefined;
  return name === undefined ? message : { ...message, name };
}

interface Written {
  readonly message: JsonObject;
  readonly weight: 0 | 1;
}

/** Each result is a message of its own. */
function chatMessages(row: Row, profile: TemplateProfile): readonly Written[] {
  return row.messages.flatMap((message): readonly Written[] => {
    const { role, parts, weight } = message;
    if (role === "assistant") return [{ message: assistantMessage(message, profile), weight }];
    const results = parts.flatMap((part) => (part.type === "result" ? [part] : []));
    const answers = results.map(
      ({ id, content }): Written => ({
        message: { role: "tool", tool_call_id: id, content: resultText(content) },
        weight: 0,
      }),
    );
    if (role !== "tool") return [{ message: { role, content: contentOf(parts) }, weight: 0 }];
    // Beside its results a client may say something as the user.
    const text = textOf(parts);
    const said: Written[] =
      text === "" ? [] : [{ message: { role: "user", content: text }, weight: 0 }];
    return [...answers, ...said];
  });
}

function assistantMessage(message: RowMessage, profile: TemplateProfile): JsonObject {
  const text = textOf(message.parts);
  const reasoning = textOf(message.parts, "reasoning");
  const calls = callsIn(message).map(({ id, tool, arguments: given }) => ({
    id,
    type: "function",
    function: { name: tool, arguments: argumentsAs(given, profile) },
  }));
  return {
    role: "assistant",
    content: text === "" && calls.length > 0 ? profile.empty : text,
    ...(reasoning === "" ? {} : { reasoning_content: reasoning }),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
  };
}

function argumentsAs(given: Json, profile: TemplateProfile): Json {
  const object = argumentsObject(given);
  return profile.arguments === "object" ? object : JSON.stringify(object);
}

/** What the provider carried out itself has no result here, and is no call to learn. */
function callsIn({ parts }: RowMessage) {
  return parts.flatMap((part) => (part.type === "call" && part.provider !== true ? [part] : []));
}
