// OpenAI Chat Completions (API reference, "Create chat completion").

import { z } from "zod";
import type { Json, JsonObject } from "../../core/json.ts";
import type { Message, MessagePart } from "../../core/message.ts";
import { argumentsIn, shaped, textOf, type Wire } from "./wire.ts";

const call = z.object({
  id: z.string(),
  function: z.object({ name: z.string(), arguments: z.string() }),
});

const answerSchema = z.object({
  model: z.string().optional(),
  choices: z
    .array(
      z.object({
        finish_reason: z.string().nullish(),
        message: z.object({
          content: z.string().nullish(),
          refusal: z.string().nullish(),
          /** Not of OpenAI: what vLLM, DeepSeek and others call what a model shows of its reasoning. */
          reasoning_content: z.string().nullish(),
          tool_calls: z.array(call).nullish(),
        }),
      }),
    )
    .min(1),
  usage: z
    .object({ prompt_tokens: z.number().optional(), completion_tokens: z.number().optional() })
    .nullish(),
});

export const chat: Wire = {
  name: "openai-chat",
  path: "/chat/completions",
  request: ({ model, parameters, messages, tools, seed }) => ({
    ...parameters,
    model,
    seed,
    messages: messages.flatMap(written),
    tools: tools.map(({ name, description = "", inputSchema = {} }) => ({
      type: "function",
      function: { name, description, parameters: inputSchema },
    })),
  }),
  answer(body) {
    const { choices, model, usage } = shaped(answerSchema, body);
    const [choice] = choices;
    const said = choice?.message;
    const parts: MessagePart[] = [];
    if (said?.reasoning_content) parts.push({ type: "reasoning", text: said.reasoning_content });
    const text = said?.content ?? said?.refusal;
    if (text) parts.push({ type: "text", text });
    for (const { id, function: called } of said?.tool_calls ?? []) {
      const given = argumentsIn(called.arguments);
      parts.push({ type: "call", id, tool: called.name, arguments: given });
    }
    const finish = choice?.finish_reason ?? undefined;
    return {
      parts,
      served: model,
      finish,
      isRefusal: Boolean(said?.refusal) || finish === "content_filter",
      usage: usage ? { input: usage.prompt_tokens, output: usage.completion_tokens } : undefined,
    };
  },
};

/** A message with results is one for each. */
function written({ role, parts }: Message): JsonObject[] {
  if (role === "tool") {
    return parts.flatMap((part) =>
      part.type === "result"
        ? [{ role, tool_call_id: part.id, content: textOf(part.content) }]
        : [],
    );
  }
  const content = parts.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n");
  const calls: Json[] = parts.flatMap((part) =>
    part.type === "call"
      ? [
          {
            id: part.id,
            type: "function",
            function: { name: part.tool, arguments: textOf(part.arguments) },
          },
        ]
      : [],
  );
  if (calls.length === 0) return [{ role, content }];
  return [{ role, content: content === "" ? null : content, tool_calls: calls }];
}
