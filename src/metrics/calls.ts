// What is counted and timed of calls.

import type { Door, ToolCall } from "../core/call.ts";
import type { Decision, RuleMatch } from "../core/decision.ts";
import type { Effect } from "../core/effect.ts";
import type { ErrorCode } from "../core/errors.ts";
import type { Outcome } from "../core/outcome.ts";
import { type CallLabels, stages } from "./labels.ts";
import type { MetricRegistry } from "./registry.ts";

/** Milliseconds; 0: the call did not come so far. */
type StageDurations = { readonly [S in (typeof stages)[number]]: number };

/** One call at its end. */
export interface StepMeasurement {
  readonly call: Pick<ToolCall, "door" | "upstream" | "tool">;
  readonly effects: readonly Pick<Effect, "kind" | "certainty">[];
  readonly decision: Decision;
  readonly outcome: Outcome;
  readonly stages: StageDurations;
  /** How often it was decided again because other calls of its trajectory came between. */
  readonly conflicts: number;
  /** W3C trace id: the exemplar of the durations. */
  readonly traceId?: string;
  /** Its call id came before, with another call. */
  readonly idReused?: true;
  /** It was reported and never asked about. */
  readonly unjudged?: true;
}

export interface CallMetrics {
  step(measurement: StepMeasurement): void;
  /** A request that became no step: malformed, not recordable, too many. */
  rejected(door: Door, code: ErrorCode): void;
  /** A tool of this upstream changed under a trajectory. */
  redefined(upstream: string): void;
  /** A call was let through that could not be judged. */
  failedOpen(door: Door): void;
  /** Detector -> secrets taken out. */
  redacted(counts: ReadonlyMap<string, number>): void;
}

/** Seconds, upper bounds: from what analysing takes to the slowest tools. */
const durationBounds = [
  0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30,
];

export function addCalls(registry: MetricRegistry, labels: CallLabels): CallMetrics {
  const { door, upstream, tool, verdict, mode, code } = labels;

  const calls = registry.counter({
    name: "proctor_calls_total",
    help: "Calls that became a step, by the verdict applied and what came of it.",
    labels: { door, upstream, tool, verdict, outcome: labels.outcome },
  });
  const toolErrors = registry.counter({
    name: "proctor_tool_errors_total",
    help: "Calls that were carried out and whose tool says that it failed.",
    labels: { upstream, tool },
  });
  const differing = registry.counter({
    name: "proctor_inputs_differing_total",
    help: "Calls carried out with another input than the one that was judged.",
    labels: { door },
  });
  const unjudged = registry.counter({
    name: "proctor_calls_unjudged_total",
    help: "Calls that a door reported and nobody had allowed.",
    labels: { door },
  });
  const reused = registry.counter({
    name: "proctor_call_ids_reused_total",
    help: "Calls whose id came before with another call, or by the same door.",
    labels: { door },
  });
  const redefinitions = registry.counter({
    name: "proctor_tools_redefined_total",
    help: "Tools that a server changed under a running trajectory, in each trajectory.",
    labels: { upstream },
  });
  const failedOpen = registry.counter({
    name: "proctor_failed_open_total",
    help: "Calls let through that could not be judged, where the config dangerously says so.",
    labels: { door },
  });
  const effects = registry.counter({
    name: "proctor_effects_total",
    help: "Effects of calls that became a step.",
    labels: { kind: labels.kind, certainty: labels.certainty },
  });
  const decisions = registry.counter({
    name: "proctor_decisions_total",
    help: "Decisions by the verdict applied, the verdict if every rule were enforced, and the mode.",
    labels: { verdict, judged: verdict, mode },
  });
  const ruleMatches = registry.counter({
    name: "proctor_rule_matches_total",
    help: "Calls in which a rule matched an effect, by the rule's mode.",
    labels: { rule: labels.rule, mode },
  });
  const refusals = registry.counter({
    name: "proctor_refusals_total",
    help: "Calls that were refused, by the code of the refusal.",
    labels: { code },
  });
  const rejections = registry.counter({
    name: "proctor_requests_rejected_total",
    help: "Requests that became no step: malformed ones, and those that could not be recorded.",
    labels: { door, code },
  });
  const decidedAgain = registry.counter({
    name: "proctor_decisions_repeated_total",
    help: "Decisions made again because the trajectory had changed before the intent was appended.",
    labels: { door },
  });
  const redactions = registry.counter({
    name: "proctor_redactions_total",
    help: "Secrets taken out before anything was written.",
    labels: { detector: labels.detector },
  });
  const durations = registry.histogram(
    {
      name: "proctor_stage_duration_seconds",
      help: "Time that a call spent in each stage; record includes waiting for the disk.",
      labels: { door, stage: labels.stage },
    },
    durationBounds,
  );

  function countOutcome({ call, decision, outcome }: StepMeasurement): void {
    // Member by member: spreading the call takes longer than all the counting.
    calls({
      door: call.door,
      upstream: call.upstream,
      tool: call.tool,
      verdict: decision.verdict,
      outcome: outcome.kind,
    });
    if (outcome.kind === "refused") refusals({ code: outcome.code });
    if (outcome.kind !== "carried_out") return;
    if (outcome.observed.tool.isError) toolErrors(call);
    if (outcome.differs) differing(call);
  }

  function observeDurations({ call, stages: spent, traceId }: StepMeasurement): void {
    const exemplar = traceId !== undefined && isTraceId(traceId) ? traceId : undefined;
    for (const stage of stages) {
      const seconds = spent[stage] / 1000;
      if (seconds > 0) durations({ door: call.door, stage }, seconds, exemplar);
    }
  }

  return {
    step(measurement) {
      const { call, decision, conflicts } = measurement;
      countOutcome(measurement);
      for (const effect of measurement.effects) effects(effect);
      decisions(decision);
      for (const match of oncePerRule(decision.matches)) ruleMatches(match);
      if (conflicts > 0) decidedAgain(call, conflicts);
      if (measurement.unjudged) unjudged(call);
      if (measurement.idReused) reused(call);
      observeDurations(measurement);
    },
    failedOpen: (at) => failedOpen({ door: at }),
    rejected: (from, why) => rejections({ door: from, code: why }),
    redefined: (whose) => redefinitions({ upstream: whose }),
    redacted(counts) {
      for (const [detector, number] of counts) redactions({ detector }, number);
    },
  };
}

/** A rule that matches each of a call's thousand effects has matched one call. */
function oncePerRule(matches: readonly RuleMatch[]): Iterable<RuleMatch> {
  if (matches.length <= 1) return matches;
  return new Map(matches.map((match) => [`${match.rule} ${match.mode}`, match])).values();
}

/** W3C Trace Context, section 3.2.2.3. Nothing else from outside is put into an exposition. */
function isTraceId(value: string): boolean {
  return /^[0-9a-f]{32}$/.test(value);
}
