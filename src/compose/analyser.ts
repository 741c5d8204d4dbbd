// What calls do: the analyser over every upstream that a config has, and the names of their tools.

import { catalogueUpstream } from "../cli/import.ts";
import type { Config } from "../config.ts";
import { ProctorError } from "../core/errors.ts";
import type { Analyser } from "../effects/analyse.ts";
import { analyseBash } from "../effects/bash/index.ts";
import {
  catalogueNames,
  catalogueTools,
  createAnalyser,
  type UpstreamEffects,
} from "../effects/index.ts";
import { hookAgentNames, isHookAgent } from "../frontends/hooks/forms.ts";
import { remoteUpstreams } from "../frontends/remote/messages.ts";
import type { Offers } from "../gateway/offers.ts";
import { type EmbeddedTools, embeddedName } from "../upstream/embedded/index.ts";
import { providerEffects } from "./llm.ts";

/** Tools of the program that proctor is inside of. */
export type ToolGroups = ReadonlyMap<string, UpstreamEffects>;

export function composeAnalyser(
  config: Config,
  inProcess: ToolGroups = new Map(),
  schemaDigestOf: Offers["schemaDigestOf"] = () => undefined,
): Analyser {
  const upstreams = new Map<string, UpstreamEffects>(
    Object.entries({ ...config.upstreams, ...config.mcpServers }).map(
      ([name, { catalogue, tools }]) => [
        name,
        { catalogue, tools, schemaDigestOf: (tool) => schemaDigestOf(name, tool) },
      ],
    ),
  );
  for (const [name, effects] of providerEffects(config)) upstreams.set(name, effects);
  for (const [name, effects] of inProcess) {
    if (upstreams.has(name) || name === embeddedName || isHookAgent(name)) {
      throw new ProctorError("invalid_config", `tools.${name}: the name belongs to an upstream`);
    }
    upstreams.set(name, effects);
  }
  upstreams.set(embeddedName, { catalogue: "embedded", tools: {} });
  for (const catalogue of catalogueNames) {
    upstreams.set(catalogueUpstream(catalogue), { catalogue, tools: {} });
  }
  for (const agent of hookAgentNames) upstreams.set(agent, { catalogue: agent, tools: {} });
  for (const name of remoteUpstreams) {
    if (!upstreams.has(name)) upstreams.set(name, { catalogue: name, tools: {} });
  }
  return createAnalyser({ upstreams, analyseShell: analyseBash });
}

/** Names of all tools that are known before the first call: label values of metrics. */
export async function toolNames(
  config: Config,
  embedded: EmbeddedTools,
  inProcess: ToolGroups,
): Promise<string[]> {
  const own = (await embedded.tools()).map(({ name }) => name);
  const mapped = Object.values(config.upstreams).flatMap(({ tools, routes }) => [
    ...Object.keys(tools),
    ...routes.map(({ tool }) => tool),
  ]);
  const served = [...Object.values(config.mcpServers), ...Object.values(config.llm)].flatMap(
    ({ tools, catalogue }) => [...Object.keys(tools), ...catalogueTools(catalogue)],
  );
  const doors = [...hookAgentNames, ...remoteUpstreams].flatMap((name) => catalogueTools(name));
  const ours = [...inProcess.values()].flatMap(({ tools }) => Object.keys(tools));
  return [...new Set([...own, ...mapped, ...served, ...doors, ...ours])];
}
