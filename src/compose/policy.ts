// The policy that decides now: where it is, what loading it takes, and what no policy lets anybody touch.

import { homedir } from "node:os";
import { join } from "node:path";
import { databaseFile, secretFiles } from "../backup.ts";
import { guardedFiles, readInstalled } from "../cli/install/installed.ts";
import type { Config } from "../config.ts";
import type { Mode } from "../core/decision.ts";
import type { PolicyView } from "../dashboard/pages/policy.tsx";
import type { Analyser } from "../effects/analyse.ts";
import type { Metrics } from "../metrics/index.ts";
import { formatProblem, type LoadOptions, type Policy, watchPolicy } from "../policy/index.ts";
import type { EmbeddedTools } from "../upstream/embedded/index.ts";
import { composeAnalyser } from "./analyser.ts";
import type { World } from "./world.ts";

export interface ComposedPolicy {
  readonly current: () => Policy;
  /** Why the newest files were not taken; empty: they were. */
  readonly problem: () => string;
  readonly view: () => PolicyView;
  close(): void;
}

/** The policy that decides now, replaced when its files change; an error keeps the old one, loudly. */
export async function composePolicy(
  config: Config,
  world: World,
  {
    analyser,
    embedded,
    metrics,
    mode: givenMode,
  }: {
    analyser: Analyser;
    embedded: EmbeddedTools;
    metrics: Metrics;
    mode: Mode | undefined;
  },
): Promise<ComposedPolicy> {
  const { log } = world;
  let problems: readonly string[] = [];
  let [loadedAt, rejectedAt] = [0, 0];
  const watched = await watchPolicy(policyPaths(config, world), {
    ...policyOptions(config, world, analyser, embedded.workspace),
    ...(givenMode && { mode: givenMode }),
    onLoaded(policy) {
      problems = [];
      loadedAt = world.clock.nowMs();
      const { digest, mode } = policy;
      const rules = policy.rules.map(({ id }) => id);
      metrics.policyLoaded({ digest, mode, rules });
      log.info("policy_loaded", { digest, mode, rules: rules.length });
    },
    onRejected(found) {
      problems = found.map(formatProblem);
      rejectedAt = world.clock.nowMs();
      metrics.policyRejected();
      log.error("policy_rejected", {
        kept: "the old policy",
        problems,
      });
    },
  });
  return {
    current: watched.current,
    problem: () => problems.join("\n"),
    view() {
      const { digest, mode, rules } = watched.current();
      return { digest, mode, rules, loadedAt, problems, rejectedAt };
    },
    close: watched.close,
  };
}

/** A workspace that lies in one of them is no temporary folder. */
const tempFolders = ["/tmp", "/private/tmp", "/var/tmp"];

/** What the policy commands need: the files, and what loading takes. */
export function policyGround(
  config: Config,
  world: World,
): { readonly paths: readonly string[]; readonly load: LoadOptions } {
  const load = policyOptions(config, world, composeAnalyser(config), config.workspace);
  return { paths: policyPaths(config, world), load };
}

export function policyPaths(config: Config, { programFolder }: World): readonly string[] {
  return config.policies ?? [join(programFolder, "policies")];
}

export function policyOptions(
  config: Config,
  world: World,
  analyser: Analyser,
  workspace: string,
): LoadOptions {
  return {
    roots: new Map([
      ["workspace", [workspace]],
      ["home", [homedir()]],
      ["data", [config.data]],
      ["temp", tempFolders.filter((folder) => !`${workspace}/`.startsWith(`${folder}/`))],
    ]),
    analyse: (call) => analyser.analyse(call, {}).effects,
    protectedPaths: {
      guarded: hiddenPaths(config, world),
      free: [workspace],
      secret: [
        ...[...secretFiles, databaseFile].map((file) => join(config.data, file)),
        ...Object.values(config.llm).flatMap(({ keyFile }) => keyFile ?? []),
      ],
    },
  };
}

/** Proctor's own: what no agent may change. */
export function hiddenPaths(config: Config, world: World): readonly string[] {
  const installed = guardedFiles(readInstalled(config.data));
  const own = [config.data, ...policyPaths(config, world), world.programFolder, ...installed];
  return config.file === undefined ? own : [...own, config.file];
}
