// Claude Code (2.1.330).

import { z } from "zod";
import {
  callIn,
  carriedOut,
  type HookAgent,
  json,
  jsonObject,
  shaped,
  statusIn,
  word,
} from "../agent.ts";

const common = z.object({
  session_id: word,
  prompt_id: word.optional(),
  cwd: z.string().optional(),
  hook_event_name: z.string(),
});
const tool = common.extend({
  tool_name: word,
  tool_input: jsonObject,
  tool_use_id: word,
  agent_id: word.optional(),
});
const done = tool.extend({ tool_response: json, duration_ms: z.number().optional() });
const failed = tool.extend({
  error: z.string(),
  is_interrupt: z.boolean().optional(),
  duration_ms: z.number().optional(),
});

export const claudeCode: HookAgent = {
  name: "claude-code",
  mcpTools: ["mcp__", "__"],
  decode(event) {
    const { session_id, prompt_id, cwd, hook_event_name } = shaped(common, event);
    const which = { session: session_id, prompt: prompt_id };
    switch (hook_event_name) {
      case "PreToolUse":
        return { kind: "before", ...which, call: callIn(shaped(tool, event), cwd) };
      case "PostToolUse": {
        const { tool_response: result, duration_ms: durationMs, ...rest } = shaped(done, event);
        return {
          kind: "after",
          ...which,
          call: callIn(rest, cwd),
          came: carriedOut({ result, durationMs }),
        };
      }
      case "PostToolUseFailure": {
        const { error, is_interrupt, duration_ms: durationMs, ...rest } = shaped(failed, event);
        const call = callIn(rest, cwd);
        if (is_interrupt === true) {
          const came = {
            kind: "cancelled",
            why: error || "interrupted",
            dispatched: true,
          } as const;
          return { kind: "after", ...which, call, came };
        }
        const exitStatus = statusIn(error, /^Exit code (\d{1,3})\b/);
        const came = carriedOut({ result: { error }, isError: true, exitStatus, durationMs });
        return { kind: "after", ...which, call, came };
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
