// What an embedded tool is.

import { z } from "zod";
import type { ContentBlock, ToolDescription, ToolResult } from "../../core/call.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Observed } from "../../core/outcome.ts";
import type { Confined } from "./confined.ts";
import type { ProgramEnd } from "./process.ts";
import type { ToolLimits } from "./schema.ts";

/** What a tool may use. */
export interface ToolScope {
  readonly files: Confined;
  readonly limits: ToolLimits;
  readonly signal: AbortSignal;
  /** Runs one command text in `cwd` (absolute). */
  runBash(text: string, options: { cwd: string; timeoutMs?: number }): Promise<ProgramEnd>;
}

export interface ToolReply {
  readonly result: ToolResult;
  /** Beyond whether it is an error, which stands in the result. */
  readonly observed?: Omit<Observed["tool"], "isError">;
}

export interface EmbeddedTool {
  readonly description: ToolDescription;
  /** What is wrong with these arguments; undefined: nothing. */
  problemWith(given: JsonObject): string | undefined;
  /** @throws ToolFailure; ZodError where `problemWith` would have said why */
  run(given: JsonObject, scope: ToolScope): Promise<ToolReply>;
}

export function defineTool<Schema extends z.ZodObject>(tool: {
  name: string;
  description: string;
  schema: Schema;
  run(given: z.output<Schema>, scope: ToolScope): Promise<ToolReply>;
}): EmbeddedTool {
  const { name, description, schema } = tool;
  return {
    description: { name, description, inputSchema: jsonSchemaOf(schema) },
    problemWith(given) {
      const parsed = schema.safeParse(given);
      return parsed.success ? undefined : z.prettifyError(parsed.error);
    },
    run: (given, scope) => tool.run(schema.parse(given), scope),
  };
}

function jsonSchemaOf(schema: z.ZodObject): JsonObject {
  const text = JSON.stringify(z.toJSONSchema(schema, { io: "input" }));
  return JSON.parse(text);
}

/** A path argument. What else is wrong with a path is found when it is resolved. */
export const pathArgument = z
  .string()
  .min(1)
  .describe("Path in the workspace, relative to it or absolute");

export function textReply(text: string, observed?: ToolReply["observed"]): ToolReply {
  return contentReply([{ type: "text", text }], observed);
}

export function contentReply(
  content: readonly ContentBlock[],
  observed?: ToolReply["observed"],
): ToolReply {
  return { result: { content }, ...(observed === undefined ? {} : { observed }) };
}
