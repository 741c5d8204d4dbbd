// The analysis that is judged: the text of a command, in the context in which the sandbox runs it.

import type { ExecutionContext } from "../../src/core/call.ts";
import type { Analysis } from "../../src/core/effect.ts";
import { analyseBash } from "../../src/effects/bash/index.ts";
import { home, project } from "./sandbox.ts";

export const context: ExecutionContext = {
  cwd: project,
  home,
  shell: "fresh",
  environment: "fixed",
  filesystem: "ours",
};

export function analyseCommand(command: string): Analysis {
  return analyseBash(command, context, {});
}
