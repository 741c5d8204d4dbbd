// A guard of the wrapper's own, on the embedded store: several share one data folder.

import type { Writable } from "node:stream";
import type { ToolGroups } from "../compose/analyser.ts";
import { composeGuard } from "../compose.ts";
import { loadConfig } from "../config.ts";
import { systemClock } from "../core/clock.ts";
import { asProctorError, ProctorError } from "../core/errors.ts";
import { toolEffectsSchema } from "../effects/index.ts";
import type { Judge } from "../frontends/stdio/door.ts";
import { createLog } from "../log.ts";
import { thisProgram } from "../program.ts";
import type { WrapOptions } from "./options.ts";

export interface OwnGuardWorld {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly stderr: Writable;
}

export interface OwnGuard extends Judge {
  /** Ends the trajectory of this process, if there is one. */
  end(name: string): Promise<void>;
  close(): Promise<void>;
}

/** @throws ProctorError `invalid_config`, `invalid_policy`, `store_unavailable` */
export async function openOwnGuard(
  { name, catalogue, agent: named, overrides }: WrapOptions,
  world: OwnGuardWorld,
): Promise<OwnGuard> {
  // What a wrapped server works on is the folder that it was started in; and there is no listener at which a person could answer.
  const config = loadConfig(overrides, world.env, world.cwd, {
    workspace: world.cwd,
    approvals: { enabled: false },
  });
  const agents = config.agents.map(({ id }) => id);
  const agent = named ?? agents[0] ?? "default";
  if (!agents.includes(agent)) {
    throw new ProctorError("invalid_config", `no agent "${agent}"; declare it under agents`);
  }
  const server = config.mcpServers[name];
  const inProcess: ToolGroups =
    server === undefined ? new Map([[name, effectsOf(catalogue)]]) : new Map();
  const { folder, version } = thisProgram();
  const { format, level } = config.log;
  const log = createLog({ format, level, nowMs: systemClock.nowMs }, world.stderr);
  const parts = { clock: systemClock, log, version, programFolder: folder, env: world.env };
  const guard = await composeGuard(config, parts, {
    inProcess,
    embeddedTools: false,
    providers: false,
  });
  await guard.start({ counting: false });

  return {
    handle(request, forward) {
      const { call } = request;
      const cwd = server?.cwd ?? call.context.cwd;
      const filesystem = server?.filesystem ?? call.context.filesystem;
      const context = { ...call.context, ...(cwd === undefined ? {} : { cwd }), filesystem };
      return guard.gateway.handle({ ...request, agent, call: { ...call, context } }, forward);
    },
    offered: (_, ...rest) => guard.gateway.offered(agent, ...rest),
    malformed: (_, ...rest) => guard.gateway.malformed(agent, ...rest),
    hidden: (_, ...rest) => guard.gateway.hidden(agent, ...rest),
    task: (news) => guard.gateway.task({ ...news, agent }),
    async end(trajectory) {
      // One that no call has opened is none.
      await guard.trajectories.close(agent, trajectory, "completed").catch(asProctorError);
    },
    close: guard.stop,
  };
}

/** @throws ProctorError `invalid_config` */
function effectsOf(catalogue: string | undefined) {
  const parsed = toolEffectsSchema.safeParse({ catalogue });
  if (parsed.success) return parsed.data;
  throw new ProctorError("invalid_config", `there is no catalogue "${catalogue}"`);
}
