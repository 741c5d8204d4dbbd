// The way of a call: analysed, decided, recorded, carried out, recorded again, counted.

import type { LineageRole } from "./core/agent.ts";
import type { Door, ToolCall } from "./core/call.ts";
import type { Clock } from "./core/clock.ts";
import type { Decision } from "./core/decision.ts";
import { type Analysis, type Effect, onlyLooks } from "./core/effect.ts";
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
import type { Version } from "./core/version.ts";
import type { Analyser } from "./effects/analyse.ts";
import type { Activity } from "./gateway/activity.ts";
import type { Asking, Standing } from "./gateway/asking.ts";
import type { Contents } from "./gateway/contents.ts";
import {
  createHold,
  type HoldingParts,
  kindsOf,
  maxDecisions,
  type Refused,
} from "./gateway/holding.ts";
import type { LiveTrajectory } from "./gateway/live.ts";
import { lastUse, recordedAnswer } from "./gateway/replay.ts";
import type { Naming, Trajectories } from "./gateway/trajectories.ts";
import type { Policy } from "./policy/policy.ts";
import type { Blob, Persistence } from "./store/store.ts";
import type { TrajectoryState } from "./trajectory/state.ts";
import type { Forward } from "./upstream/upstream.ts";

/** One call as a front end hands it over. */
export interface CallRequest {
  readonly agent: string;
  readonly naming: Naming;
  readonly call: ToolCall;
  readonly idempotencyKey?: string;
  /** Aborted by the front end when the caller goes away, and by the gateway when it is shut down. */
  readonly abort: AbortController;
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
  | (Step & {
      readonly kind: "refused";
      readonly code: ErrorCode;
      /** For the model; absent: the decision's reason. */
      readonly detail?: string;
      /** The approval that it waits for, or was refused by. */
      readonly approval?: string;
    })
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
  readonly asking: Asking;
  readonly withoutWaiting: HoldingParts["withoutWaiting"];
  readonly approvals: HoldingParts["approvals"];
  /** How long a call waits for a person. */
  readonly maxHoldMs: number;
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

interface Judged {
  readonly intent: IntentRecord;
  readonly blobs: readonly Blob[];
  readonly conflicts: number;
  /** Only looks, so that its records can wait for its outcome. */
  readonly looks: boolean;
  /** Decided at this version. */
  readonly version: Version;
}

/** Judged, and recorded if it does not only look. */
interface Stood extends Judged {
  readonly standing: Standing;
  /** Takes its effects back from what the agent did lately. */
  readonly takeBack?: () => void;
}

/** A look that was carried out, and that a newer state of the trajectory does not allow. */
const withheld: Outcome = {
  kind: "cancelled",
  why: "the trajectory changed meanwhile and no longer allows it; the result was withheld",
  dispatched: true,
};

export function createGateway(parts: GatewayParts): Gateway {
  const { trajectories, contents, clock, observer } = parts;
  const underWay = new Map<Promise<unknown>, AbortController>();
  const drained = new AbortController();
  const hold = createHold({
    ...parts,
    drained: drained.signal,
    decideAt: (...at) => decideAt(...at).decision,
    recordOutcome: (live, step, outcome, stages) => recordOutcome(live, step, outcome, [], stages),
    forget: trajectories.forget,
  });

  async function handle<T>(request: CallRequest, forward: Forward<T>): Promise<Answer<T>> {
    const stages: Stages = { analyse: 0, decide: 0, record: 0, upstream: 0, total: 0 };
    const began = clock.monotonicMs();
    const live = await trajectories.enter(request.agent, request.naming);
    const judged = await live.inTurn(() => judge(live, request, stages));
    if ("replayed" in judged) return judged.replayed;
    if (judged.looks) return look(live, request, judged, forward, { stages, began });
    const { intent, conflicts } = judged;
    const step: Step = {
      trajectory: live.id,
      step: intent.step,
      effects: intent.effects,
      decision: intent.decision,
    };
    let heldMs = 0;

    function observed(outcome: Outcome): void {
      // What a person takes is no duration of ours.
      stages.total = clock.monotonicMs() - began - heldMs;
      const { agent, call, naming } = request;
      observer.step({ ...step, agent, call, outcome, stages, conflicts, traceId: naming.traceId });
    }

    function refused({ outcome, code, detail, approval, decision }: Refused): Answer<T> {
      observed(outcome);
      return { kind: "refused", code, detail, approval, ...step, ...(decision && { decision }) };
    }

    if (judged.standing.kind === "refuse") {
      const { code } = judged.standing;
      return refused({ ...judged.standing, outcome: { kind: "refused", code } });
    }
    if (judged.standing.kind === "hold") {
      const { takeBack, standing } = judged;
      const waiting = { intent, takeBack, approval: standing.approval };
      const held = await hold(live, request, waiting, stages);
      heldMs = held.heldMs;
      if (held.refused !== undefined) return refused(held.refused);
    }
    const { outcome, blobs, answer } = await carryOut(request, forward, intent.effects, stages);
    await recordOutcome(live, intent.step, outcome, blobs, stages);
    observed(outcome);
    return answer === undefined ? { ...failureOf(outcome), ...step } : { ...answer, ...step };
  }

  /**
   * A call that only looks is written once, intent and outcome together, before its answer: nothing
   * needs to be on the disk before a look. If the trajectory has changed since, it is decided again
   * at the version that it is appended after, and what is then refused is withheld.
   */
  async function look<T>(
    entered: LiveTrajectory,
    request: CallRequest,
    judged: Judged,
    forward: Forward<T>,
    { stages, began }: { stages: Stages; began: number },
  ): Promise<Answer<T>> {
    const ticket = Symbol("look");
    entered.started(ticket);
    try {
      const carried = await carryOut(request, forward, judged.intent.effects, stages);
      const { live, intent, outcome, conflicts } = await recordLook(
        entered,
        request,
        judged,
        carried,
        stages,
      );
      const { effects, decision } = intent;
      const step: Step = { trajectory: live.id, step: intent.step, effects, decision };
      stages.total = clock.monotonicMs() - began;
      const { agent, call, naming } = request;
      observer.step({ ...step, agent, call, outcome, stages, conflicts, traceId: naming.traceId });
      if (decision.verdict !== "allow")
        return { kind: "refused", code: withheldCode(decision), ...step };
      const { answer } = carried;
      return answer === undefined ? { ...failureOf(outcome), ...step } : { ...answer, ...step };
    } finally {
      entered.finished(ticket);
    }
  }

  async function recordLook(
    entered: LiveTrajectory,
    request: CallRequest,
    judged: Judged,
    carried: { readonly outcome: Outcome; readonly blobs: readonly Blob[] },
    stages: Stages,
  ): Promise<{ live: LiveTrajectory; intent: IntentRecord; outcome: Outcome; conflicts: number }> {
    let live = entered;
    const started = clock.monotonicMs();
    for (let conflicts = 0; conflicts < maxDecisions; conflicts += 1) {
      if (live.state.status === "closed")
        live = await trajectories.enter(request.agent, request.naming);
      const written = await live
        .inTurn(async () => {
          const fresh = live.version === judged.version && live === entered;
          const { intent, blobs } = fresh
            ? judged
            : decideOnce(live, request, judged.intent.call.digest, conflicts, stages);
          const outcome = intent.decision.verdict === "allow" ? carried.outcome : withheld;
          const records = [
            ...opening(live, intent),
            { ...intent, dispatched: true },
            outcomeRecord(intent.step, outcome),
          ];
          const all = [...blobs, ...carried.blobs];
          return (await live.append(records, { synced: false, blobs: all }))
            ? { live, intent, outcome, conflicts }
            : undefined;
        })
        .catch((error: unknown) => {
          trajectories.forget(live);
          throw new ProctorError("outcome_unrecorded", `a look in ${live.id}`, { cause: error });
        });
      stages.record = clock.monotonicMs() - started;
      if (written !== undefined) {
        const kinds = written.intent.effects.map(({ kind }) => kind);
        parts.activity.reserve(request.agent, kinds, written.intent.at);
        return written;
      }
    }
    throw new ProctorError("trajectory_busy", `${live.id} changed ${maxDecisions} times`);
  }

  /** The first append of a trajectory opens it. */
  function opening(live: LiveTrajectory, { call }: IntentRecord): ProctorRecord[] {
    return live.state.status === "new" ? [trajectories.openedRecord(live, call.door)] : [];
  }

  /** Steps 1 to 3: decided at a version of the trajectory, and appended after exactly that. */
  async function judge(
    live: LiveTrajectory,
    request: CallRequest,
    stages: Stages,
  ): Promise<Stood | { readonly replayed: Answer<never> }> {
    await recoverUnrecorded(live);
    const digest = contents.digestOf(request.call);
    for (let conflicts = 0; conflicts < maxDecisions; conflicts += 1) {
      const repeated = await repeatOf(live, request, digest);
      if (repeated !== undefined) return { replayed: repeated };
      const judged = decideOnce(live, request, digest, conflicts, stages);
      if (judged.looks) return { ...judged, standing: goes };
      const stood = await appendIntent(live, stand(live, request.call, judged), stages);
      if (stood !== undefined) return stood;
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
    const { call } = request;
    const { state } = live;
    const { analysis, decision, now } = decideAt(live, state, request, stages);
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
    // With a key the intent is written first, so that a repeat finds the call under way.
    const looks =
      intent.dispatched && request.idempotencyKey === undefined && intent.effects.every(onlyLooks);
    return { intent, blobs: kept.blobs, conflicts, looks, version: live.version };
  }

  /** Analysed and decided against a state of the trajectory. */
  function decideAt(
    live: LiveTrajectory,
    state: TrajectoryState,
    { agent, call }: CallRequest,
    stages: Stages,
  ): { analysis: Analysis; decision: Decision; now: number } {
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
    return { analysis, decision, now };
  }

  function stand(live: LiveTrajectory, call: ToolCall, judged: Judged): Stood {
    const standing = parts.asking.standing({ live, call, intent: judged.intent });
    const dispatched = standing.kind === "go";
    const intent =
      judged.intent.dispatched === dispatched ? judged.intent : { ...judged.intent, dispatched };
    return { ...judged, intent, standing };
  }

  /**
   * Intent and dispatch are one append; so are a refusal and its outcome, and a call and the question
   * about it. undefined: another writer was faster, and the call is to be decided again.
   */
  async function appendIntent(
    live: LiveTrajectory,
    stood: Stood,
    stages: Stages,
  ): Promise<Stood | undefined> {
    const { intent, blobs, standing } = stood;
    const records: ProctorRecord[] = [...opening(live, intent), intent];
    if (standing.kind === "refuse") {
      records.push(outcomeRecord(intent.step, { kind: "refused", code: standing.code }));
    } else records.push(...standing.records);
    const synced = standing.kind !== "refuse" && !intent.effects.every(onlyLooks);
    // Limits see every intent not refused, pending ones too.
    const takeBack =
      standing.kind === "refuse"
        ? undefined
        : parts.activity.reserve(live.key.agent, kindsOf(intent), intent.at);
    const started = clock.monotonicMs();
    const appended = await live.append(records, { synced, blobs }).catch((error: unknown) => {
      takeBack?.();
      // Whether it was written is not known: the next call reads the store.
      trajectories.forget(live);
      throw asProctorError(error);
    });
    stages.record += clock.monotonicMs() - started;
    if (!appended) {
      takeBack?.();
      return undefined;
    }
    if (intent.dispatched) live.started(intent.step);
    if (standing.kind !== "refuse") parts.approvals.appended(live.key, standing.records);
    return { ...stood, takeBack };
  }

  async function carryOut<T>(
    { call, abort: { signal } }: CallRequest,
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
      const forwarded = await forward(call, signal, effects);
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
    if (signal.aborted) {
      return { kind: "cancelled", why: asProctorError(signal.reason).message, dispatched: true };
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
    const used =
      keys.get(key) ?? (keysForgotten ? await lastUse(parts.store, live, key) : undefined);
    if (used === undefined) return undefined;
    if (used.digest !== digest) {
      throw new ProctorError(
        "idempotency_mismatch",
        `step ${used.step} of ${live.id} used this key`,
      );
    }
    const recorded = await recordedAnswer(parts.store, live, used.step);
    // It was told to come again.
    const waits = recorded.kind === "refused" && recorded.code === "approval_pending";
    return waits ? undefined : recorded;
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

  function admit<T>(abort: AbortController, work: () => Promise<T>): Promise<T> {
    if (drained.signal.aborted) throw new ProctorError("shutting_down", "no new calls");
    if (underWay.size >= parts.maxCallsInFlight) {
      throw new ProctorError("overloaded", `${underWay.size} calls are under way`);
    }
    const running = work();
    underWay.set(running, abort);
    const done = () => underWay.delete(running);
    running.then(done, done);
    return running;
  }

  function abortAll(): void {
    for (const abort of underWay.values()) abort.abort(new Error("proctor was shut down"));
  }

  return {
    handle: async (request, forward) => admit(request.abort, () => handle(request, forward)),
    malformed,
    async drain(graceMs) {
      // Who waits for a person is told to come again: the question outlives this process.
      drained.abort();
      const timer = setTimeout(abortAll, graceMs);
      await Promise.allSettled(underWay.keys());
      clearTimeout(timer);
    },
  };
}

const goes: Standing = { kind: "go", records: [] };

/** A look whose result is withheld was carried out already: there is nothing to ask about. */
function withheldCode({ verdict }: Decision): ErrorCode {
  return verdict === "ask" ? "approval_unavailable" : "denied_by_policy";
}

function failureOf(outcome: Outcome): { kind: "failed"; code: ErrorCode; detail: string } {
  if (outcome.kind === "failed")
    return { kind: "failed", code: outcome.code, detail: outcome.detail };
  const detail = outcome.kind === "cancelled" ? outcome.why : outcome.kind;
  return { kind: "failed", code: "upstream_failed", detail };
}
