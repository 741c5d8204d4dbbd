// What the rows of several formats have in common, as schemas.

import { z } from "zod";

/** A tool as a model is offered it. */
export const toolShape = z.strictObject({
  type: z.literal("function"),
  function: z.strictObject({
    name: z.string(),
    description: z.string().optional(),
    parameters: z.json().describe("JSON Schema of the arguments"),
  }),
});

/** Something of the wire's own, such as a picture. */
const part = z.json();
const content = z.union([z.string(), z.array(part)]);

/** @param args of a call; `extra` members of what the model says */
export function messageShape<Args extends z.ZodType, Extra extends z.ZodRawShape>(
  args: Args,
  extra: Extra,
) {
  const call = z.strictObject({
    id: z.string(),
    type: z.literal("function"),
    function: z.strictObject({ name: z.string(), arguments: args }),
  });
  return z.discriminatedUnion("role", [
    z.strictObject({ role: z.enum(["system", "user"]), content }),
    z.strictObject({
      role: z.literal("assistant"),
      content: z.string().nullable(),
      tool_calls: z.array(call).min(1).optional(),
      ...extra,
    }),
    z.strictObject({
      role: z.literal("tool"),
      tool_call_id: z.string(),
      name: z.string().optional().describe("of the tool that was called"),
      content: z.string(),
    }),
  ]);
}

export const jsonObjectShape = z.record(z.string(), z.json());
