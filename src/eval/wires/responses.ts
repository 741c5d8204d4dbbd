// OpenAI Responses (API reference, "Create a model response"), with the whole history in each request.

import { z } from "zod";
import type { JsonObject } from "../../core/json.ts";
import type { Message, MessagePart, MessageRole } from "../../core/message.ts";
import { argumentsIn, shaped, textOf, type Wire } from "./wire.ts";

const item = z.union([
  z.object({
    type: z.literal("message"),
    content: z.array(
      z.union([
        z.object({ type: z.literal("output_text"), text: z.string() }),
        z.object({ type: z.literal("refusal"), refusal: z.string() }),
      ]),
    ),
  }),
  z.object({
    type: z.literal("function_call"),
    call_id: z.string(),
    name: z.string(),
    arguments: z.string(),
  }),
  z.object({
    type: z.literal("reasoning"),
    summary: z.array(z.object({ text: z.string() })).default([]),
  }),
]);

const answerSchema = z.object({
  model: z.string().optional(),
  status: z.string().optional(),
  incomplete_details: z.object({ reason: z.string().optional() }).nullish(),
  output: z.array(item),
  usage: z
    .object({ input_tokens: z.number().optional(), output_tokens: z.number().optional() })
    .nullish(),
});

export const responses: Wire = {
  name: "openai-responses",
  path: "/responses",
  // It takes no seed.
  request: ({ model, parameters, messages, tools }) => ({
    ...parameters,
    model,
    store: false,
    input: messages.flatMap(written),
    tools: tools.map(({ name, description = "", inputSchema = {} }) => ({
      type: "function",
      name,
      description,
      parameters: inputSchema,
      strict: false,
    })),
  }),
  answer(body) {
    const { output, model, usage, status, incomplete_details } = shaped(answerSchema, body);
    const parts = output.flatMap(partsOf);
    const finish = incomplete_details?.reason ?? status;
    return {
      parts,
      served: model,
      finish,
      isRefusal: finish === "content_filter" || output.some(isRefusal),
      usage: usage ? { input: usage.input_tokens, output: usage.output_tokens } : undefined,
    };
  },
};

type Item = z.output<typeof item>;

function isRefusal(one: Item): boolean {
  return one.type === "message" && one.content.some(({ type }) => type === "refusal");
}

function partsOf(one: Item): readonly MessagePart[] {
  switch (one.type) {
    case "message":
      return one.content.map((content) => ({
        type: "text",
        text: content.type === "refusal" ? content.refusal : content.text,
      }));
    case "function_call": {
      const given = argumentsIn(one.arguments);
      return [{ type: "call", id: one.call_id, tool: one.name, arguments: given }];
    }
    case "reasoning":
      return one.summary.map(({ text }) => ({ type: "reasoning", text }));
  }
}

function written({ role, parts }: Message): JsonObject[] {
  return parts.flatMap((part) => itemOf(role, part));
}

function itemOf(role: MessageRole, part: MessagePart): JsonObject[] {
  switch (part.type) {
    case "text": {
      const type = role === "assistant" ? "output_text" : "input_text";
      return [{ type: "message", role, content: [{ type, text: part.text }] }];
    }
    case "call": {
      const { id, tool: name } = part;
      return [{ type: "function_call", call_id: id, name, arguments: textOf(part.arguments) }];
    }
    case "result":
      return [{ type: "function_call_output", call_id: part.id, output: textOf(part.content) }];
    case "reasoning":
    case "other":
      return [];
  }
}
