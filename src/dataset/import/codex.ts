// Rollouts of Codex: a line for each item of the conversation, and for what happened around it.

import { z } from "zod";
import { isJsonObject, type Json, type JsonObject } from "../../core/json.ts";
import type { MessagePart } from "../../core/message.ts";
import { type Imported, type ImportedCall, type ImportFormat, problem } from "./format.ts";
import { createPrompts, type PromptReader, type Session } from "./prompts.ts";
import { isProblem, json, objectOf, reasonOf, rowsOf, timeOf } from "./rows.ts";
import type { ImportSource } from "./source.ts";

export const codex: ImportFormat = {
  name: "codex",
  about: "session rollouts of Codex, a trajectory for each prompt",
  catalogue: "codex",
  read,
};

const itemSchema = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("message"),
    role: z.enum(["user", "assistant", "developer", "system"]),
    content: z.array(json),
  }),
  z.object({
    type: z.literal("reasoning"),
    summary: z.array(z.object({ text: z.string() })).default([]),
  }),
  z.object({
    type: z.literal("function_call"),
    name: z.string().min(1),
    arguments: z.string(),
    call_id: z.string(),
  }),
  z.object({ type: z.literal("function_call_output"), call_id: z.string(), output: json }),
  z.object({
    type: z.literal("custom_tool_call"),
    name: z.string().min(1),
    input: z.string(),
    call_id: z.string(),
  }),
  z.object({ type: z.literal("custom_tool_call_output"), call_id: z.string(), output: json }),
  z.object({
    type: z.literal("local_shell_call"),
    call_id: z.string(),
    action: z.object({
      command: z.array(z.string()),
      working_directory: z.string().nullish(),
    }),
  }),
]);
type Item = z.output<typeof itemSchema>;

const itemTypes = new Set<unknown>(itemSchema.options.map(({ shape }) => shape.type.value));

/** What is known of the session, as its lines say it. */
interface Known {
  session: Session;
  cwd?: string;
  /** Prompts are told by events; old rollouts have none. */
  hasEvents: boolean;
}

async function* read(source: ImportSource): AsyncIterable<Imported> {
  const prompts = createPrompts();
  const known: Known = { session: { id: "session", fields: {} }, hasEvents: false };
  for await (const row of rowsOf(source)) {
    if (isProblem(row)) {
      prompts.cut();
      yield row;
      continue;
    }
    const { line, value } = row;
    const payload = isJsonObject(value.payload) ? value.payload : value;
    const at = timeOf(value.timestamp);
    if (value.type === "session_meta" || (line === 1 && typeof value.id === "string")) {
      yield* ended(prompts.end());
      learn(known, payload);
    } else if (value.type === "turn_context") {
      learn(known, payload);
    } else if (value.type === "event_msg") {
      if (payload.type !== "user_message") continue;
      known.hasEvents = true;
      yield* ended(prompts.begin(line, known.session));
    } else if (itemTypes.has(payload.type)) {
      const parsed = itemSchema.safeParse(payload);
      if (!parsed.success) {
        prompts.cut();
        yield problem(line, reasonOf(parsed.error));
        continue;
      }
      const item = parsed.data;
      if (startsPrompt(item, known) || !prompts.isOpen(known.session.id)) {
        // What the harness says before the first prompt belongs to it.
        if (item.type === "message" && (item.role !== "user" || isOfHarness(item))) continue;
        yield* ended(prompts.begin(line, known.session));
      }
      const wrong = take(item, { at, known, prompts });
      if (wrong !== undefined) {
        prompts.cut();
        yield problem(line, wrong);
      }
    }
  }
  yield* ended(prompts.end());
}

function* ended(trajectory: ReturnType<PromptReader["end"]>): Iterable<Imported> {
  if (trajectory !== undefined) yield { kind: "trajectory", trajectory };
}

