// What an agent's hooks tell of, in one shape for all agents.

import { isAbsolute } from "node:path";
import { z } from "zod";
import { ProctorError } from "../../core/errors.ts";
import { isJsonObject, type Json, type JsonObject } from "../../core/json.ts";
import type { Came } from "../../gateway.ts";
import type { HookAgentName } from "./forms.ts";

/** A tool call as its hook shows it. */
export interface HookCall {
  /** The id that the model gave it, where hooks show that. */
  readonly id?: string;
  readonly tool: string;
  readonly arguments: JsonObject;
  /** Absolute; absent: not known. */
  readonly cwd?: string;
  /** The subagent that makes it, where hooks show that. */
  readonly subagent?: string;
}

/** `prompt` names what the user asked for last, where hooks show that. */
export type HookEvent = { readonly session: string; readonly prompt?: string } & (
  | { readonly kind: "before"; readonly call: HookCall }
  | { readonly kind: "after"; readonly call: HookCall; readonly came: Came }
  /** The user asks for something. */
  | { readonly kind: "prompt" }
  /** What the user asked for is done; or the session is over. */
  | { readonly kind: "end" }
  | { readonly kind: "other" }
);

export interface HookAgent {
  /** In records its tools are those of an upstream of this name, and in the catalogue of this name. */
  readonly name: HookAgentName;
  /** Text may be typed into what its calls have started, and no hook tells of that. */
  readonly typesUnseen?: true;
  /** How a tool of an MCP server is called: `mcp__SERVER__TOOL` has `["mcp__", "__"]`. */
  readonly mcpTools: readonly [before: string, between: string];
  /** @throws ProctorError `invalid_request` */
  decode(event: JsonObject): HookEvent;
}

/** @throws ProctorError `invalid_request` where the event has not the shape that its agent documents */
export function shaped<T>(schema: z.ZodType<T>, event: JsonObject): T {
  const parsed = schema.safeParse(event);
  if (parsed.success) return parsed.data;
  throw new ProctorError("invalid_request", z.prettifyError(parsed.error).replaceAll("\n", " "));
}

/** A member that came out of `JSON.parse`. */
export const jsonObject = z.custom<JsonObject>(isJsonObject, "must be an object");
export const json = z.custom<Json>((value) => value !== undefined, "must be there");
/** Ids and names are an agent's own, and end up in records. */
export const word = z.string().min(1).max(512);

export function folder(cwd: string | undefined): string | undefined {
  return cwd !== undefined && isAbsolute(cwd) ? cwd : undefined;
}

/** A call as most agents spell it in their events. */
export function callIn(
  event: {
    readonly tool_use_id?: string | undefined;
    readonly tool_name: string;
    readonly tool_input: JsonObject;
    /** Of a subagent. */
    readonly agent_id?: string | undefined;
  },
  cwd: string | undefined,
): HookCall {
  const { tool_use_id: id, tool_name: tool, tool_input, agent_id: subagent } = event;
  return { id, tool, arguments: tool_input, cwd: folder(cwd), subagent };
}

export interface CarriedOut {
  readonly result: Json;
  readonly isError?: boolean;
  readonly exitStatus?: number | undefined;
  readonly durationMs?: number | undefined;
}

export function carriedOut({ result, isError, exitStatus, durationMs }: CarriedOut): Came {
  const failed = isError ?? (exitStatus !== undefined && exitStatus !== 0);
  return {
    kind: "carried_out",
    observed: { transport: "ok", tool: { isError: failed, exitStatus } },
    result,
    durationMs,
  };
}

/** The status that a text tells of by this pattern, in its first group. */
export function statusIn(text: Json | undefined, pattern: RegExp): number | undefined {
  const found = typeof text === "string" ? pattern.exec(text)?.[1] : undefined;
  return found === undefined ? undefined : Number(found);
}
