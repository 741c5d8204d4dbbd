// What the HTTP front end answers, as data.

import type { Decision } from "../core/decision.ts";
import type { ErrorCode } from "../core/errors.ts";
import { type Problem, problemOf } from "../core/problem.ts";
import type { Answer } from "../gateway.ts";

/** A JSON answer. Problem details where `status` is an error. */
export interface Reply {
  readonly status: number;
  readonly body: object;
}

/** The decision as callers see it: what is applied, why, and by which rules. */
interface DecisionView {
  readonly verdict: Decision["verdict"];
  /** What would be applied if nothing were in dry-run. */
  readonly judged: Decision["judged"];
  readonly mode: Decision["mode"];
  readonly reason: string;
  readonly rules: readonly {
    readonly id: string;
    readonly verdict: string;
    readonly mode: string;
  }[];
}

export interface StepView {
  readonly decision: DecisionView;
  /** The trajectory's id: `agent/name`, `agent/name~2`. */
  readonly trajectory: string;
  readonly step: number;
}

type WithStep = Pick<Answer<unknown>, "trajectory" | "step" | "decision">;

export function stepOf({ trajectory, step, decision }: WithStep): StepView {
  const { verdict, judged, mode, reason } = decision;
  return {
    decision: { verdict, judged, mode, reason, rules: rulesOf(decision) },
    trajectory,
    step,
  };
}

/** Each rule once, strictest first; rules that plainly allow are left out. */
function rulesOf({ matches }: Decision): DecisionView["rules"] {
  const seen = new Map<string, { id: string; verdict: string; mode: string }>();
  for (const { rule, verdict, mode } of matches) {
    if (verdict !== "allow" && !seen.has(rule)) seen.set(rule, { id: rule, verdict, mode });
  }
  return [...seen.values()];
}

type Refused = Extract<Answer<unknown>, { kind: "refused" | "failed" }>;

/** Problem details that bear the reason, the rules and the step. */
export function refusal(answer: Refused): Reply {
  const detail = answer.detail ?? answer.decision.reason;
  const view = stepOf(answer);
  const problem = problemOf(answer.code, detail);
  const approval = answer.kind === "refused" ? answer.approval : undefined;
  const { rules } = view.decision;
  return { status: problem.status, body: { ...problem, rules, approval, ...view } };
}

export function problemReply(code: ErrorCode, detail: string): Reply & { readonly body: Problem } {
  const problem = problemOf(code, detail);
  return { status: problem.status, body: problem };
}
