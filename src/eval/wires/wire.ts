// How a request to a model is written, and its answer read.

import type { z } from "zod";
import type { Json, JsonObject } from "../../core/json.ts";
import type { Message, MessagePart, Usage } from "../../core/message.ts";
import type { OfferedTool } from "../../core/offer.ts";

export interface ModelRequest {
  /** Model id, as the provider calls it. */
  readonly model: string;
  /** Sampling parameters and the like, sent as they are. */
  readonly parameters: JsonObject;
  readonly messages: readonly Message[];
  readonly tools: readonly OfferedTool[];
  /** Sent on where the API takes one. */
  readonly seed: number;
}

export interface ModelAnswer {
  readonly parts: readonly MessagePart[];
  /** The model, as the provider names it, where it does. */
  readonly served: string | undefined;
  readonly finish: string | undefined;
  /** The provider, or the model in a field of its own, would not answer. */
  readonly isRefusal: boolean;
  readonly usage: Usage | undefined;
}

/** No answer was to be had. `isRateLimit`: the provider told to come later until we gave up. */
export class ModelFailure extends Error {
  readonly isRateLimit: boolean;

  constructor(message: string, isRateLimit = false) {
    super(message);
    this.isRateLimit = isRateLimit;
  }
}

export interface Wire {
  readonly name: string;
  /** Behind the provider's URL. */
  readonly path: string;
  request(request: ModelRequest): JsonObject;
  /** @throws ModelFailure where it has not the shape that the API documents */
  answer(body: JsonObject): ModelAnswer;
}

/** @throws ModelFailure */
export function shaped<T>(schema: z.ZodType<T>, body: JsonObject): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue?.path.join(".") ?? "";
  throw new ModelFailure(`an answer of another shape: ${where}: ${issue?.message ?? ""}`);
}

/** What a model wrote as arguments: an object, or its text where that is no JSON. */
export function argumentsIn(text: string): Json {
  if (text.trim() === "") return {};
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

export function textOf(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
