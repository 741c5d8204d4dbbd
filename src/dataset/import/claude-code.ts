// Transcripts of Claude Code: a line for each message, and others that are no step.

import { z } from "zod";
import { isJsonObject, type Json } from "../../core/json.ts";
import type { MessagePart } from "../../core/message.ts";
import { type Imported, type ImportFormat, problem } from "./format.ts";
import { createPrompts, type PromptReader } from "./prompts.ts";
import { isProblem, json, jsonObject, reasonOf, rowsOf, timeOf } from "./rows.ts";
import type { ImportSource } from "./source.ts";

export const claudeCode: ImportFormat = {
  name: "claude-code",
  about: "session transcripts of Claude Code, a trajectory for each prompt",
  catalogue: "claude-code",
  read,
};

const blockSchema = z.union([
  z.object({ type: z.literal("text"), text: z.string() }),
  z.object({ type: z.literal("thinking"), thinking: z.string() }),
  z.object({
    type: z.literal("tool_use"),
    id: z.string(),
    name: z.string().min(1),
    input: jsonObject,
  }),
  z.object({
    type: z.literal("tool_result"),
    tool_use_id: z.string(),
    content: json.optional(),
    is_error: z.boolean().nullish(),
  }),
  z.object({
    type: z
      .string()
      .refine((type) => !["text", "thinking", "tool_use", "tool_result"].includes(type)),
  }),
]);
type Block = z.output<typeof blockSchema>;

const lineSchema = z.object({
  type: z.enum(["user", "assistant"]),
  sessionId: z.string().min(1),
  uuid: z.string().optional(),
  timestamp: z.string().optional(),
  cwd: z.string().optional(),
  version: z.string().optional(),
  gitBranch: z.string().optional(),
  isSidechain: z.boolean().optional(),
  isMeta: z.boolean().optional(),
  message: z.object({
    model: z.string().optional(),
    content: z.union([z.string(), z.array(blockSchema)]),
  }),
});
type TranscriptLine = z.output<typeof lineSchema>;

async function* read(source: ImportSource): AsyncIterable<Imported> {
  const prompts = createPrompts();
  for await (const row of rowsOf(source)) {
    if (isProblem(row)) {
      prompts.cut();
      yield row;
      continue;
    }
    // Summaries, snapshots of files, notes of the harness: no steps.
    if (row.value.type !== "user" && row.value.type !== "assistant") continue;
    const parsed = lineSchema.safeParse(row.value);
    if (!parsed.success) {
      prompts.cut();
      yield problem(row.line, reasonOf(parsed.error));
      continue;
    }
    yield* take(parsed.data, row.line, prompts);
  }
  yield* ended(prompts.end());
}

function* ended(trajectory: ReturnType<PromptReader["end"]>): Iterable<Imported> {
  if (trajectory !== undefined) yield { kind: "trajectory", trajectory };
}

function* take(entry: TranscriptLine, line: number, prompts: PromptReader): Iterable<Imported> {
  if (entry.isSidechain === true) {
    yield { kind: "left out", line, what: "messages of subagents" };
    return;
  }
  const { sessionId, cwd, version, gitBranch, message } = entry;
  const blocks: readonly Block[] =
    typeof message.content === "string"
      ? [{ type: "text", text: message.content }]
      : message.content;
  const isPrompt =
    entry.type === "user" &&
    entry.isMeta !== true &&
    !blocks.some(({ type }) => type === "tool_result");
  if (isPrompt || !prompts.isOpen(sessionId)) {
    const known = { session: sessionId, cwd, version, gitBranch, model: message.model };
    const fields = Object.fromEntries(
      Object.entries(known).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, value]],
      ),
    );
    yield* ended(prompts.begin(line, { id: sessionId, fields }));
  }
  // What is resumed is written anew by some versions.
  if (entry.uuid !== undefined && prompts.isSeen(entry.uuid)) return;
  const at = timeOf(entry.timestamp);
  const parts = blocks.map(partOf);
  const isResult = parts.some(({ type }) => type === "result");
  const role = isResult ? "tool" : entry.type === "user" ? "user" : "assistant";
  prompts.add({ kind: "message", at, message: { role, parts } });
  for (const block of blocks) takeBlock(block, { at, cwd, prompts });
}

/** What Claude Code says to the model for a call that its user did not permit. */
const rejection = /^(?:<[^>]*>)?The user doesn't want to (?:proceed|take this action)/;

function takeBlock(
  block: Block,
  { at, cwd, prompts }: { at?: number; cwd?: string; prompts: PromptReader },
): void {
  if ("input" in block) {
    const { id, name: tool, input } = block;
    prompts.call({ id, tool, arguments: input, ...(cwd === undefined ? {} : { cwd }) }, at);
  }
  if ("tool_use_id" in block) {
    const { tool_use_id: id, content = "", is_error } = block;
    const isError = is_error === true;
    const refused = isError && rejection.test(textOf(content));
    prompts.result(
      { id, content, isError, ...(refused ? { refused: "the user did not permit it" } : {}) },
      at,
    );
  }
}

function textOf(content: Json): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  const [first] = content;
  return isJsonObject(first) && typeof first.text === "string" ? first.text : "";
}

function partOf(block: Block): MessagePart {
  if ("text" in block) return { type: "text", text: block.text };
  if ("thinking" in block) return { type: "reasoning", text: block.thinking };
  if ("input" in block) {
    return { type: "call", id: block.id, tool: block.name, arguments: block.input };
  }
  if ("tool_use_id" in block) {
    const { tool_use_id: id, content = "", is_error } = block;
    return { type: "result", id, content, ...(is_error === true ? { isError: true } : {}) };
  }
  return { type: "other", kind: block.type };
}
