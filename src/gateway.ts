// The way of a call: analysed, decided, recorded, carried out, recorded again, counted.

import type { LineageRole } from "./core/agent.ts";
import type { Door, ToolCall } from "./core/call.ts";
import type { Clock } from "./core/clock.ts";
import type { Decision } from "./core/decision.ts";
import { type Effect, onlyLooks } from "./core/effect.ts";
import { asProctorError, type ErrorCode, ProctorError } from "./core/errors.ts";
import { newId } from "./core/ids.ts";
import type { Json } from "./core/json.ts";
import type { Outcome } from "./core/outcome.ts";
import {
  type IntentRecord,
  type OutcomeRecord,
  type ProctorRecord,
  recordVersion,
} from "./core/record.ts";
import type { Analyser } from "./effects/analyse.ts";
import type { Activity } from "./gateway/activity.ts";
import type { Contents } from "./gateway/contents.ts";
import type { LiveTrajectory } from "./gateway/live.ts";
import { firstUse, recordedAnswer } from "./gateway/replay.ts";
import type { Naming, Trajectories } from "./gateway/trajectories.ts";
import type { Policy } from "./policy/policy.ts";
import type { Blob, Persistence } from "./store/store.ts";
import type { Forward } from "./upstream/upstream.ts";

/** One call as a front end hands it over. */
export interface CallRequest {
  readonly agent: string;
  readonly naming: Naming;
  readonly call: ToolCall;
  readonly idempotencyKey?: string;
  /** Aborts when the caller has gone away. */
  readonly signal: AbortSignal;
}

interface Step {
  readonly trajectory: string;
  readonly step: number;
  readonly effects: readonly Effect[];
  readonly decision: Decision;
}

/** What a front end encodes. A denial is an answer, not an exception. */
export type Answer<T> =
  | (Step & { readonly kind: "carried_out"; readonly answer: T })
  /** The recorded result of the first call with this Idempotency-Key. */
  | (Step & { readonly kind: "replayed"; readonly result: Json })
  | (Step & { readonly kind: "refused"; readonly code: ErrorCode })
  /** It was dispatched, and there is no result to give. */
  | (Step & { readonly kind: "failed"; readonly code: ErrorCode; readonly detail: string });

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
  readonly call: ToolCall;
  readonly effects: readonly Effect[];
  readonly decision: Decision;
  readonly outcome: Outcome;
  readonly stages: Stages;
  /** How often it was decided again. */
  readonly conflicts: number;
  readonly trajectory: string;
  readonly step: number;
  readonly traceId?: string;
}

export interface Observer {
  step(observation: StepObservation): void;
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
  readonly observer: Observer;
  readonly clock: Clock;
  /** This process, in intents and leases. */
  readonly instance: string;
  readonly maxCallsInFlight: number;
}

export type { Naming };

export interface Gateway {
  /**
   * For doors that proxy: judges, records, carries out by `forward`, records.
   *
   * @throws ProctorError where nothing became a step: `store_unavailable`, `trajectory_busy`,
   *   `trajectory_unrecovered`, `too_many_trajectories`, `idempotency_*`, `shutting_down`,
   *   `overloaded`; and `outcome_unrecorded` where it was carried out and that could not be recorded
   */
  handle<T>(request: CallRequest, forward: Forward<T>): Promise<Answer<T>>;
  /** Records a request that could not be decoded as a call. Never throws. */
  malformed(agent: string, naming: Naming, door: Door, error: ProctorError): Promise<void>;
  /** Takes no new calls; resolves when those under way have ended, at the latest after `graceMs`. */
  drain(graceMs: number): Promise<void>;
}

/** A call is decided again at most this often when other calls of its trajectory get in between. */
const maxDecisions = 8;

interface Judged {
  readonly intent: IntentRecord;
  readonly blobs: readonly Blob[];
  readonly conflicts: number;
}

