// proctor run as the command line asks for it: which guard, for whom.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { RunRequest } from "../cli/run.ts";
import type { Terminal } from "../cli/terminal.ts";
import type { World } from "../compose/world.ts";
import { type Config, loadConfig } from "../config.ts";
import { messageOf, ProctorError } from "../core/errors.ts";
import { namePattern } from "../core/trajectory.ts";
import { type RunGuard, startGuard, useGuard } from "./guards.ts";
import { type RunWorld, runGuarded } from "./index.ts";

export interface RunSurroundings {
  readonly terminal: Terminal;
  readonly world: (config: Config) => World;
  readonly process: RunWorld["process"];
}

/** @throws ProctorError before the command has begun */
export async function runCommand(
  request: RunRequest,
  { terminal, world: worldOf, process }: RunSurroundings,
): Promise<number> {
  // The agent works where the command is started; proctor's own tools are not offered, and there is no
  // listener at which a person could answer.
  const config = loadConfig(request.overrides, terminal.env, terminal.cwd, {
    workspace: terminal.cwd,
    approvals: { enabled: false },
    log: { level: "warn" },
  });
  const world = worldOf(config);
  const agent = request.agent ?? config.agents[0]?.id ?? "default";
  for (const name of [agent, request.task.id, request.trajectory ?? agent]) checkName(name);
  const guard =
    request.server === undefined
      ? await startGuard(config, world, agent)
      : runningGuard(request, config, agent);
  const mcpServers = Object.keys(config.mcpServers);
  const held = Object.entries(config.llm).filter(([, { keyFile, keyEnv }]) => keyFile ?? keyEnv);
  const providers = held.map(([name]) => name);
  const withheld = held.flatMap(([, { keyEnv }]) => keyEnv ?? []);
  try {
    return await runGuarded(
      guard,
      { ...request, agent, mcpServers, providers, withheld },
      { terminal, clock: world.clock, process },
    );
  } finally {
    await guard.close();
  }
}

function runningGuard(
  { server = "", harnessTokenFile, tokenFile }: RunRequest,
  { data }: Config,
  agent: string,
): RunGuard {
  return useGuard({
    url: server,
    harnessToken: readToken(harnessTokenFile ?? join(data, "harness.token")),
    agentToken: readToken(tokenFile ?? join(data, "agent.token")),
    agent,
  });
}

function readToken(file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (cause) {
    throw new ProctorError("invalid_request", `no token: ${messageOf(cause)}`, { cause });
  }
}

function checkName(name: string): void {
  if (namePattern.test(name)) return;
  const detail = `names must match ${namePattern.source}, and one is ${JSON.stringify(name)}`;
  throw new ProctorError("invalid_request", detail);
}
