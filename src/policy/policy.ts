// What a policy is to the rest: a pure function from what is known of a call to a decision.

import type { LineageRole } from "../core/agent.ts";
import type { ToolCall } from "../core/call.ts";
import type { Decision, Mode, Verdict } from "../core/decision.ts";
import type { Effect, EffectKind } from "../core/effect.ts";
import type { TrajectoryState } from "../trajectory/state.ts";

/** Everything that a decision may rest on. */
export interface DecisionInput {
  readonly call: ToolCall;
  readonly effects: readonly Effect[];
  readonly agent: string;
  /** The agent's places in lineages, for matchers on role. */
  readonly roles: readonly LineageRole[];
  readonly taskClass: string;
  readonly condition?: string;
  /** The trajectory at the version that the intent will be appended after. */
  readonly state: TrajectoryState;
  readonly facts: Facts;
}

/** What comes in from outside of the trajectory. */
export interface Facts {
  readonly nowMs: number;
  /** Intents not refused of this agent, over all of its trajectories. */
  readonly agentHistory: AgentHistory;
  /** Names of the alarms that are latched. */
  readonly alarms: readonly string[];
}

/** How often an agent's calls had an effect of these kinds at or after `sinceMs`; Infinity beyond what is kept. */
export interface AgentHistory {
  count(kinds: readonly EffectKind[], sinceMs: number): number;
}

/** What lists, labels and pages need to know of a rule. */
export interface RuleSummary {
  readonly id: string;
  readonly verdict: Verdict;
  readonly mode: Mode;
  readonly reason: string;
}

export interface Policy {
  /** SHA-256 of the canonical rules, hex. */
  readonly digest: string;
  readonly mode: Mode;
  /** Every rule that can stand in a decision, the defaults and the built-in ones included: a closed set. */
  readonly rules: readonly RuleSummary[];
  /** Never throws: an evaluation error is a `deny` that says so. */
  decide(input: DecisionInput): Decision;
}
