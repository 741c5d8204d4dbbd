// What a run of task suites is composed of: a guard in dry-run mode, and a workspace for each trial.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { composeGuard } from "../compose.ts";
import type { Config } from "../config.ts";
import { ProctorError } from "../core/errors.ts";
import { createModel, type Model } from "../eval/model.ts";
import type { EvalGround } from "../eval/run.ts";
import { createRunTrial } from "../eval/trial.ts";
import { wires } from "../eval/wires/index.ts";
import { createEmbeddedTools } from "../upstream/embedded/index.ts";
import { usualProviders } from "../upstream/llm/index.ts";
import { keyOf } from "./llm.ts";
import { hiddenPaths } from "./policy.ts";
import type { World } from "./world.ts";

/**
 * @param url in place of the providers' URLs, for all agents
 * @throws ProctorError `invalid_config`, `invalid_policy`, `store_unavailable`
 */
export async function composeEval(
  config: Config,
  world: World,
  { agents, url }: { readonly agents: readonly string[]; readonly url: string | undefined },
): Promise<EvalGround> {
  const models = new Map(agents.map((agent) => [agent, modelOf(config, world, agent, url)]));
  const root = await mkdtemp(join(tmpdir(), "proctor-eval-"));
  const removeRoot = () => rm(root, { recursive: true, force: true });
  // Nobody is there to be asked; what is measured is what a model attempts.
  const approvals = { ...config.approvals, enabled: false };
  const own = { ...config, workspace: root, approvals };
  const guard = await composeGuard(own, world, { mode: "dry-run" }).catch(async (error) => {
    await removeRoot();
    throw error;
  });
  await guard.start({ counting: false });
  const { gateway, trajectories, messages, sandbox } = guard;
  const hidden = hiddenPaths(config, world);
  const runTrial = createRunTrial({
    gateway,
    trajectories,
    messages,
    toolsOver: (workspace) =>
      createEmbeddedTools({ workspace, hidden, config: config.embedded, sandbox }),
    root,
    maxTurns: config.eval.maxTurns,
    clock: world.clock,
  });
  return {
    sandbox: sandbox.kind === "none" ? `not offered: ${sandbox.why}` : sandbox.kind,
    runTrial(trial, signal) {
      const model = models.get(trial.agent);
      if (model === undefined) throw new ProctorError("internal", `no model for ${trial.agent}`);
      return runTrial(trial, model, signal);
    },
    rateLimited: () => [...models.values()].reduce((sum, model) => sum + model.rateLimited(), 0),
    async close() {
      await guard.stop();
      await removeRoot();
    },
  };
}

function modelOf(config: Config, world: World, agentId: string, url: string | undefined): Model {
  const agent = config.agents.find(({ id }) => id === agentId);
  if (agent === undefined) {
    const known = config.agents.map(({ id }) => id).join(", ");
    throw new ProctorError("invalid_config", `there is no agent "${agentId}"; there are ${known}`);
  }
  const given = config.eval.models[agentId];
  if (given === undefined && url === undefined) {
    throw new ProctorError(
      "invalid_config",
      `which model answers for ${agentId}? Say so under eval.models.${agentId}, or give --url`,
    );
  }
  const { provider = "openai", api = "chat", parameters = {} } = given ?? {};
  const found = config.llm[provider];
  const base = url ?? found?.url ?? usualProviders.get(provider);
  if (base === undefined) {
    throw new ProctorError("invalid_config", `eval.models.${agentId}: llm.${provider} has no URL`);
  }
  const { timeoutMs, retries, retryDelayMs } = config.eval;
  const key = found === undefined ? undefined : keyOf(provider, found, world.env ?? {});
  return createModel(
    {
      provider,
      url: `${base.replace(/\/+$/, "")}/v1`,
      model: agent.model,
      key,
      parameters,
      timeoutMs,
      retries,
      retryDelayMs,
    },
    wires[api],
  );
}