function learn(known: Known, { id, cwd, model, cli_version, originator }: JsonObject): void {
  const said = Object.entries({ cwd, model, cli_version, originator });
  const fields = Object.fromEntries(
    said.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
  known.session = {
    id: typeof id === "string" ? id : known.session.id,
    fields: { ...known.session.fields, ...fields },
  };
  if (typeof cwd === "string") known.cwd = cwd;
}

function startsPrompt(item: Item, { hasEvents }: Known): boolean {
  if (hasEvents || item.type !== "message" || item.role !== "user") return false;
  return !isOfHarness(item);
}

/** Codex tells the model of its surroundings in messages of the user. */
function isOfHarness({ content }: Extract<Item, { type: "message" }>): boolean {
  return content.some((part) => harnessPattern.test(textIn(part) ?? ""));
}

const harnessPattern = /^<(?:environment_context|user_instructions|turn_aborted)>|^# AGENTS\.md/;

/** The text says what is wrong. */
function take(
  item: Item,
  { at, known, prompts }: { at?: number; known: Known; prompts: PromptReader },
): string | undefined {
  const say = (role: "user" | "assistant" | "system" | "tool", parts: MessagePart[]) =>
    prompts.add({ kind: "message", at, message: { role, parts } });
  const call = (made: Omit<ImportedCall, "cwd">) => {
    const { id, tool, arguments: given } = made;
    say("assistant", [{ type: "call", id, tool, arguments: given }]);
    prompts.call({ ...made, ...(known.cwd === undefined ? {} : { cwd: known.cwd }) }, at);
  };
  switch (item.type) {
    case "message":
      say(item.role === "developer" ? "system" : item.role, item.content.map(partOf));
      return undefined;
    case "reasoning":
      if (item.summary.length > 0) {
        say(
          "assistant",
          item.summary.map(({ text }) => ({ type: "reasoning", text })),
        );
      }
      return undefined;
    case "function_call": {
      const given = objectOf(item.arguments);
      if (given === undefined) return "payload.arguments: must be an object as JSON text";
      call({ id: item.call_id, tool: item.name, arguments: given });
      return undefined;
    }
    case "custom_tool_call":
      call({ id: item.call_id, tool: item.name, arguments: { input: item.input } });
      return undefined;
    case "local_shell_call": {
      const { command, working_directory: workdir } = item.action;
      call({
        id: item.call_id,
        tool: "shell",
        arguments: { command, ...(workdir == null ? {} : { workdir }) },
      });
      return undefined;
    }
    case "function_call_output":
    case "custom_tool_call_output": {
      const { call_id: id, output } = item;
      const exitStatus = exitStatusOf(output);
      const isError = exitStatus !== undefined && exitStatus !== 0;
      say("tool", [{ type: "result", id, content: output, ...(isError ? { isError } : {}) }]);
      const known = prompts.result(
        { id, content: output, isError, ...(exitStatus === undefined ? {} : { exitStatus }) },
        at,
      );
      return known ? undefined : `a result of no call before it: ${id}`;
    }
  }
}

function textIn(part: Json): string | undefined {
  return isJsonObject(part) && typeof part.text === "string" ? part.text : undefined;
}

function partOf(part: Json): MessagePart {
  const text = textIn(part);
  if (text !== undefined) return { type: "text", text };
  const kind = isJsonObject(part) && typeof part.type === "string" ? part.type : "unknown";
  return { type: "other", kind, value: part };
}

/** As the tools of several versions write it: in JSON, or in a line of text. */
function exitStatusOf(output: Json): number | undefined {
  const text = typeof output === "string" ? output : undefined;
  const metadata = text === undefined ? undefined : objectOf(text)?.metadata;
  if (isJsonObject(metadata) && typeof metadata.exit_code === "number") return metadata.exit_code;
  const match = /^(?:Exit code: |Process exited with code )(\d{1,3})$/m.exec(text ?? "");
  return match?.[1] === undefined ? undefined : Number(match[1]);
}
