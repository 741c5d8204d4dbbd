// Policy: from files to a pure function that judges calls.

import { readPolicy } from "./files.ts";
import { type LoadOptions, loadPolicy } from "./load.ts";
import type { Policy } from "./policy.ts";
import { invalidPolicy } from "./problem.ts";

export { dryRunRules, type RolloutStep, rolloutEdits } from "./edit.ts";
export { readPolicy } from "./files.ts";
export { type Finding, lintPolicy } from "./lint.ts";
export { type Loaded, type LoadOptions, loadPolicy } from "./load.ts";
export type { DecisionInput, Policy } from "./policy.ts";
export { formatProblem, type PolicyProblem } from "./problem.ts";
export type { PolicySource } from "./source.ts";
export { watchPolicy } from "./watch.ts";

/**
 * Loads the policy of these files and folders.
 *
 * @throws ProctorError `invalid_policy`; the message lists every problem
 */
export async function loadPolicyFrom(
  paths: readonly string[],
  options: LoadOptions,
): Promise<Policy> {
  const read = await readPolicy(paths);
  const loaded = read.ok ? loadPolicy(read.sources, options) : read;
  if (!loaded.ok) throw invalidPolicy(loaded.problems);
  return loaded.policy;
}
