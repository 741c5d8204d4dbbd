// Contents out of the store: what was written there is checked before it goes into a row.

import { z } from "zod";
import type { Json } from "../../core/json.ts";
import type { MessagePart } from "../../core/message.ts";
import type { OfferedTool } from "../../core/offer.ts";
import type { ContentRef } from "../../core/outcome.ts";
import type { BlobStore } from "../../store/store.ts";

const json = z.custom<Json>((value) => value !== undefined);
const yes = z.literal(true).optional();

export const partSchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("text"), text: z.string() }),
  z.strictObject({ type: z.literal("reasoning"), text: z.string() }),
  z.strictObject({
    type: z.literal("call"),
    id: z.string(),
    tool: z.string(),
    arguments: json,
    provider: yes,
  }),
  z.strictObject({ type: z.literal("result"), id: z.string(), content: json, isError: yes }),
  z.strictObject({ type: z.literal("other"), kind: z.string(), value: json.optional() }),
]) satisfies z.ZodType<MessagePart>;

export const toolSchema = z.strictObject({
  name: z.string(),
  title: z.string().optional(),
  description: z.string().optional(),
  inputSchema: json.optional(),
  outputSchema: json.optional(),
  annotations: json.optional(),
}) satisfies z.ZodType<OfferedTool>;

/** undefined: erased, or a blob that is gone. */
export type ReadContent = (ref: ContentRef) => Promise<Json | undefined>;

export function createReadContent(blobs: BlobStore): ReadContent {
  return async function readContent(ref) {
    if ("inline" in ref) return ref.inline;
    if (!("digest" in ref)) return undefined;
    const bytes = await blobs.blob(ref.digest);
    if (bytes === undefined) return undefined;
    const value: Json = JSON.parse(Buffer.from(bytes).toString("utf8"));
    return value;
  };
}

export function partsIn(value: Json | undefined): readonly MessagePart[] | undefined {
  return z.array(partSchema).safeParse(value).data;
}

export function toolsIn(value: Json | undefined): readonly OfferedTool[] | undefined {
  return z.array(toolSchema).safeParse(value).data;
}
