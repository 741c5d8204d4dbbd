// ATIF, Harbor's trajectory format: a document a line. v1.8 is v1.7 with parts that are heard, which no
// conversation here has as files.
// https://www.harborframework.com/docs/trajectory-format

import { z } from "zod";
import type { JsonObject } from "../../../core/json.ts";
import type { MessagePart } from "../../../core/message.ts";
import type { Row, RowMessage } from "../row.ts";
import {
  argumentsObject,
  type ExportFormat,
  functionTool,
  resultText,
  rowId,
  textOf,
} from "./format.ts";
import { jsonObjectShape, toolShape } from "./shapes.ts";

type Call = Extract<MessagePart, { type: "call" }>;
type Result = Extract<MessagePart, { type: "result" }>;

const count = z.int().min(0);
const timestamp = z.iso.datetime();

const callShape = z.strictObject({
  tool_call_id: z.string(),
  function_name: z.string(),
  arguments: jsonObjectShape,
  extra: z
    .strictObject({
      guard: z.strictObject({
        verdict: z.enum(["allow", "ask", "deny"]),
        rules: z.array(z.string()),
        effects: z.array(z.string()),
        step: z.int().min(1),
      }),
    })
    .optional()
    .describe("what was decided of the call, where it was judged"),
});

const resultShape = z.strictObject({
  source_call_id: z.string(),
  content: z.string(),
  extra: z.strictObject({ is_error: z.literal(true) }).optional(),
});

const leftOut = z.array(z.string()).optional().describe("parts that are no text, by kind");

const stepShape = z.discriminatedUnion("source", [
  z.strictObject({
    step_id: z.int().min(1),
    timestamp,
    source: z.enum(["system", "user"]),
    message: z.string(),
    extra: z.strictObject({ left_out: leftOut }).optional(),
  }),
  z.strictObject({
    step_id: z.int().min(1),
    timestamp,
    source: z.literal("agent"),
    message: z.string(),
    model_name: z.string().optional(),
    reasoning_content: z.string().optional(),
    tool_calls: z.array(callShape).min(1).optional(),
    observation: z.strictObject({ results: z.array(resultShape).min(1) }).optional(),
    metrics: z
      .strictObject({
        prompt_tokens: count.optional(),
        completion_tokens: count.optional(),
        cached_tokens: count.optional(),
      })
      .optional(),
    is_copied_context: z.literal(true).optional(),
    extra: z
      .strictObject({
        masked: z.string().optional().describe("why it is not to be learned from"),
        left_out: leftOut,
      })
      .optional(),
  }),
]);

function atifOf(version: "1.7" | "1.8", name: string, about: string): ExportFormat {
  const schemaVersion = `ATIF-v${version}` as const;
  return {
    name,
    about,
    needsPrompt: false,
    row: z.strictObject({
      schema_version: z.literal(schemaVersion),
      session_id: z.string().optional(),
      trajectory_id: z.string(),
      agent: z.strictObject({
        name: z.string(),
        version: z.string(),
        model_name: z.string().optional(),
        tool_definitions: z.array(toolShape).min(1).optional(),
      }),
      steps: z.array(stepShape).min(1),
      extra: z.strictObject({
        subagent: z
          .string()
          .optional()
          .describe("whose conversation it is, if not the agent's own"),
        task: z.strictObject({
          id: z.string(),
          class: z.string(),
          seed: z.int().optional(),
          condition: z.string().optional(),
        }),
      }),
    }),
    encode(row) {
      const steps = stepsOf(row).map((step, i) => ({ step_id: i + 1, ...step }));
      return {
        schema_version: schemaVersion,
        ...(row.session === undefined ? {} : { session_id: row.session }),
        trajectory_id: rowId(row),
        agent: {
          name: row.agent,
          version: "unknown",
          ...(row.model === undefined ? {} : { model_name: row.model }),
          ...(row.tools.length === 0 ? {} : { tool_definitions: row.tools.map(functionTool) }),
        },
        steps,
        extra: {
          ...(row.subagent === undefined ? {} : { subagent: row.subagent }),
          task: { ...row.task },
        },
      };
    },
  };
}

