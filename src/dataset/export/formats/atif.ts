// ATIF v1.7, Harbor's trajectory format: a document a line.
// https://www.harborframework.com/docs/trajectory-format

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

export const atif: ExportFormat = {
  name: "atif",
  about: "ATIF v1.7, a document a line, with what was decided of each call",
  needsPrompt: false,
  encode(row) {
    const steps = stepsOf(row).map((step, i) => ({ step_id: i + 1, ...step }));
    return {
      schema_version: "ATIF-v1.7",
      ...(row.session === undefined ? {} : { session_id: row.session }),
      trajectory_id: rowId(row),
      agent: {
        name: row.agent,
        version: "unknown",
        ...(row.model === undefined ? {} : { model_name: row.model }),
        ...(row.tools.length === 0 ? {} : { tool_definitions: row.tools.map(functionTool) }),
      },
      steps,
      extra: { task: { ...row.task } },
    };
  },
};

/** Results stand with the step that called: they are taken from the messages behind it. */
function stepsOf(row: Row): readonly JsonObject[] {
  const results = new Map<string, Extract<MessagePart, { type: "result" }>>();
  for (const { parts } of row.messages) {
    for (const part of parts) if (part.type === "result") results.set(part.id, part);
  }
  return row.messages.flatMap((message): readonly JsonObject[] => {
    const timestamp = new Date(message.at).toISOString();
    const text = textOf(message.parts);
    if (message.role === "assistant") return [agentStep(row, message, results)];
    if (message.role === "tool" && text === "") return [];
    const source = message.role === "system" ? "system" : "user";
    return [{ timestamp, source, message: text }];
  });
}

function agentStep(
  row: Row,
  message: RowMessage,
  results: ReadonlyMap<string, Extract<MessagePart, { type: "result" }>>,
): JsonObject {
  const { parts, at, model, usage, masked } = message;
  const reasoning = textOf(parts, "reasoning");
  const calls = parts.flatMap((part) => (part.type === "call" ? [part] : []));
  const found = calls.flatMap(({ id }) => results.get(id) ?? []);
  return {
    timestamp: new Date(at).toISOString(),
    source: "agent",
    message: textOf(parts),
    ...(model === undefined ? {} : { model_name: model }),
    ...(reasoning === "" ? {} : { reasoning_content: reasoning }),
    ...(calls.length === 0 ? {} : { tool_calls: calls.map((call) => callOf(row, call)) }),
    ...(found.length === 0 ? {} : { observation: { results: found.map(resultOf) } }),
    ...(usage === undefined ? {} : { metrics: metricsOf(usage) }),
    ...(masked === "in an earlier row" ? { is_copied_context: true } : {}),
  };
}

function callOf(row: Row, { id, tool, arguments: given }: Extract<MessagePart, { type: "call" }>) {
  const judged = row.calls.get(id);
  const guard = judged && {
    verdict: judged.verdict,
    rules: [...judged.rules],
    effects: [...judged.effects],
    step: judged.step,
  };
  return {
    tool_call_id: id,
    function_name: tool,
    arguments: argumentsObject(given),
    ...(guard === undefined ? {} : { extra: { guard } }),
  };
}

function resultOf({ id, content, isError }: Extract<MessagePart, { type: "result" }>): JsonObject {
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
