// The handle of a task as the result of a call: MCP 2025-11-25, "Tasks" (experimental), and the extension
// io.modelcontextprotocol/tasks of 2026-07-28.

import { isJsonObject, type Json, type JsonObject } from "../../core/json.ts";

/** Longest id that is looked at. */
const maxTaskId = 1024;

export function taskIdIn({ taskId }: JsonObject): string | undefined {
  return typeof taskId === "string" && taskId.length <= maxTaskId ? taskId : undefined;
}

/**
 * The id of the task that a call's result is the handle of. In the era with sessions only a client that
 * asked for a task gets one.
 */
export function taskBegunIn(result: Json | undefined, asked: JsonObject): string | undefined {
  if (!isJsonObject(result)) return undefined;
  if (result.resultType === "task") return taskIdIn(result);
  const { task } = result;
  return asked.task !== undefined && isJsonObject(task) ? taskIdIn(task) : undefined;
}

/** Ids are a session's own, or else the server's. */
export function taskName(session: string, id: string): string {
  return JSON.stringify([session, id]);
}
