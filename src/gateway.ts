// The way of a call: analysed, decided, recorded, carried out, recorded again, counted.

import type { LineageRole } from "./core/agent.ts";
import type { Door, ExecutionContext, ToolCall } from "./core/call.ts";
import type { Clock } from "./core/clock.ts";
import type { Decision } from "./core/decision.ts";
import type { Effect } from "./core/effect.ts";
import { asProctorError, type ErrorCode, ProctorError } from "./core/errors.ts";
import type { Json } from "./core/json.ts";
import type { Offer } from "./core/offer.ts";
import type { Observed as ObservedResult, Outcome } from "./core/outcome.ts";
import type { IntentRecord, RedefinedRecord } from "./core/record.ts";
import type { Analyser } from "./effects/analyse.ts";
import type { Activity } from "./gateway/activity.ts";
import type { Asking } from "./gateway/asking.ts";
import { answerOf, createCarryOut } from "./gateway/carrying.ts";
import type { Contents } from "./gateway/contents.ts";
import { createHiding } from "./gateway/hiding.ts";
import { createHold, type HoldingParts, type Refused } from "./gateway/holding.ts";
import { createJudging, type JudgingParts, type Proposed, type Stood } from "./gateway/judging.ts";
import type { LiveTrajectory } from "./gateway/live.ts";
import { createLooking } from "./gateway/looking.ts";
import { createMalformed } from "./gateway/malformed.ts";
import type { Offers } from "./gateway/offers.ts";
import { createOutcomes } from "./gateway/outcomes.ts";
import { createReporting, noStages } from "./gateway/reporting.ts";
import { createTaskNews, type TaskNews, type TaskSeen } from "./gateway/task-news.ts";
import type { Naming, Trajectories } from "./gateway/trajectories.ts";
import { createUnderWay } from "./gateway/under-way.ts";
import type { Policy } from "./policy/policy.ts";
import type { Persistence } from "./store/store.ts";
import type { Forward } from "./upstream/upstream.ts";

/** One call as a front end hands it over. */
export interface CallRequest {
  readonly agent: string;
  readonly naming: Naming;
  readonly call: ToolCall;
  readonly idempotencyKey?: string;
  /** A person is asked about it, and it waits. */
  onHeld?(): void;
  /** It is sent again with input that an earlier result asked for, and with that result's state. */
  readonly resumes?: string;
  /** The longest that its door can wait for a person, milliseconds; absent: as long as any. */
  readonly holdMs?: number;
  /** Aborted by the front end when the caller goes away, and by the gateway when it is shut down. */
  readonly abort: AbortController;
}

interface Step {
  readonly trajectory: string;
  readonly step: number;
  readonly effects: readonly Effect[];
  readonly decision: Decision;
}

/** It is not carried out. */
export interface RefusedAnswer extends Step {
  readonly kind: "refused";
  readonly code: ErrorCode;
  /** For the model; absent: the decision's reason. */
  readonly detail?: string;
  /** The approval that it waits for, or was refused by. */
  readonly approval?: string;
}

/** An answer without a result of the tool's own. */
export type Ended =
  /** The recorded result of the first call with this Idempotency-Key. */
  | (Step & { readonly kind: "replayed"; readonly result: Json })
  | RefusedAnswer
  /** It was dispatched, and there is no result to give. */
  | (Step & { readonly kind: "failed"; readonly code: ErrorCode; readonly detail: string });

/** What a front end encodes. A denial is an answer, not an exception. */
export type Answer<T> = (Step & { readonly kind: "carried_out"; readonly answer: T }) | Ended;

/** What a door is told that carries the call out itself. */
export type Leave = (Step & { readonly kind: "allowed" }) | RefusedAnswer;

/** What a door says of a call that it carried out. */
export type Came =
  | {
      readonly kind: "carried_out";
      readonly observed: ObservedResult;
      /** Unredacted; as much of it as the door has. */
      readonly result: Json;
      /** Absent: since it was judged. */
      readonly durationMs?: number;
    }
  /** It could not be started, or broke off without a result. */
  | { readonly kind: "failed"; readonly detail: string; readonly durationMs?: number }
  /** The server goes on with it as this task (MCP); what comes of that is told as `TaskNews`. */
  | { readonly kind: "became_task"; readonly task: string; readonly result: Json }
  /** The door let it be, or broke it off. `dispatched`: it may have begun. */
  | { readonly kind: "cancelled"; readonly why: string; readonly dispatched: boolean };

/**
 * The outcome of a call that a door carried out itself. The step that judged it is found among those
 * of the same door and trajectory: by `step`, where the door kept that; else by the call's id; else,
 * where calls have no ids, by the same input, or the oldest of that tool.
 */
export interface Report {
  readonly agent: string;
  readonly naming: Naming;
  /** As it was carried out. Another input than the one judged makes the outcome `differs`. */
  readonly call: ToolCall;
  readonly step?: number;
  readonly came: Came;
}

