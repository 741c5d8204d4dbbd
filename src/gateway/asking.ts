// How a call that the policy asks about stands: a person is asked, was asked, or has answered.

import { createHmac, createSecretKey } from "node:crypto";
import type { ToolCall } from "../core/call.ts";
import type { Clock } from "../core/clock.ts";
import type { Decision } from "../core/decision.ts";
import type { Residue } from "../core/effect.ts";
import type { ErrorCode } from "../core/errors.ts";
import { newId } from "../core/ids.ts";
import { canonicalJson } from "../core/json.ts";
import type { ApprovalRecord, IntentRecord } from "../core/record.ts";
import type { OpenApproval } from "../trajectory/approvals.ts";
import type { TrajectoryState } from "../trajectory/state.ts";
import { approvalRecord } from "./approval-record.ts";
import type { Approvals } from "./approvals.ts";
import type { LiveTrajectory } from "./live.ts";

export interface ApprovalLimits {
  /** false: whatever is asked about is refused. */
  readonly enabled: boolean;
  /** How long a call waits for its answer before it is answered `approval_pending`. */
  readonly maxHoldMs: number;
  /** Nothing can be answered or used later than this after the asking. */
  readonly expiresMs: number;
  readonly maxWaitingPerAgent: number;
}

/** What is to be done with a decided call. `records` go with its intent. */
export type Standing =
  | { readonly kind: "go"; readonly records: readonly ApprovalRecord[] }
  | {
      readonly kind: "hold";
      readonly approval: string;
      readonly records: readonly ApprovalRecord[];
    }
  | Refusal;

export interface Refusal {
  readonly kind: "refuse";
  readonly code: ErrorCode;
  /** For the model; absent: the decision's reason. */
  readonly detail?: string;
  readonly approval?: string;
}

export interface Asked {
  readonly live: LiveTrajectory;
  /** Unredacted. */
  readonly call: ToolCall;
  readonly intent: Omit<IntentRecord, "dispatched">;
}

export interface Asking {
  /** Of a call that is about to be recorded. */
  standing(asked: Asked): Standing;
  /**
   * Of a call that was held for `approval`, decided again at this moment: `go` if the answer is a yes
   * to exactly this, and `undefined` if there is no answer yet.
   */
  released(asked: Asked, approval: string, decision: Decision): Standing | undefined;
}

export interface AskingParts {
  readonly approvals: Pick<Approvals, "waiting">;
  readonly limits: ApprovalLimits;
  readonly clock: Clock;
  readonly key: Uint8Array;
}

