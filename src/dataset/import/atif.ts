// ATIF v1.x, Harbor's trajectory format: a document a file, or a document a line.

import { z } from "zod";
import { messageOf } from "../../core/errors.ts";
import { isJsonObject, type Json, type JsonObject } from "../../core/json.ts";
import type { MessagePart, MessageRole } from "../../core/message.ts";
import {
  type Imported,
  type ImportedStep,
  type ImportFormat,
  problem,
  type ReadTools,
} from "./format.ts";
import { offeredTools } from "./offered.ts";
import { json, jsonObject, objectOf, reasonOf, timeOf } from "./rows.ts";
import { type ImportSource, maxLineLength } from "./source.ts";

export const atif: ImportFormat = {
  name: "atif",
  about: "ATIF v1.x, a document a file or a line",
  read,
};

const callSchema = z.object({
  tool_call_id: z.string(),
  function_name: z.string().min(1),
  arguments: jsonObject,
  extra: jsonObject.nullish(),
});

const stepSchema = z.object({
  timestamp: z.string().nullish(),
  source: z.enum(["system", "user", "agent"]),
  message: z.union([z.string(), z.array(json)]).nullish(),
  reasoning_content: z.string().nullish(),
  tool_calls: z.array(callSchema).nullish(),
  observation: z
    .object({
      results: z.array(
        z.object({
          source_call_id: z.string().nullish(),
          content: json.nullish(),
          extra: jsonObject.nullish(),
        }),
      ),
    })
    .nullish(),
  is_copied_context: z.boolean().nullish(),
});
type AtifStep = z.output<typeof stepSchema>;

const documentSchema = z.object({
  schema_version: z.string().regex(/^ATIF-v1\./, "must be ATIF-v1.x"),
  session_id: z.string().nullish(),
  trajectory_id: z.string().nullish(),
  agent: z.object({ tool_definitions: json.nullish() }).nullish(),
  steps: z.array(stepSchema).min(1),
  subagent_trajectories: z.array(json).nullish(),
});

async function* read(source: ImportSource, tools: ReadTools): AsyncIterable<Imported> {
  for await (const { line, text } of documentsOf(source)) {
    if (text === undefined) {
      yield problem(line, `longer than ${maxLineLength} characters`);
      continue;
    }
    try {
      const value: Json = JSON.parse(text);
      for (const one of Array.isArray(value) ? value : [value]) yield* ofDocument(line, one, tools);
    } catch (error) {
      yield problem(line, `not JSON: ${messageOf(error)}`);
    }
  }
}

/** A line that is an object is a document; else all lines from there on are one. */
async function* documentsOf(
  source: ImportSource,
): AsyncIterable<{ line: number; text: string | undefined }> {
  const parts: string[] = [];
  let [first, length] = [0, 0];
  for await (const { number, text } of source.lines()) {
    const isWhole = parts.length === 0 && text?.startsWith("{") && objectOf(text) !== undefined;
    if (isWhole || (parts.length === 0 && isBroken(text))) {
      yield { line: number, text };
      continue;
    }
    first ||= number;
    length += text?.length ?? maxLineLength;
    if (length > maxLineLength) {
      yield { line: first, text: undefined };
      return;
    }
    parts.push(text ?? "");
  }
  if (parts.length > 0) yield { line: first, text: parts.join("\n") };
}

/** A line that was meant to be a document: a pretty-printed one opens with a bracket alone. */
function isBroken(text: string | undefined): boolean {
  return text === undefined || !/^\s*[[{]\s*$/.test(text);
}

function* ofDocument(line: number, value: Json, { digest }: ReadTools): Iterable<Imported> {
  const parsed = documentSchema.safeParse(value);
  if (!parsed.success || !isJsonObject(value)) {
    yield problem(line, parsed.success ? "not an object" : reasonOf(parsed.error));
    return;
  }
  const { trajectory_id, session_id, steps, agent, subagent_trajectories } = parsed.data;
  const { steps: _, subagent_trajectories: _more, ...fields } = value;
  const name = trajectory_id ?? session_id ?? `atif-${digest(JSON.stringify(value)).slice(0, 16)}`;
  const offered = offeredTools(agent?.tool_definitions);
  if (subagent_trajectories != null && subagent_trajectories.length > 0) {
    yield { kind: "left out", line, what: "trajectories of subagents" };
  }
  yield {
    kind: "trajectory",
    trajectory: {
      line,
      name,
      fields,
      ...(session_id == null ? {} : { session: session_id }),
      ...(offered === undefined ? {} : { tools: offered }),
      // What was copied from an earlier trajectory happened there.
      steps: steps.filter((step) => step.is_copied_context !== true).flatMap(stepsOf),
    },
  };
}

function stepsOf(step: AtifStep): ImportedStep[] {
  const at = timeOf(step.timestamp);
  const calls = step.tool_calls ?? [];
  const parts = [
    ...(step.reasoning_content == null
      ? []
      : [{ type: "reasoning", text: step.reasoning_content } as const]),
    ...partsOf(step.message ?? ""),
    ...calls.map(
      ({ tool_call_id: id, function_name: tool, arguments: given }): MessagePart => ({
        type: "call",
        id,
        tool,
        arguments: given,
      }),
    ),
  ];
  const results = (step.observation?.results ?? []).flatMap(
    ({ source_call_id, content, extra }): ImportedStep[] => {
      // A single call needs no reference.
      const id = source_call_id ?? (calls.length === 1 ? calls[0]?.tool_call_id : undefined);
      if (id === undefined || !calls.some(({ tool_call_id }) => tool_call_id === id)) return [];
      const isError = extra?.is_error === true || extra?.isError === true;
      const given = content ?? "";
      return [
        { kind: "result", at, result: { id, content: given, isError } },
        { kind: "message", at, message: { role: "tool", parts: [resultPart(id, given, isError)] } },
      ];
    },
  );
  return [
    { kind: "message", at, message: { role: roles[step.source], parts } },
    ...calls.map(({ tool_call_id: id, function_name: tool, arguments: given, extra }) => ({
      kind: "call" as const,
      at,
      call: { id, tool, arguments: given, ...refusal(extra) },
    })),
    ...results,
  ];
}

const roles: Readonly<Record<AtifStep["source"], MessageRole>> = {
  system: "system",
  user: "user",
  agent: "assistant",
};

function resultPart(id: string, content: Json, isError: boolean): MessagePart {
  return { type: "result", id, content, ...(isError ? { isError } : {}) };
}

function partsOf(message: string | readonly Json[]): MessagePart[] {
  if (typeof message === "string") return message === "" ? [] : [{ type: "text", text: message }];
  return message.map((part): MessagePart => {
    if (isJsonObject(part) && part.type === "text" && typeof part.text === "string") {
      return { type: "text", text: part.text };
    }
    const kind = isJsonObject(part) && typeof part.type === "string" ? part.type : "unknown";
    return { type: "other", kind, value: part };
  });
}

/** What a guard said of the call, where it wrote that down. */
function refusal(extra: JsonObject | null | undefined): { refused?: string } {
  const guard = extra?.guard;
  if (!isJsonObject(guard)) return {};
  const { verdict } = guard;
  return verdict === "ask" || verdict === "deny"
    ? { refused: `${verdict}, where it was recorded` }
    : {};
}