export type Reported =
  /** The step has its outcome, in place of none, or of `unobserved` or `unknown`. */
  | (Step & { readonly kind: "recorded"; readonly differs: boolean })
  /** It has an outcome that stands, or its trajectory has ended: nothing was recorded. */
  | (Step & { readonly kind: "settled" })
  /** `decide` never saw it, or refused it: recorded as a step that was judged behind the fact. */
  | (Step & { readonly kind: "unjudged" });

/** Where the time of a call went, milliseconds. */
export interface Stages {
  analyse: number;
  decide: number;
  record: number;
  upstream: number;
  total: number;
}

/** What is counted of a call, once, at its end. */
export interface StepObservation {
  readonly agent: string;
  readonly call: Pick<ToolCall, "door" | "upstream" | "tool">;
  readonly effects: readonly Effect[];
  readonly decision: Decision;
  readonly outcome: Outcome;
  readonly stages: Stages;
  /** How often it was decided again. */
  readonly conflicts: number;
  readonly trajectory: string;
  readonly step: number;
  readonly traceId?: string;
  /** As the intent has them. */
  readonly idReused?: true;
  readonly unjudged?: true;
}

/** A step at its end, of which the rest is in its record. */
export interface Observed {
  readonly intent: IntentRecord;
  readonly outcome: Outcome;
  readonly stages: Stages;
  readonly conflicts: number;
}

export interface Observer {
  step(observation: StepObservation): void;
  /** A tool is another than the trajectory was offered. */
  redefined(trajectory: string, record: RedefinedRecord): void;
  /** A request that never became a step. */
  rejected(door: Door, code: ErrorCode): void;
}

export interface GatewayParts {
  readonly trajectories: Trajectories;
  readonly store: Persistence;
  readonly analyser: Analyser;
  readonly policy: () => Policy;
  readonly rolesOf: (agent: string) => readonly LineageRole[];
  readonly activity: Activity;
  readonly contents: Contents;
  readonly offers: Offers;
  readonly isRedefined: JudgingParts["isRedefined"];
  readonly alarms: JudgingParts["alarms"];
  readonly asking: Asking;
  readonly withoutStep: HoldingParts["withoutStep"];
  readonly approvals: HoldingParts["approvals"];
  /** How long a call waits for a person. */
  readonly maxHoldMs: number;
  readonly maxWaitingPerAgent: number;
  readonly observer: Observer;
  readonly clock: Clock;
  /** This process, in intents and leases. */
  readonly instance: string;
  readonly maxCallsInFlight: number;
}

export type { Naming, TaskNews, TaskSeen };

export interface Gateway {
  /**
   * For doors that proxy: judges, records, carries out by `forward`, records.
   *
   * @throws ProctorError where nothing became a step: `store_unavailable`, `trajectory_busy`,
   *   `trajectory_unrecovered`, `too_many_trajectories`, `idempotency_*`, `shutting_down`,
   *   `overloaded`; and `outcome_unrecorded` where it was carried out and that could not be recorded
   */
  handle<T>(request: CallRequest, forward: Forward<T>): Promise<Answer<T>>;
  /**
   * For doors that carry the call out themselves (hooks, shells, tool calls in a model's answer):
   * judges and records. After `allowed` the door carries it out and calls `report`; without a report
   * the step ends `unobserved` when its trajectory does. What is asked waits for a person as long as
   * `holdMs` and the config let it. Aborted before it resolves: not carried out, and recorded so;
   * whoever gave up waiting must not carry it out.
   *
   * @throws ProctorError as `handle`; then nothing is allowed
   */
  decide(request: Omit<CallRequest, "idempotencyKey">): Promise<Leave>;
  /**
   * Records what came of a call that `decide` allowed, at any process on the store.
   *
   * @throws ProctorError `store_unavailable`, `outcome_unrecorded`, `trajectory_unrecovered`
   */
  report(report: Report): Promise<Reported>;
  /**
   * What was seen of a task that a call became, at any process on the store. Nothing comes of a task
   * that no call of this trajectory became, nor of news that is old. Resolves when it is written down.
   *
   * @throws ProctorError `outcome_unrecorded`, `store_unavailable`, `trajectory_unrecovered`
   */
  task(news: TaskNews): Promise<void>;
  /**
   * A door has passed these tools on to the model, all that it has of the upstream. Written down with the
   * next call of the trajectory, or its end.
   */
  offered(agent: string, naming: Pick<Naming, "name">, offer: Offer): void;
  /**
   * Names of the tools that the policy denies for what they are, whatever they are called with, and so
   * a list may leave out.
   */
  hidden(
    agent: string,
    naming: Naming,
    offer: Offer & { contextOf(tool: string): ExecutionContext },
  ): Promise<ReadonlySet<string>>;
  /** Records a request that could not be decoded as a call. Never throws. */
  malformed(agent: string, naming: Naming, door: Door, error: ProctorError): Promise<void>;
  /** Takes no new calls; resolves when those under way have ended, at the latest after `graceMs`. */
  drain(graceMs: number): Promise<void>;
}

