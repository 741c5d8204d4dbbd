// The closed set of every label of the call metrics.

import type { Door } from "../core/call.ts";
import type { Mode, Verdict } from "../core/decision.ts";
import { type Certainty, effectKinds } from "../core/effect.ts";
import { errorTable } from "../core/errors.ts";
import { outcomeKinds } from "../core/outcome.ts";
import { closedLabel } from "./label.ts";

/** Where the time of a call goes. */
export const stages = ["analyse", "decide", "record", "upstream", "total"] as const;

// Records rather than lists, so that the compiler finds what is missing.
const doors: Record<Door, true> = {
  http: true,
  mcp: true,
  hooks: true,
  llm: true,
  shell: true,
  library: true,
  import: true,
};
const verdicts: Record<Verdict, true> = { allow: true, ask: true, deny: true };
const modes: Record<Mode, true> = { enforce: true, "dry-run": true };
const certainties: Record<Certainty, true> = { certain: true, possible: true };

export interface NamedValues {
  readonly upstreams: readonly string[];
  readonly tools: readonly string[];
  readonly detectors: readonly string[];
}

export function createCallLabels({ upstreams, tools, detectors }: NamedValues) {
  return {
    door: closedLabel(Object.keys(doors)),
    verdict: closedLabel(Object.keys(verdicts)),
    mode: closedLabel(Object.keys(modes)),
    certainty: closedLabel(Object.keys(certainties)),
    outcome: closedLabel(outcomeKinds),
    kind: closedLabel(effectKinds),
    code: closedLabel(Object.keys(errorTable)),
    stage: closedLabel(stages),
    upstream: closedLabel(upstreams),
    tool: closedLabel(tools),
    detector: closedLabel(detectors),
    /** Filled by the policies that are loaded. */
    rule: closedLabel(effectKinds.map((kind) => `default:${kind}`)),
  };
}

export type CallLabels = ReturnType<typeof createCallLabels>;
