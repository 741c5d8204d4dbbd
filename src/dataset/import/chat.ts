// Chat rows with tool calls: what OpenAI's dialect and TRL's have in common.

import { z } from "zod";
import { isJsonObject, type Json, type JsonObject, jsonOr } from "../../core/json.ts";
import type { MessagePart, MessageRole } from "../../core/message.ts";
import {
  type Imported,
  type ImportedStep,
  type ImportedTrajectory,
  problem,
  type ReadTools,
} from "./format.ts";
import { offeredTools } from "./offered.ts";
import { isProblem, json, jsonObject, objectOf, reasonOf, rowsOf } from "./rows.ts";
import type { ImportSource } from "./source.ts";

export interface Dialect {
  /** How the arguments of a call are written; a text holds an object as JSON. */
  readonly arguments: "text" | "object or text";
}

const callSchema = z.object({
  id: z.string().nullish(),
  function: z.object({ name: z.string().min(1), arguments: json }),
});

const messageSchema = z.object({
  role: z.enum(["system", "developer", "user", "assistant", "tool"]),
  content: z.union([z.string(), z.array(json)]).nullish(),
  reasoning_content: z.string().nullish(),
  /** As some chat templates call it. */
  thinking: z.string().nullish(),
  tool_calls: z.array(callSchema).nullish(),
  tool_call_id: z.string().nullish(),
});
type ChatMessage = z.output<typeof messageSchema>;

const rowSchema = z.object({
  messages: z.array(messageSchema).optional(),
  prompt: z.array(messageSchema).optional(),
  completion: z.array(messageSchema).optional(),
  tools: json.optional(),
});

/** Members that are steps, not fields. */
const stepMembers = new Set(["messages", "prompt", "completion", "tools"]);

export async function* readChat(
  source: ImportSource,
  { digest }: ReadTools,
  dialect: Dialect,
): AsyncIterable<Imported> {
  for await (const row of rowsOf(source)) {
    if (isProblem(row)) {
      yield row;
      continue;
    }
    const parsed = rowSchema.safeParse(row.value);
    if (!parsed.success) {
      yield problem(row.line, reasonOf(parsed.error));
      continue;
    }
    const { messages, prompt = [], completion = [], tools } = parsed.data;
    const steps = stepsOf(messages ?? [...prompt, ...completion], dialect);
    if (typeof steps === "string") {
      yield problem(row.line, steps);
      continue;
    }
    const fields = fieldsOf(row.value);
    // Rows may be alike: the line tells them apart, and stays what it is when the file grows.
    const name = nameIn(fields) ?? `row-${digest(row.text).slice(0, 16)}-${row.line}`;
    const trajectory: ImportedTrajectory = { line: row.line, name, fields, steps };
    const offered = offeredTools(typeof tools === "string" ? jsonOr(tools, null) : tools);
    yield {
      kind: "trajectory",
      trajectory: offered === undefined ? trajectory : { ...trajectory, tools: offered },
    };
  }
}

function fieldsOf(value: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([name]) => !stepMembers.has(name)));
}

/** The first of the members that name a row. */
function nameIn(fields: JsonObject): string | undefined {
  return [fields.trajectory, fields.trajectory_id, fields.id].find(
    (value) => typeof value === "string",
  );
}

/** The text says what is wrong. */
function stepsOf(messages: readonly ChatMessage[], dialect: Dialect): ImportedStep[] | string {
  if (messages.length === 0) return "it has no messages";
  const steps: ImportedStep[] = [];
  /** Calls without a result, oldest first: not every dialect has ids. */
  const open: string[] = [];
  let calls = 0;
  for (const [i, message] of messages.entries()) {
    const at = `messages.${i}`;
    const parts: MessagePart[] = textParts(message);
    const made: ImportedStep[] = [];
    for (const [j, { id, function: called }] of (message.tool_calls ?? []).entries()) {
      const given = argumentsOf(called.arguments, dialect);
      if (given === undefined) {
        return `${at}.tool_calls.${j}.function.arguments: must be an object${dialect.arguments === "text" ? " as JSON text" : ""}`;
      }
      calls += 1;
      const named = id ?? `call-${calls}`;
      open.push(named);
      parts.push({ type: "call", id: named, tool: called.name, arguments: given });
      made.push({ kind: "call", call: { id: named, tool: called.name, arguments: given } });
    }
    if (message.role === "tool") {
      const id = message.tool_call_id ?? open[0];
      const index = id === undefined ? -1 : open.indexOf(id);
      if (id === undefined || index < 0) return `${at}: a result of no call before it`;
      open.splice(index, 1);
      const content = message.content ?? "";
      parts.splice(0, parts.length, { type: "result", id, content });
      made.push({ kind: "result", result: { id, content, isError: false } });
    }
    steps.push({ kind: "message", message: { role: roleOf(message.role), parts } }, ...made);
  }
  return steps;
}

function roleOf(role: ChatMessage["role"]): MessageRole {
  return role === "developer" ? "system" : role;
}

function textParts({ content, reasoning_content, thinking }: ChatMessage): MessagePart[] {
  const reasoning = reasoning_content ?? thinking;
  const parts: MessagePart[] = reasoning == null ? [] : [{ type: "reasoning", text: reasoning }];
  if (typeof content === "string") {
    if (content !== "") parts.push({ type: "text", text: content });
    return parts;
  }
  for (const part of content ?? []) parts.push(partOf(part));
  return parts;
}

function partOf(part: Json): MessagePart {
  if (isJsonObject(part) && part.type === "text" && typeof part.text === "string") {
    return { type: "text", text: part.text };
  }
  const kind = isJsonObject(part) && typeof part.type === "string" ? part.type : "unknown";
  return { type: "other", kind, value: part };
}

function argumentsOf(given: Json, dialect: Dialect): JsonObject | undefined {
  // A call without arguments is often written as an empty text.
  if (typeof given === "string") return given.trim() === "" ? {} : objectOf(given);
  if (dialect.arguments === "text") return undefined;
  return jsonObject.safeParse(given).data;
}
