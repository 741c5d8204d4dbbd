// What is counted and logged of a call.

import type { Log } from "../core/log.ts";
import type { Pulse } from "../dashboard/pulse.ts";
import type { Observer } from "../gateway.ts";
import type { Metrics } from "../metrics/index.ts";
import type { Redactor } from "../redaction/redact.ts";

export function counted(redactor: Redactor, metrics: Metrics): Redactor {
  return {
    redact(value) {
      const redacted = redactor.redact(value);
      if (redacted.counts.size > 0) metrics.redacted(redacted.counts);
      return redacted;
    },
  };
}

/** Every call once: counted, and logged from what was recorded. */
export function observe(metrics: Metrics, pulse: Pulse, log: Log): Observer {
  return {
    step(observation) {
      metrics.step(observation);
      pulse.step(observation);
      const { agent, call, decision, outcome, trajectory, step, stages, traceId } = observation;
      const refused = outcome.kind === "refused";
      log[refused ? "info" : "debug"](refused ? "call_refused" : "call", {
        agent,
        trajectory,
        step,
        tool: call.tool,
        verdict: decision.verdict,
        outcome: outcome.kind,
        ...(refused ? { code: outcome.code, rules: ruleNames(decision.matches) } : {}),
        // Checked where it came in: 32 hexadecimal digits.
        ...(traceId === undefined ? {} : { trace: traceId }),
        totalMs: Math.round(stages.total * 1000) / 1000,
      });
      const where = { agent, trajectory, step, tool: call.tool, door: call.door };
      if (outcome.kind === "carried_out" && outcome.differs) log.error("input_differs", where);
      if (observation.unjudged) log.error("call_unjudged", where);
      if (observation.idReused) log.warn("call_id_reused", where);
    },
    redefined(trajectory, { upstream, tool, is }) {
      metrics.redefined(upstream);
      log.warn("tool_redefined", { trajectory, upstream, tool, is });
    },
    rejected(door, code) {
      metrics.rejected(door, code);
      log.info("request_rejected", { door, code });
    },
  };
}

function ruleNames(matches: readonly { rule: string; verdict: string }[]): readonly string[] {
  return [...new Set(matches.filter(({ verdict }) => verdict !== "allow").map(({ rule }) => rule))];
}