export const atif = atifOf(
  "1.8",
  "atif",
  "ATIF v1.8, a document a line, with what was decided of each call",
);
export const atif17 = atifOf("1.7", "atif-v1.7", "the same for readers of ATIF v1.7");

/** Results stand with the step that called: they are taken from the messages behind it. */
function stepsOf({ messages, calls: judged }: Row): readonly JsonObject[] {
  const results = messages.flatMap(({ parts }, at) =>
    parts.flatMap((part) => (part.type === "result" ? [{ at, part }] : [])),
  );
  const taken = new Set<Result>();
  return messages.flatMap((message, at): readonly JsonObject[] => {
    const { role, parts } = message;
    if (role === "assistant") {
      const calls = parts.flatMap((part) => (part.type === "call" ? [part] : []));
      const found = calls.flatMap(({ id }) => {
        // Some models give the ids of an earlier message again.
        const next = results.find(
          (one) => one.at > at && one.part.id === id && !taken.has(one.part),
        );
        if (next !== undefined) taken.add(next.part);
        return next === undefined ? [] : [next.part];
      });
      return [agentStep(message, { calls, found, judged })];
    }
    const [text, extra] = [textOf(parts), extraOf({ left_out: kindsLeftOut(parts) })];
    if (role === "tool" && text === "" && extra === undefined) return [];
    return [
      {
        timestamp: new Date(message.at).toISOString(),
        source: role === "system" ? "system" : "user",
        message: text,
        ...(extra === undefined ? {} : { extra }),
      },
    ];
  });
}

function agentStep(
  message: RowMessage,
  of: {
    readonly calls: readonly Call[];
    readonly found: readonly Result[];
    readonly judged: Row["calls"];
  },
): JsonObject {
  const { calls, found, judged } = of;
  const { parts, at, model, usage, masked } = message;
  const reasoning = textOf(parts, "reasoning");
  const extra = extraOf({ masked, left_out: kindsLeftOut(parts) });
  return {
    timestamp: new Date(at).toISOString(),
    source: "agent",
    message: textOf(parts),
    ...(model === undefined ? {} : { model_name: model }),
    ...(reasoning === "" ? {} : { reasoning_content: reasoning }),
    ...(calls.length === 0 ? {} : { tool_calls: calls.map((call) => callOf(judged, call)) }),
    ...(found.length === 0 ? {} : { observation: { results: found.map(resultOf) } }),
    ...(usage === undefined ? {} : { metrics: metricsOf(usage) }),
    ...(masked === "in an earlier row" ? { is_copied_context: true } : {}),
    ...(extra === undefined ? {} : { extra }),
  };
}

/** Pictures and the like: the format has them as files, which a row has not. */
function kindsLeftOut(parts: readonly MessagePart[]): string[] | undefined {
  const kinds = parts.flatMap((part) => (part.type === "other" ? [part.kind] : []));
  return kinds.length === 0 ? undefined : kinds;
}

function extraOf({
  masked,
  left_out,
}: {
  readonly masked?: string | undefined;
  readonly left_out: string[] | undefined;
}): JsonObject | undefined {
  if (masked === undefined && left_out === undefined) return undefined;
  return {
    ...(masked === undefined ? {} : { masked }),
    ...(left_out === undefined ? {} : { left_out }),
  };
}

function callOf(judged: Row["calls"], { id, tool, arguments: given }: Call): JsonObject {
  const found = judged.get(id);
  const guard = found && {
    verdict: found.verdict,
    rules: [...found.rules],
    effects: [...found.effects],
    step: found.step,
  };
  return {
    tool_call_id: id,
    function_name: tool,
    arguments: argumentsObject(given),
    ...(guard === undefined ? {} : { extra: { guard } }),
  };
}

function resultOf({ id, content, isError }: Result): JsonObject {
  return {
    source_call_id: id,
    content: resultText(content),
    ...(isError ? { extra: { is_error: true } } : {}),
  };
}

function metricsOf({ input, output, cached }: NonNullable<RowMessage["usage"]>): JsonObject {
  return {
    ...(input === undefined ? {} : { prompt_tokens: input }),
    ...(output === undefined ? {} : { completion_tokens: output }),
    ...(cached === undefined ? {} : { cached_tokens: cached }),
  };
}
