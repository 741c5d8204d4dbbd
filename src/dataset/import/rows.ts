// JSON lines: each an object of a known shape, or a problem with its line number and reason.

import { z } from "zod";
import { messageOf } from "../../core/errors.ts";
import { isJsonObject, type Json, type JsonObject } from "../../core/json.ts";
import { type ImportProblem, problem } from "./format.ts";
import { type ImportSource, maxLineLength } from "./source.ts";

export interface Row {
  readonly line: number;
  readonly text: string;
  readonly value: JsonObject;
}

export async function* rowsOf(source: ImportSource): AsyncIterable<Row | ImportProblem> {
  for await (const { number, text } of source.lines()) {
    if (text === undefined) yield problem(number, `longer than ${maxLineLength} characters`);
    else yield rowOf(number, text);
  }
}

function rowOf(line: number, text: string): Row | ImportProblem {
  try {
    const value: Json = JSON.parse(text);
    return isJsonObject(value) ? { line, text, value } : problem(line, "not a JSON object");
  } catch (error) {
    return problem(line, `not JSON: ${messageOf(error)}`);
  }
}

export function isProblem(found: Row | ImportProblem): found is ImportProblem {
  return "kind" in found;
}

const maxReasons = 3;

/** The first problems of a value that has not the shape, each with its path. */
export function reasonOf(error: z.ZodError): string {
  const reasons = error.issues
    .slice(0, maxReasons)
    .map(({ path, message }) => `${path.length === 0 ? "the row" : path.join(".")}: ${message}`);
  const more = error.issues.length - reasons.length;
  return more > 0 ? `${reasons.join("; ")}; and ${more} more` : reasons.join("; ");
}

/** A member whose value came out of `JSON.parse`. */
export const json = z.custom<Json>((value) => value !== undefined);
export const jsonObject = z.custom<JsonObject>(isJsonObject, "must be an object");

/** The text as JSON, if it is an object. */
export function objectOf(text: string): JsonObject | undefined {
  try {
    const value: Json = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** ISO 8601, or undefined. */
export function timeOf(text: unknown): number | undefined {
  if (typeof text !== "string") return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}
