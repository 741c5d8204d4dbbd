// proctor's own rows: everything that is known of a conversation, in the words of the records.

import { z } from "zod";
import { effectKinds } from "../../../core/effect.ts";
import type { Json, JsonObject } from "../../../core/json.ts";
import { measures } from "../../../core/measure.ts";
import { messageRoles } from "../../../core/message.ts";
import { partSchema, toolSchema } from "../contents.ts";
import type { ExportFormat } from "./format.ts";

const count = z.int().min(0);
const step = z.int().min(1);

const messageShape = z.strictObject({
  role: z.enum(messageRoles),
  parts: z.array(partSchema),
  at: count.describe("milliseconds since the Unix epoch"),
  weight: z.literal([0, 1]).describe("0: not to be learned from"),
  masked: z.enum(["denied", "in an earlier row", "not answered here"]).optional(),
  model: z.string().optional(),
  usage: z
    .strictObject({
      input: count.optional(),
      output: count.optional(),
      cached: count.optional(),
      reasoning: count.optional(),
    })
    .optional(),
});

const callShape = z.strictObject({
  id: z.string(),
  step,
  verdict: z.enum(["allow", "ask", "deny"]),
  rules: z.array(z.string()),
  effects: z.array(z.enum(effectKinds)),
});

const scoreShape = z.discriminatedUnion("value", [
  z.strictObject({ value: z.literal("hit"), step }),
  z.strictObject({ value: z.literal("miss"), acts: z.boolean(), step: step.optional() }),
  z.strictObject({
    value: z.literal("undetermined"),
    why: z.enum(["intervention", "unknown effect", "cut off"]),
    step: step.optional(),
  }),
]);

export const proctor: ExportFormat = {
  name: "proctor",
  about: "everything that is known: messages in parts, decisions, effects, scores, offered tools",
  needsPrompt: false,
  // Open at the top: what is known of a conversation may become more.
  row: z.looseObject({
    trajectory: z.string().describe("agent/name, agent/name~2"),
    conversation: z.int().min(1),
    agent: z.string(),
    model: z.string().optional(),
    task: z.strictObject({
      id: z.string(),
      class: z.string(),
      seed: z.int().optional(),
      condition: z.string().optional(),
    }),
    session: z.string().optional(),
    subagent: z.string().optional().describe("whose conversation it is, if not the agent's own"),
    messages: z.array(messageShape),
    hasPrompt: z.boolean(),
    tools: z.array(toolSchema),
    calls: z.array(callShape).describe("what was decided of each call"),
    scores: z.record(z.enum(measures), scoreShape).optional(),
    steps: z.strictObject({ first: step, last: step }).optional(),
  }),
  encode(row) {
    const { calls, ...rest } = row;
    // Of other conversations of the trajectory their own rows tell.
    const own = new Set(
      row.messages.flatMap(({ parts }) =>
        parts.flatMap((part) => (part.type === "call" ? [part.id] : [])),
      ),
    );
    const judged = [...calls].filter(([id]) => own.has(id)).map(([id, call]) => ({ id, ...call }));
    return jsonOf({ ...rest, calls: judged });
  },
};

/** What is undefined is not there. */
function jsonOf(value: object): JsonObject {
  const plain: { readonly [name: string]: Json } = JSON.parse(JSON.stringify(value));
  return plain;
}
