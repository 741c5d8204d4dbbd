// Sets of tools behind the guard: the Vercel AI SDK's by `execute`, LangChain's by `_call`. Neither is
// needed here: these tools have the same members as theirs.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createGuard } from "proctor";

const folder = mkdtempSync(join(tmpdir(), "proctor-example-"));
const guard = await createGuard({
  folder,
  config: { approvals: { enabled: false } },
  tools: {
    shell: {
      cwd: "/srv",
      tools: { bash: { bash: "$.command" }, look: { list: "$.path" } },
    },
  },
});
const run = guard.trajectory({ name: "sets" });

// Vercel AI SDK: pass the result to generateText({ tools }).
const aiTools = run.wrapTools({
  bash: {
    description: "Runs a command",
    inputSchema: {},
    execute: async ({ command }) => `ran ${command}`,
  },
});
const options = { toolCallId: "call_1", messages: [] };
console.log(await aiTools.bash.execute({ command: "ls" }, options));
await aiTools.bash
  .execute({ command: "sudo rm -rf /" }, options)
  .catch((error) => console.log(error.name, error.code));

// LangChain JS: pass the result to bindTools or a ToolNode.
class LookTool {
  name = "look";
  async invoke(input, config) {
    return this._call(input, undefined, config);
  }
  async _call({ path }) {
    return `looked at ${path}`;
  }
}
const [look] = run.wrapTools([new LookTool()]);
console.log(look instanceof LookTool, await look.invoke({ path: "/srv" }));

await guard.close();
rmSync(folder, { recursive: true });

// prints: ran ls
// prints: CallRefused denied_by_policy
// prints: true looked at /srv
