// Chat rows with tool calls: OpenAI's dialect, and TRL's, as lines and as a table.

import { z } from "zod";
import type { Json, JsonObject } from "../../../core/json.ts";
import { type Columns, integer, json, listOf, members, text } from "../columns.ts";
import { argumentsObject, type ExportFormat, functionTool, rowId } from "./format.ts";
import type { TemplateProfile } from "./profiles.ts";
import { jsonObjectShape, messageShape, toolShape } from "./shapes.ts";
import { callsIn, type Turn, turnsOf, unfitFor } from "./turns.ts";

/** The service's own form: arguments as text, null where a message only calls, `weight` where it is 0. */
const openaiProfile: TemplateProfile = {
  name: "openai",
  about: "OpenAI's service",
  arguments: "text",
  empty: null,
  beside: "with",
  calls: "together",
  ids: "kept",
  reasoning: "reasoning_content",
  turns: "kept",
};

const openaiMessage = messageShape(z.string().describe("an object, as JSON text"), {
  reasoning_content: z.string().optional(),
  weight: z.literal(0).optional().describe("not to be learned from"),
});

export const openai: ExportFormat = {
  name: "openai",
  about: "OpenAI's fine-tuning rows, which many trainers read",
  needsPrompt: true,
  row: z.strictObject({
    messages: z.array(openaiMessage),
    tools: z.array(toolShape).optional(),
    parallel_tool_calls: z.boolean().optional(),
  }),
  encode(row) {
    const messages = turnsOf(row, openaiProfile).map((turn) => {
      const message = messageOf(turn, openaiProfile);
      return turn.role === "assistant" && turn.weight === 0 ? { ...message, weight: 0 } : message;
    });
    const tools = row.tools.map(functionTool);
    const parallel = row.messages.some((message) => callsIn(message).length > 1);
    return {
      messages,
      ...(tools.length === 0 ? {} : { tools, parallel_tool_calls: parallel }),
    };
  },
};

const trlMessage = messageShape(
  z.union([z.string(), jsonObjectShape]).describe("an object, or its JSON text, by the profile"),
  { reasoning_content: z.string().optional(), thinking: z.string().optional() },
);

export const trl: ExportFormat = {
  name: "trl",
  about: "conversational rows of TRL with a tools column; what not to learn from is in `weights`",
  needsPrompt: true,
  row: z.strictObject({
    messages: z.array(trlMessage),
    tools: z.array(toolShape),
    weights: z.array(z.literal([0, 1])).describe("of the messages; 0: not to be learned from"),
    id: z.string(),
    task: z.string(),
  }),
  unfit: unfitFor,
  encode(row, profile) {
    const turns = turnsOf(row, profile);
    const names = new Map(
      turns.flatMap(({ calls }) => calls).map(({ id, tool }) => [id, tool] as const),
    );
    return {
      messages: turns.map((turn) => named(messageOf(turn, profile), names)),
      tools: row.tools.map(functionTool),
      weights: turns.map(({ weight }) => weight),
      id: rowId(row),
      task: row.task.id,
    };
  },
};

export const trlParquet: ExportFormat = {
  ...trl,
  name: "trl-parquet",
  about: "the same as a table in Parquet, which loads without a guess at types",
  columns: trlColumns,
  unfit(row, profile) {
    const isText = turnsOf(row, profile).every(({ content }) => typeof content === "string");
    return isText ? unfitFor(row, profile) : "table: a message that is more than text";
  },
};

/**
 * As Hugging Face's datasets have conversations. Whatever differs in shape from row to row is JSON: members
 * of its own would be filled up with nulls in every other row.
 */
function trlColumns(profile: TemplateProfile): Columns {
  const call = members({
    id: text,
    type: text,
    function: members({ name: text, arguments: profile.arguments === "object" ? json : text }),
  });
  const message = members({
    role: text,
    content: text,
    [profile.reasoning]: text,
    tool_calls: listOf(call),
    tool_call_id: text,
    name: text,
  });
  return {
    messages: listOf(message),
    tools: json,
    weights: listOf(integer),
    id: text,
    task: text,
  };
}

/** TRL's tool messages say which tool they are of. */
function named(message: JsonObject, names: ReadonlyMap<string, string>): JsonObject {
  const { tool_call_id: id } = message;
  const name = typeof id === "string" ? names.get(id) : undefined;
  return name === undefined ? message : { ...message, name };
}

function messageOf(turn: Turn, profile: TemplateProfile): JsonObject {
  const { role, content, reasoning, calls, answers } = turn;
  if (answers !== undefined) return { role, tool_call_id: answers, content };
  if (role !== "assistant") return { role, content };
  const made = calls.map(({ id, tool, arguments: given }) => ({
    id,
    type: "function",
    function: { name: tool, arguments: argumentsAs(given, profile) },
  }));
  return {
    role,
    content: content === "" && calls.length > 0 ? profile.empty : content,
    ...(reasoning === "" ? {} : { [profile.reasoning]: reasoning }),
    ...(made.length === 0 ? {} : { tool_calls: made }),
  };
}

function argumentsAs(given: Json, profile: TemplateProfile): Json {
  const object = argumentsObject(given);
  return profile.arguments === "object" ? object : JSON.stringify(object);
}
