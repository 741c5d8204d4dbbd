// In place of the embedded tools, where a guard stands before the tools of others only: the workspace is
// then a folder that policies speak of, and may hold proctor's own.

import { promises as fs } from "node:fs";
import { ProctorError } from "../../core/errors.ts";
import { type EmbeddedTools, embeddedContext, embeddedName } from "./index.ts";

/** @throws ProctorError `invalid_config` where there is no such folder */
export async function noEmbeddedTools(folder: string): Promise<EmbeddedTools> {
  const workspace = await fs.realpath(folder).catch((cause: unknown) => {
    throw new ProctorError("invalid_config", `there is no workspace ${folder}`, { cause });
  });
  const sandbox = { kind: "none", why: "no tools are offered.", hint: "" } as const;
  const unknown = (tool: string) => new ProctorError("unknown_tool", `no tool is named ${tool}`);
  return {
    name: embeddedName,
    workspace,
    sandbox,
    tools: async () => [],
    contextOf: (tool) => embeddedContext(workspace, sandbox, tool),
    hideDenied: false,
    check(tool) {
      throw unknown(tool);
    },
    async forward({ tool }) {
      throw unknown(tool);
    },
  };
}
