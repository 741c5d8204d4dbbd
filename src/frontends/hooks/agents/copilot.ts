// GitHub Copilot CLI (1.0.102), by its own (camelCase) events: those do not say which they are, and name neither
// calls nor prompts.

import { z } from "zod";
import { isJsonObject, type Json, type JsonObject } from "../../../core/json.ts";
import { carriedOut, folder, type HookAgent, json, shaped, statusIn, word } from "../agent.ts";

const common = z.object({ sessionId: word, cwd: z.string().optional() });
const tool = common.extend({ toolName: word, toolArgs: json });
const done = tool.extend({ toolResult: json });

export const copilot: HookAgent = {
  name: "copilot",
  mcpTools: ["", "-"],
  decode(event) {
    const { sessionId: session, cwd } = shaped(common, event);
    const callOf = ({ toolName, toolArgs }: z.output<typeof tool>) => ({
      tool: toolName,
      arguments: argumentsOf(toolArgs),
      cwd: folder(cwd),
    });
    if ("toolName" in event) {
      if ("toolResult" in event) {
        const { toolResult: result, ...rest } = shaped(done, event);
        return { kind: "after", session, call: callOf(rest), came: cameOf(result) };
      }
      const call = callOf(shaped(tool, event));
      if ("error" in event) {
        return {
          kind: "after",
          session,
          call,
          came: carriedOut({ result: event.error ?? null, isError: true }),
        };
      }
      return { kind: "before", session, call };
    }
    if ("prompt" in event) return { kind: "prompt", session };
    if ("stopReason" in event || "reason" in event) return { kind: "end", session };
    return { kind: "other", session };
  },
};

/** Freeform tools have a text, and others at times their JSON as a text. */
function argumentsOf(given: Json): JsonObject {
  if (isJsonObject(given)) return given;
  if (typeof given !== "string") return { input: given };
  try {
    const parsed: Json = JSON.parse(given);
    if (isJsonObject(parsed)) return parsed;
  } catch {
    // A patch.
  }
  return { input: given };
}

function cameOf(result: Json) {
  const told = isJsonObject(result) ? result : {};
  const exitStatus = statusIn(told.textResultForLlm, /completed with exit code (\d{1,3})>\s*$/);
  const isError = told.resultType !== "success" || (exitStatus ?? 0) !== 0;
  return carriedOut({ result, isError, exitStatus });
}