/** A call that may go ahead: judged, and recorded if it does not only look. */
interface Way {
  readonly live: LiveTrajectory;
  readonly judged: Stood;
  readonly step: Step;
  readonly stages: Stages;
  readonly began: number;
  /** Counts it, at its end. */
  observed(outcome: Outcome): void;
}

export function createGateway(parts: GatewayParts): Gateway {
  const { trajectories, contents, clock, observer } = parts;
  const underWay = createUnderWay(parts.maxCallsInFlight);
  const outcomes = createOutcomes(clock);
  const judging = createJudging({ ...parts, outcomes });
  const carryOut = createCarryOut(contents, clock);
  const look = createLooking({ ...parts, judging, carryOut, observed });
  const report = createReporting({ ...parts, judging, outcomes, observed });
  const hold = createHold({
    ...parts,
    drained: underWay.drained,
    decideAt: (...at) => judging.decideAt(...at).decision,
    recordOutcome: (live, step, outcome, stages) =>
      outcomes.record(live, step, outcome, [], stages),
    forget: trajectories.forget,
  });

  /** The way of a call that proctor carries out. */
  async function handle<T>(request: CallRequest, forward: Forward<T>): Promise<Answer<T>> {
    const way = await pass(request);
    if ("kind" in way) return way;
    const { live, judged, step, stages, began } = way;
    if (judged.looks) return look(live, request, judged, forward, { stages, began });
    const carried = await carryOut(request, forward, step.effects, stages);
    const { came, blobs } = carried;
    await outcomes.record(live, step.step, came, blobs, stages);
    if (came.kind !== "task") way.observed(came);
    else live.awaitReport(step.step, { intent: judged.intent, observed: way.observed });
    return { ...answerOf(carried), ...step };
  }

  /** The way of a call that its door carries out: the same, up to there. */
  async function decide(request: Omit<CallRequest, "idempotencyKey">): Promise<Leave> {
    const way = await pass({ ...request, awaitsReport: true });
    if ("kind" in way) {
      if (way.kind === "refused") return way;
      throw new ProctorError("internal", `a call without a key was ${way.kind}`);
    }
    const { live, judged, step, stages, observed } = way;
    const { signal } = request.abort;
    if (signal.aborted) {
      const why = asProctorError(signal.reason).message;
      const outcome = { kind: "cancelled", why, dispatched: false } as const;
      await outcomes.record(live, step.step, outcome, [], stages);
      observed(outcome);
      return { kind: "refused", code: "approval_cancelled", detail: why, ...step };
    }
    live.awaitReport(step.step, { intent: judged.intent, observed });
    return { kind: "allowed", ...step };
  }

  /** Judged, recorded, and held while a person is asked. An answer: it goes no further. */
  async function pass(request: CallRequest & Pick<Proposed, "awaitsReport">): Promise<Way | Ended> {
    const stages = noStages();
    const began = clock.monotonicMs();
    const live = await trajectories.enter(request.agent, request.naming);
    const judged = await live.inTurn(() => judging.judge(live, request, stages));
    if ("replayed" in judged) return judged.replayed;
    const { intent, conflicts, standing, takeBack } = judged;
    const step: Step = {
      trajectory: live.id,
      step: intent.step,
      effects: intent.effects,
      decision: intent.decision,
    };
    let heldMs = 0;

    function observedAs(outcome: Outcome): void {
      // What a person takes is no duration of ours.
      stages.total = clock.monotonicMs() - began - heldMs;
      observed(live, request, { intent, outcome, stages, conflicts });
    }

    function refused({ outcome, code, detail, approval, decision }: Refused): RefusedAnswer {
      observedAs(outcome);
      return { kind: "refused", code, detail, approval, ...step, ...(decision && { decision }) };
    }

    if (standing.kind === "refuse") {
      return refused({ ...standing, outcome: { kind: "refused", code: standing.code } });
    }
    if (standing.kind === "hold") {
      request.onHeld?.();
      const held = await hold(
        live,
        request,
        { intent, takeBack, approval: standing.approval },
        stages,
      );
      heldMs = held.heldMs;
      if (held.refused !== undefined) return refused(held.refused);
    }
    return { live, judged, step, stages, began, observed: observedAs };
  }

  function observed(
    live: LiveTrajectory,
    { agent, naming: { traceId } }: Pick<CallRequest, "agent" | "naming">,
    { intent, ...measured }: Observed,
  ): void {
    const { step, call, effects, decision, idReused, unjudged } = intent;
    const trajectory = live.id;
    const found = { agent, call, effects, decision, trajectory, step, traceId };
    observer.step({ ...found, idReused, unjudged, ...measured });
  }

  return {
    handle: async (request, forward) =>
      underWay.admit(request.abort, () => handle(request, forward)),
    decide: async (request) => underWay.admit(request.abort, () => decide(request)),
    // Also while it shuts down: what it tells of has happened.
    report,
    task: createTaskNews({ ...parts, outcomes, observed }),
    offered: (agent, { name }, offer) => parts.offers.offered(agent, name, offer),
    hidden: createHiding({ ...parts, judging }),
    malformed: createMalformed(parts),
    drain: underWay.drain,
  };
}
