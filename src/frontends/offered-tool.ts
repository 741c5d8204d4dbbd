// A tool as a model is offered it, where a front end reads it off a wire.

import { z } from "zod";
import type { Json } from "../core/json.ts";
import type { OfferedTool } from "../core/offer.ts";

/** It came out of `JSON.parse`. */
const json = z.custom<Json>((value) => value !== undefined);

/** Members that a server adds of its own are left out. */
export const offeredTool = z.object({
  name: z.string(),
  title: z.string().optional(),
  description: z.string().optional(),
  inputSchema: json.optional(),
  outputSchema: json.optional(),
  annotations: json.optional(),
}) satisfies z.ZodType<OfferedTool>;
