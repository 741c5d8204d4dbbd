// Gemini CLI (0.61.0). Its events name neither calls nor prompts: calls are told apart by their input, and a prompt
// begins with BeforeAgent.

import { z } from "zod";
import { isJsonObject } from "../../../core/json.ts";
import {
  callIn,
  carriedOut,
  type HookAgent,
  jsonObject,
  shaped,
  statusIn,
  word,
} from "../agent.ts";

const common = z.object({
  session_id: word,
  cwd: z.string().optional(),
  hook_event_name: z.string(),
});
const tool = common.extend({ tool_name: word, tool_input: jsonObject });
const done = tool.extend({ tool_response: jsonObject });

export const geminiCli: HookAgent = {
  name: "gemini-cli",
  mcpTools: ["mcp_", "_"],
  decode(event) {
    const { session_id: session, cwd, hook_event_name } = shaped(common, event);
    switch (hook_event_name) {
      case "BeforeTool":
        return { kind: "before", session, call: callIn(shaped(tool, event), cwd) };
      case "AfterTool": {
        const { tool_response: result, ...rest } = shaped(done, event);
        // Only a status other than 0 is told of.
        const exitStatus = statusIn(result.llmContent, /^Exit Code: (\d{1,3})$/m);
        const hasFailed = isJsonObject(result.error) || typeof result.error === "string";
        const isError = hasFailed || (exitStatus ?? 0) !== 0;
        const came = carriedOut({ result, isError, exitStatus });
        return { kind: "after", session, call: callIn(rest, cwd), came };
      }
      case "BeforeAgent":
        return { kind: "prompt", session };
      case "AfterAgent":
      case "SessionEnd":
        return { kind: "end", session };
      default:
        return { kind: "other", session };
    }
  },
};
