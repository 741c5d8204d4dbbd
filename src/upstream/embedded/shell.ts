// Runs command texts for the bash tool, each in a shell of its own.

import { messageOf, ProctorError } from "../../core/errors.ts";
import { type ProgramEnd, runProgram } from "./process.ts";
import {
  bashCommand,
  type Command,
  createConfinement,
  type Sandbox,
  type Surroundings,
  shellEnvironment,
} from "./sandbox.ts";
import type { BashConfig } from "./schema.ts";
import type { ToolScope } from "./tool.ts";

/** Bound to one call by its signal. */
export async function createRunBash(
  surroundings: Surroundings,
  sandbox: Sandbox,
  config: BashConfig,
): Promise<(signal: AbortSignal) => ToolScope["runBash"]> {
  const prepare = await createPrepare(surroundings, sandbox, config);
  const env = shellEnvironment(surroundings.workspace);
  const { maxOutputBytes, maxTotalBytes } = config;
  return (signal) =>
    async function runBash(text, { cwd, timeoutMs = config.timeoutMs }): Promise<ProgramEnd> {
      const limits = { maxOutputBytes, maxTotalBytes };
      const time = Math.min(timeoutMs, config.maxTimeoutMs);
      try {
        return await runProgram({ ...prepare(text, cwd), env, timeoutMs: time, signal, ...limits });
      } catch (error) {
        if (signal.aborted) throw error;
        const detail = messageOf(error);
        // spawn(2) failed, so nothing ran.
        throw new ProctorError("upstream_unreachable", `bash: ${detail}`, { cause: error });
      }
    };
}

/** `cwd` of what comes back is that of the program that is started. */
type Prepare = (text: string, cwd: string) => Command & { readonly cwd: string };

async function createPrepare(
  surroundings: Surroundings,
  sandbox: Sandbox,
  { maxProcesses }: BashConfig,
): Promise<Prepare> {
  switch (sandbox.kind) {
    case "bubblewrap": {
      const confine = await createConfinement(surroundings, sandbox.features);
      // bwrap itself starts where nothing can be swapped; within, it goes to the folder.
      return (text, cwd) => ({ ...confine(cwd, bashCommand(text, maxProcesses)), cwd: "/" });
    }
    case "dangerouslyUnsandboxed":
      // The limit would count all processes of proctor's user.
      return (text, cwd) => ({ ...bashCommand(text, "unlimited"), cwd });
    case "none":
      return () => {
        throw new ProctorError("unknown_tool", "bash is not offered here");
      };
  }
}
