// OpenAI Codex CLI (0.169.0). It runs no hook for text typed into a running program (`write_stdin`), and tells no
// exit status: a command that failed is taken to have succeeded.

import { z } from "zod";
import { isJsonObject } from "../../../core/json.ts";
import { callIn, carriedOut, type HookAgent, json, jsonObject, shaped, word } from "../agent.ts";

const common = z.object({
  session_id: word,
  turn_id: word.optional(),
  /** For a command, the folder that it names. */
  cwd: z.string().optional(),
  hook_event_name: z.string(),
});
const tool = common.extend({
  tool_name: word,
  tool_input: jsonObject,
  tool_use_id: word,
  agent_id: word.optional(),
});
const done = tool.extend({ tool_response: json });

export const codex: HookAgent = {
  name: "codex",
  typesUnseen: true,
  mcpTools: ["mcp__", "__"],
  decode(event) {
    const { session_id, turn_id, cwd, hook_event_name } = shaped(common, event);
    const which = { session: session_id, prompt: turn_id };
    switch (hook_event_name) {
      case "PreToolUse":
        return { kind: "before", ...which, call: callIn(shaped(tool, event), cwd) };
      case "PostToolUse": {
        const { tool_response: result, ...rest } = shaped(done, event);
        const isError = isJsonObject(result) && result.isError === true;
        return {
          kind: "after",
          ...which,
          call: callIn(rest, cwd),
          came: carriedOut({ result, isError }),
        };
      }
      case "UserPromptSubmit":
        return { kind: "prompt", ...which };
      case "Stop":
      case "SessionEnd":
        return { kind: "end", ...which };
      default:
        return { kind: "other", ...which };
    }
  },
};