export function createGateway(parts: GatewayParts): Gateway {
  const { trajectories, contents, clock, observer } = parts;
  const underWay = new Set<Promise<unknown>>();
  const stopping = new AbortController();

  async function handle<T>(request: CallRequest, forward: Forward<T>): Promise<Answer<T>> {
    const stages: Stages = { analyse: 0, decide: 0, record: 0, upstream: 0, total: 0 };
    const began = clock.monotonicMs();
    const live = await trajectories.enter(request.agent, request.naming);
    const judged = await live.inTurn(() => judge(live, request, stages));
    if ("replayed" in judged) return judged.replayed;
    const { intent, conflicts } = judged;
    const step: Step = {
      trajectory: live.id,
      step: intent.step,
      effects: intent.effects,
      decision: intent.decision,
    };

    function observed(outcome: Outcome): void {
      stages.total = clock.monotonicMs() - began;
      const { agent, call, naming } = request;
      observer.step({ ...step, agent, call, outcome, stages, conflicts, traceId: naming.traceId });
    }

    if (!intent.dispatched) {
      const code = refusalCode(intent.decision);
      observed({ kind: "refused", code });
      return { kind: "refused", code, ...step };
    }
    const { outcome, blobs, answer } = await carryOut(request, forward, intent.effects, stages);
    await recordOutcome(live, intent.step, outcome, blobs, stages);
    observed(outcome);
    return answer === undefined ? { ...failureOf(outcome), ...step } : { ...answer, ...step };
  }

  /** Steps 1 to 3: decided at a version of the trajectory, and appended after exactly that. */
  async function judge(
    live: LiveTrajectory,
    request: CallRequest,
    stages: Stages,
  ): Promise<Judged | { readonly replayed: Answer<never> }> {
    await recoverUnrecorded(live);
    const digest = contents.digestOf(request.call);
    for (let conflicts = 0; conflicts < maxDecisions; conflicts += 1) {
      const repeated = await repeatOf(live, request, digest);
      if (repeated !== undefined) return { replayed: repeated };
      const judged = decideOnce(live, request, digest, conflicts, stages);
      if (await appendIntent(live, judged, stages)) return judged;
    }
    throw new ProctorError("trajectory_busy", `${live.id} changed ${maxDecisions} times`);
  }

  function decideOnce(
    live: LiveTrajectory,
    request: CallRequest,
    digest: string,
    conflicts: number,
    stages: Stages,
  ): Judged {
    const { agent, call } = request;
    const { state } = live;
    const started = clock.monotonicMs();
    const analysis = parts.analyser.analyse(call, state.residue);
    const analysed = clock.monotonicMs();
    const task = state.opened?.task ?? live.opening.task;
    const now = clock.nowMs();
    const decision = parts.policy().decide({
      call,
      effects: analysis.effects,
      agent,
      roles: parts.rolesOf(agent),
      taskClass: task.class,
      condition: task.condition,
      state,
      facts: { nowMs: now, agentHistory: parts.activity.historyOf(agent), alarms: [] },
    });
    stages.analyse += analysed - started;
    stages.decide += clock.monotonicMs() - analysed;
    const kept = contents.keep(call.arguments);
    const intent: IntentRecord = {
      v: recordVersion,
      id: newId(now),
      at: now,
      type: "intent",
      step: state.steps + 1,
      call: {
        id: call.id,
        door: call.door,
        upstream: call.upstream,
        tool: call.tool,
        arguments: kept.ref,
        context: call.context,
        digest,
        idempotencyKey: request.idempotencyKey,
      },
      effects: contents.clean(analysis.effects),
      residue: analysis.residue,
      analyser: analysis.analyser,
      decision,
      instance: parts.instance,
      dispatched: decision.verdict === "allow",
    };
    return { intent, blobs: kept.blobs, conflicts };
  }

  /** Intent and dispatch are one append; so are a refusal and its outcome. */
  async function appendIntent(
    live: LiveTrajectory,
    judged: Judged,
    stages: Stages,
  ): Promise<boolean> {
    const { intent, blobs } = judged;
    const records: ProctorRecord[] = [intent];
    if (live.state.status === "new") {
      records.unshift(trajectories.openedRecord(live, intent.call.door));
    }
    if (!intent.dispatched) {
      records.push(
        outcomeRecord(intent.step, { kind: "refused", code: refusalCode(intent.decision) }),
      );
    }
    const synced = intent.dispatched && !intent.effects.every(onlyLooks);
    const takeBack = intent.dispatched
      ? parts.activity.reserve(
          live.key.agent,
          intent.effects.map(({ kind }) => kind),
          intent.at,
        )
      : undefined;
    const started = clock.monotonicMs();
    const appended = await live.append(records, { synced, blobs }).catch((error: unknown) => {
      takeBack?.();
      // Whether it was written is not known: the next call reads the store.
      trajectories.forget(live);
      throw asProctorError(error);
    });
    stages.record += clock.monotonicMs() - started;
    if (!appended) takeBack?.();
    else if (intent.dispatched) live.started(intent.step);
    return appended;
  }

  async function carryOut<T>(
    { call, signal }: CallRequest,
    forward: Forward<T>,
    effects: readonly Effect[],
    stages: Stages,
  ): Promise<{
    outcome: Outcome;
    blobs: readonly Blob[];
    answer?: { readonly kind: "carried_out"; readonly answer: T };
  }> {
    const started = clock.monotonicMs();
    try {
      const either = AbortSignal.any([signal, stopping.signal]);
      const forwarded = await forward(call, either, effects);
      stages.upstream = clock.monotonicMs() - started;
      const { ref, blobs } = contents.keep(forwarded.result);
      return {
        outcome: {
          kind: "carried_out",
          observed: forwarded.observed,
          durationMs: stages.upstream,
          result: ref,
        },
        blobs,
        answer: { kind: "carried_out", answer: forwarded.answer },
      };
    } catch (error) {
      stages.upstream = clock.monotonicMs() - started;
      return { outcome: failedOutcome(error, signal, stages.upstream), blobs: [] };
    }
  }

  function failedOutcome(error: unknown, signal: AbortSignal, durationMs: number): Outcome {
    if (signal.aborted) return { kind: "cancelled", why: "the client went away", dispatched: true };
    if (stopping.signal.aborted) {
      return { kind: "cancelled", why: "proctor was shut down", dispatched: true };
    }
    const { code, message } = asProctorError(error);
    const at = code.startsWith("upstream_") ? "transport" : "executor";
    return { kind: "failed", at, code, detail: contents.text(message), durationMs };
  }

  function outcomeRecord(step: number, outcome: Outcome): OutcomeRecord {
    const now = clock.nowMs();
    return { v: recordVersion, id: newId(now), at: now, type: "outcome", step, outcome };
  }

  /** Before the answer leaves. What cannot be written is kept, and the trajectory takes no call. */
  async function recordOutcome(
    live: LiveTrajectory,
    step: number,
    outcome: Outcome,
    blobs: readonly Blob[],
    stages: Stages,
  ): Promise<void> {
    const record = outcomeRecord(step, outcome);
    const started = clock.monotonicMs();
    try {
      await live.inTurn(() => live.appendToHead([record], { synced: false, blobs }));
    } catch (error) {
      live.unrecorded.push(record);
      throw new ProctorError("outcome_unrecorded", `step ${step} of ${live.id}`, { cause: error });
    } finally {
      live.finished(step);
      stages.record += clock.monotonicMs() - started;
    }
  }

  async function recoverUnrecorded(live: LiveTrajectory): Promise<void> {
    if (live.unrecorded.length === 0) return;
    try {
      await live.appendToHead(live.unrecorded, { synced: true });
      live.unrecorded.length = 0;
    } catch (error) {
      throw new ProctorError("trajectory_unrecovered", live.id, { cause: error });
    }
  }

  /** The answer to a repeated Idempotency-Key; undefined: the key is new, or there is none. */
  async function repeatOf(
    live: LiveTrajectory,
    { idempotencyKey: key }: CallRequest,
    digest: string,
  ): Promise<Answer<never> | undefined> {
    if (key === undefined) return undefined;
    const { keys, keysForgotten } = live.state;
    const first =
      keys.get(key) ?? (keysForgotten ? await firstUse(parts.store, live, key) : undefined);
    if (first === undefined) return undefined;
    if (first.digest !== digest) {
      throw new ProctorError(
        "idempotency_mismatch",
        `step ${first.step} of ${live.id} used this key`,
      );
    }
    return recordedAnswer(parts.store, live, first.step);
  }

  async function malformed(
    agent: string,
    naming: Naming,
    door: Door,
    error: ProctorError,
  ): Promise<void> {
    observer.rejected(door, error.code);
    const now = clock.nowMs();
    const record: ProctorRecord = {
      v: recordVersion,
      id: newId(now),
      at: now,
      type: "malformed",
      door,
      code: error.code,
      detail: contents.text(error.message).slice(0, 1024),
    };
    try {
      const live = await trajectories.enter(agent, naming);
      await live.inTurn(async () => {
        const opened = live.state.status === "new" ? [trajectories.openedRecord(live, door)] : [];
        await live.appendToHead([...opened, record], { synced: false });
      });
    } catch {
      // The request is answered with its own error either way; `rejected` has counted it.
    }
  }

  function admit<T>(work: () => Promise<T>): Promise<T> {
    if (stopping.signal.aborted || draining)
      throw new ProctorError("shutting_down", "no new calls");
    if (underWay.size >= parts.maxCallsInFlight) {
      throw new ProctorError("overloaded", `${underWay.size} calls are under way`);
    }
    const running = work();
    underWay.add(running);
    const done = () => underWay.delete(running);
    running.then(done, done);
    return running;
  }

  let draining = false;

  return {
    handle: async (request, forward) => admit(() => handle(request, forward)),
    malformed,
    async drain(graceMs) {
      draining = true;
      const timer = setTimeout(() => stopping.abort(), graceMs);
      await Promise.allSettled(underWay);
      clearTimeout(timer);
    },
  };
}

function refusalCode({ verdict }: Decision): ErrorCode {
  return verdict === "ask" ? "approval_unavailable" : "denied_by_policy";
}

function failureOf(outcome: Outcome): { kind: "failed"; code: ErrorCode; detail: string } {
  if (outcome.kind === "failed")
    return { kind: "failed", code: outcome.code, detail: outcome.detail };
  const detail = outcome.kind === "cancelled" ? outcome.why : outcome.kind;
  return { kind: "failed", code: "upstream_failed", detail };
}
