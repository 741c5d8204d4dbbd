// What answers and notifications say of a task that a call became.

import { isJsonObject, type Json, type JsonObject } from "../../core/json.ts";
import type { TaskSeen } from "../../gateway.ts";
import { rpcCodes } from "./message.ts";
import { type RpcAnswer, readResponse } from "./relay-call.ts";

/** What a task says of itself; undefined: it goes on. */
export function seenIn(task: JsonObject): TaskSeen | undefined {
  const { status, result, error } = task;
  switch (status) {
    case "completed":
    case "failed": {
      // The extension has the result in it; before that it is asked for by itself.
      if (result !== undefined) return ended({ result });
      if (error !== undefined) return ended({ error });
      const observed = { transport: "ok", tool: { isError: status === "failed" } } as const;
      const came = { kind: "carried_out", observed, result: task } as const;
      return { kind: "ended", came, resultUnseen: true };
    }
    case "cancelled": {
      const why = "the server cancelled the task";
      return { kind: "ended", came: { kind: "cancelled", why, dispatched: true } };
    }
    default:
      return undefined;
  }
}

/** Of the answer to `tasks/get` and `tasks/cancel`: a task, or that there is none. */
export function seenInStatus({ result, error }: JsonObject): TaskSeen | undefined {
  if (isJsonObject(result)) return seenIn(result);
  return noSuchTask(error);
}

/** Of the answer to `tasks/result`, which is the result of the call. */
export function seenInResult(answer: JsonObject): TaskSeen | undefined {
  // That the call itself was refused so is not told apart: neither says what came of it.
  return noSuchTask(answer.error) ?? ended(answer);
}

function ended(answer: RpcAnswer): TaskSeen {
  const { observed, result } = readResponse(answer);
  return { kind: "ended", came: { kind: "carried_out", observed, result } };
}

/** "Invalid or nonexistent taskId", and what has expired. */
function noSuchTask(error: Json | undefined): TaskSeen | undefined {
  if (!isJsonObject(error) || error.code !== rpcCodes.invalidParams) return undefined;
  const why = typeof error.message === "string" ? error.message.slice(0, 256) : "";
  return { kind: "lost", why: `the server has no such task: ${why}` };
}
