// What a command would do, and what the policy says of it.

import { homedir } from "node:os";
import type { CheckCommand } from "../cli/check.ts";
import type { Config } from "../config.ts";
import { rolesOf } from "../core/agent.ts";
import type { ExecutionContext } from "../core/call.ts";
import type { Clock } from "../core/clock.ts";
import { analyseBash } from "../effects/bash/index.ts";
import { loadPolicyFrom, type Policy } from "../policy/index.ts";
import { emptyState } from "../trajectory/draft.ts";
import { policyGround } from "./policy.ts";
import type { World } from "./world.ts";

/** What a command would do in a fresh shell of the caller's, and what the policy says of it. */
export async function composeChecker(config: Config, world: World): Promise<CheckCommand> {
  const { paths, load } = policyGround(config, world);
  const policy = await loadPolicyFrom(paths, load);
  return checkerOf(() => policy, world.clock);
}

export function checkerOf(policy: () => Policy, clock: Clock): CheckCommand {
  const key = { agent: "check", name: "check", generation: 1 };
  const history = { count: () => 0 };
  return function check(command, cwd) {
    const context: ExecutionContext = {
      cwd,
      home: homedir(),
      shell: "fresh",
      environment: "inherited",
      filesystem: "ours",
    };
    const { effects } = analyseBash(command, context, {});
    const call = {
      door: "shell",
      upstream: "check",
      tool: "bash",
      arguments: { command },
      context,
    } as const;
    const decision = policy().decide({
      call,
      effects,
      agent: "check",
      roles: rolesOf("check", []),
      taskClass: "production",
      state: emptyState(key),
      facts: { nowMs: clock.nowMs(), agentHistory: history, alarms: [] },
    });
    return { effects, decision };
  };
}
