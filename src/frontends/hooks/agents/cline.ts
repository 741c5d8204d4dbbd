// Cline (CLI 3.0.65), to its documented contract. A denial ends the run: its hooks know no other.

import { z } from "zod";
import { isJsonObject } from "../../../core/json.ts";
import { carriedOut, folder, type HookAgent, json, jsonObject, shaped, word } from "../agent.ts";

const common = z.object({
  hookName: z.string(),
  taskId: word,
  workspaceRoots: z.array(z.string()).optional(),
  agent_id: word.nullish(),
  parent_agent_id: word.nullish(),
});
const before = common.extend({
  tool_call: z.object({ id: word, name: word, input: jsonObject }),
});
const after = common.extend({
  tool_result: z.object({
    id: word,
    name: word,
    input: jsonObject,
    output: json.optional(),
    durationMs: z.number().optional(),
  }),
});

export const cline: HookAgent = {
  name: "cline",
  mcpTools: ["", "__"],
  decode(event) {
    const { taskId: session, workspaceRoots = [], ...ids } = shaped(common, event);
    const subagent = ids.parent_agent_id == null ? undefined : (ids.agent_id ?? undefined);
    const [root, ...others] = workspaceRoots;
    // In which of several roots a command runs is not said.
    const cwd = others.length === 0 ? folder(root) : undefined;
    if (isJsonObject(event.tool_call)) {
      const { id, name, input } = shaped(before, event).tool_call;
      return { kind: "before", session, call: { id, tool: name, arguments: input, cwd, subagent } };
    }
    if (isJsonObject(event.tool_result)) {
      const { id, name, input, output = null, durationMs } = shaped(after, event).tool_result;
      const call = { id, tool: name, arguments: input, cwd, subagent };
      const isError = isJsonObject(output) && "error" in output;
      return {
        kind: "after",
        session,
        call,
        came: carriedOut({ result: output, isError, durationMs }),
      };
    }
    return { kind: "other", session };
  },
};