export function createAsking({ approvals, limits, clock, key }: AskingParts): Asking {
  const secret = createSecretKey(key);

  /** The residue is a part of the context: in another folder the same words are another call. */
  function bindingOf({ live, call }: Asked, policy: string): string {
    const { agent } = live.key;
    const { upstream, tool, arguments: given } = call;
    const context = { ...call.context, residue: residueOf(live.state) };
    const bound = { agent, trajectory: live.id, upstream, tool, arguments: given, context, policy };
    return createHmac("sha256", secret).update(canonicalJson(bound)).digest("hex");
  }

  function ask({ live, intent }: Asked, binding: string): Standing {
    if (approvals.waiting(live.key.agent) >= limits.maxWaitingPerAgent) {
      return tooMany(limits);
    }
    const { call, effects, decision, step } = intent;
    const approval = newId(clock.nowMs());
    const question = {
      upstream: call.upstream,
      tool: call.tool,
      arguments: call.arguments,
      effects,
      rules: askingRules(decision),
      reason: decision.reason,
      binding,
      expiresAt: clock.nowMs() + limits.expiresMs,
    };
    const event = { kind: "asked", question } as const;
    const record = approvalRecord({ approval, step, event }, clock.nowMs());
    return { kind: "hold", approval, records: [record] };
  }

  function answered(open: OpenApproval, { intent }: Asked, decision: Decision): Standing {
    if (open.answer === "refused") return refusedBy(open, decision);
    if (!covers(open, decision)) return outdated(open.id);
    const used = { approval: open.id, step: intent.step, event: { kind: "used" } } as const;
    return { kind: "go", records: [approvalRecord(used, clock.nowMs())] };
  }

  return {
    standing(asked) {
      const { decision, step } = asked.intent;
      if (decision.verdict === "allow") return { kind: "go", records: [] };
      if (decision.verdict === "deny") return { kind: "refuse", code: "denied_by_policy" };
      if (!limits.enabled) return { kind: "refuse", code: "approval_unavailable" };
      const binding = bindingOf(asked, decision.policy);
      const open = usable(asked.live.state, binding, decision, clock.nowMs());
      if (open === undefined) return ask(asked, binding);
      if (open.answer !== undefined) return answered(open, asked, decision);
      const held = { approval: open.id, step, event: { kind: "held" } } as const;
      const record = approvalRecord(held, clock.nowMs());
      return { kind: "hold", approval: open.id, records: [record] };
    },

    released(asked, approval, decision) {
      const { status, approvals: all } = asked.live.state;
      const open = all.get(approval);
      if (status === "closed" || open === undefined) {
        return { kind: "refuse", code: "approval_cancelled", detail: "The trajectory has ended." };
      }
      if (clock.nowMs() >= open.expiresAt) {
        return { kind: "refuse", code: "approval_expired", detail: expired, approval };
      }
      if (open.answer === undefined) return undefined;
      if (open.answer === "refused") return refusedBy(open, decision);
      if (decision.verdict === "deny") {
        return { kind: "refuse", code: "denied_by_policy", approval };
      }
      if (open.binding !== bindingOf(asked, decision.policy)) return outdated(approval);
      return answered(open, asked, decision);
    },
  };
}

const expired = "Nobody answered in time, so it was not carried out.";

export function tooMany({
  maxWaitingPerAgent,
}: Pick<ApprovalLimits, "maxWaitingPerAgent">): Refusal {
  const detail = `${maxWaitingPerAgent} calls of this agent wait for a person already. Wait for their answers, or choose a call that needs none.`;
  return { kind: "refuse", code: "too_many_approvals", detail };
}

function residueOf({ residue }: TrajectoryState): {
  readonly [key in keyof Residue]: Residue[key];
} {
  return { ...residue };
}

/**
 * An approval for exactly this call that no call under way waits for: a yes first, then one that
 * still waits, then a no. One whose rules are not all that ask now is none.
 */
function usable(
  { approvals, pending }: TrajectoryState,
  binding: string,
  decision: Decision,
  now: number,
): OpenApproval | undefined {
  const free = [...approvals.values()].filter(
    (open) =>
      open.binding === binding &&
      now < open.expiresAt &&
      covers(open, decision) &&
      !pending.some(({ step }) => step === open.step),
  );
  const having = (answer: OpenApproval["answer"]) => free.find((open) => open.answer === answer);
  return having("approved") ?? having(undefined) ?? having("refused");
}

/** Only what was asked about is waived. */
function covers({ rules }: OpenApproval, decision: Decision): boolean {
  return askingRules(decision).every((rule) => rules.includes(rule));
}

function askingRules({ matches }: Decision): readonly string[] {
  const asking = matches.filter(({ verdict, mode }) => verdict === "ask" && mode === "enforce");
  return [...new Set(asking.map(({ rule }) => rule))];
}

function refusedBy({ id, note }: OpenApproval, { reason }: Decision): Refusal {
  const said =
    note === undefined || note === "" ? "A person refused it." : `A person refused it: ${note}`;
  const detail = `${said} ${reason}`.trim();
  return { kind: "refuse", code: "approval_refused", detail, approval: id };
}

function outdated(approval: string): Refusal {
  const detail = "It was approved, and since then the policy or the folder it runs in has changed.";
  return { kind: "refuse", code: "approval_outdated", detail, approval };
}
