// OpenCode (1.18.33), by the events that proctor's plugin sends (`src/cli/install/opencode.ts`).

import { z } from "zod";
import { isJsonObject } from "../../../core/json.ts";
import { carriedOut, folder, type HookAgent, jsonObject, shaped, word } from "../agent.ts";

const common = z.object({
  event: z.enum(["before", "after", "prompt", "end"]),
  session: word,
  prompt: word.optional(),
  cwd: z.string().optional(),
});
const tool = common.extend({ id: word, tool: word, args: jsonObject });
const done = tool.extend({ result: jsonObject });

export const opencode: HookAgent = {
  name: "opencode",
  mcpTools: ["", "_"],
  decode(given) {
    const { event, session, prompt, cwd } = shaped(common, given);
    const which = { session, prompt };
    const callOf = ({ id, tool: name, args }: z.output<typeof tool>) => ({
      id,
      tool: name,
      arguments: args,
      cwd: folder(cwd),
    });
    switch (event) {
      case "before":
        return { kind: "before", ...which, call: callOf(shaped(tool, given)) };
      case "after": {
        const { result, ...rest } = shaped(done, given);
        const exit = isJsonObject(result.metadata) ? result.metadata.exit : undefined;
        const exitStatus = typeof exit === "number" ? exit : undefined;
        const came = carriedOut({ result, exitStatus });
        return { kind: "after", ...which, call: callOf(rest), came };
      }
      case "prompt":
      case "end":
        return { kind: event, ...which };
    }
  },
};
