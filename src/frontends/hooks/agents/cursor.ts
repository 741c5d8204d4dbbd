// Cursor (3.x), to its documented contract: its program could not be run here.

import { z } from "zod";
import { callIn, carriedOut, type HookAgent, json, jsonObject, shaped, word } from "../agent.ts";

const common = z.object({
  conversation_id: word,
  generation_id: word.optional(),
  hook_event_name: z.string(),
});
const tool = common.extend({
  tool_name: word,
  tool_input: jsonObject,
  tool_use_id: word.optional(),
  cwd: z.string().optional(),
});
const done = tool.extend({ tool_output: json.optional(), duration: z.number().optional() });
const failed = tool.extend({ error_message: z.string().optional() });

export const cursor: HookAgent = {
  name: "cursor",
  // `MCP:TOOL` does not say whose tool it is.
  mcpTools: ["MCP:", ":"],
  decode(event) {
    const { conversation_id, generation_id, hook_event_name } = shaped(common, event);
    const which = { session: conversation_id, prompt: generation_id };
    switch (hook_event_name) {
      case "preToolUse": {
        const asked = shaped(tool, event);
        return { kind: "before", ...which, call: callIn(asked, asked.cwd) };
      }
      case "postToolUse": {
        const { tool_output: result = null, duration: durationMs, ...rest } = shaped(done, event);
        return {
          kind: "after",
          ...which,
          call: callIn(rest, rest.cwd),
          came: carriedOut({ result, durationMs }),
        };
      }
      case "postToolUseFailure": {
        const { error_message: error = "", ...rest } = shaped(failed, event);
        const came = carriedOut({ result: { error }, isError: true });
        return { kind: "after", ...which, call: callIn(rest, rest.cwd), came };
      }
      case "beforeSubmitPrompt":
        return { kind: "prompt", ...which };
      case "stop":
      case "sessionEnd":
        return { kind: "end", ...which };
      default:
        return { kind: "other", ...which };
    }
  },
};
