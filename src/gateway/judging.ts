// A call is judged at a version of its trajectory, and its intent appended after exactly that.

import type { LineageRole } from "../core/agent.ts";
import type { ToolCall } from "../core/call.ts";
import type { Clock } from "../core/clock.ts";
import type { Decision } from "../core/decision.ts";
import { type Analysis, type Effect, onlyLooks } from "../core/effect.ts";
import { asProctorError, ProctorError } from "../core/errors.ts";
import { newId } from "../core/ids.ts";
import { type IntentRecord, type ProctorRecord, recordVersion } from "../core/record.ts";
import type { Version } from "../core/version.ts";
import type { Analyser } from "../effects/analyse.ts";
import type { CallRequest, Ended, Observer, Stages } from "../gateway.ts";
import type { Policy } from "../policy/policy.ts";
import type { Blob, Persistence } from "../store/store.ts";
import type { TrajectoryState } from "../trajectory/state.ts";
import type { Activity } from "./activity.ts";
import type { Approvals } from "./approvals.ts";
import type { Asking, Standing } from "./asking.ts";
import type { Contents } from "./contents.ts";
import { kindsOf, maxDecisions } from "./holding.ts";
import { type Join, joinOf, twinOf, without } from "./joining.ts";
import type { LiveTrajectory } from "./live.ts";
import type { Offers } from "./offers.ts";
import { type Outcomes, outcomeRecord } from "./outcomes.ts";
import { lastUse, recordedAnswer } from "./replay.ts";
import type { Trajectories } from "./trajectories.ts";

/** A call on its way, and who carries it out. */
export interface Proposed extends Omit<CallRequest, "abort" | "holdMs"> {
  /** Its door does, and reports. */
  readonly awaitsReport?: true;
}

export interface Judged {
  readonly intent: IntentRecord;
  readonly blobs: readonly Blob[];
  readonly conflicts: number;
  /** Only looks, so that its records can wait for its outcome. */
  readonly looks: boolean;
  /** Decided at this version. */
  readonly version: Version;
}

/** Judged, and recorded if it does not only look. */
export interface Stood extends Judged {
  readonly standing: Standing;
  /** Takes its effects back from what the agent did lately. */
  readonly takeBack?: () => void;
}

/** What a call is decided once more by: its digest, and how often it was decided before. */
export interface Again {
  readonly digest: string;
  readonly conflicts: number;
}

export interface Judging {
  /** Only in turn. @throws ProctorError `trajectory_busy`, `store_unavailable`, `idempotency_*` */
  judge(
    live: LiveTrajectory,
    request: Proposed,
    stages: Stages,
  ): Promise<Stood | { readonly replayed: Ended }>;
  /** At the version that the trajectory is at, without writing anything. */
  decideOnce(live: LiveTrajectory, request: Proposed, again: Again, stages: Stages): Judged;
  /** Analysed and decided against a state of the trajectory. */
  decideAt(
    live: LiveTrajectory,
    at: DecidedAt,
    request: Pick<Proposed, "agent" | "call" | "resumes">,
    stages: Stages,
  ): FreshDecision;
  /** What the policy says of these effects, against a state; absent: as the trajectory is now. */
  decide(live: LiveTrajectory, of: DecidedOf, state?: TrajectoryState): Decision;
}

/** What the policy is asked about. */
interface DecidedOf extends Pick<Proposed, "agent" | "call"> {
  readonly effects: readonly Effect[];
  readonly now?: number;
  /** The same call as another door recorded it, which counts once. */
  readonly twin?: ReturnType<typeof twinOf>;
}

export interface DecidedAt {
  readonly state: TrajectoryState;
  /** Known to be the same call as this step; absent: that is found out. */
  readonly sameAs?: number | undefined;
}

interface FreshDecision {
  readonly analysis: Analysis;
  readonly decision: Decision;
  readonly now: number;
  /** Digest of the effects, of calls with an id. */
  readonly action?: string;
  readonly join: Join;
}

export interface JudgingParts {
  readonly trajectories: Pick<Trajectories, "opening" | "forget">;
  readonly store: Persistence;
  readonly analyser: Analyser;
  readonly policy: () => Policy;
  readonly rolesOf: (agent: string) => readonly LineageRole[];
  readonly activity: Activity;
  /** Names of the alarms that are latched. */
  readonly alarms: () => readonly string[];
  readonly contents: Contents;
  readonly offers: Pick<Offers, "news">;
  readonly observer: Pick<Observer, "redefined">;
  readonly isRedefined: (state: TrajectoryState, upstream: string, tool: string) => boolean;
  readonly asking: Asking;
  readonly approvals: Pick<Approvals, "appended">;
  readonly outcomes: Pick<Outcomes, "recover">;
  /** What a step, or a call that another door recorded, is decided against. */
  readonly withoutStep: (state: TrajectoryState, step: number) => TrajectoryState;
  readonly clock: Clock;
  readonly instance: string;
}

export function createJudging(parts: JudgingParts): Judging {
  const { trajectories, contents, clock } = parts;

  async function judge(
    live: LiveTrajectory,
    request: Proposed,
    stages: Stages,
  ): Promise<Stood | { readonly replayed: Ended }> {
    await parts.outcomes.recover(live);
    await recordOffers(live, request.call);
    const digest = contents.digestOf(request.call);
    for (let conflicts = 0; conflicts < maxDecisions; conflicts += 1) {
      const repeated = await repeatOf(live, request, digest);
      if (repeated !== undefined) return { replayed: repeated };
      const judged = decideOnce(live, request, { digest, conflicts }, stages);
      if (judged.looks) return { ...judged, standing: goes };
      const stood = await appendIntent(live, stand(live, request.call, judged), stages);
      if (stood !== undefined) return stood;
    }
    throw new ProctorError("trajectory_busy", `${live.id} changed ${maxDecisions} times`);
  }

  /** Before the decision, which may rest on what a tool was offered as. */
  async function recordOffers(live: LiveTrajectory, { door, upstream }: ToolCall): Promise<void> {
    const { records, blobs } = parts.offers.news(live, upstream);
    if (records.length === 0) return;
    const all = [...trajectories.opening(live, door), ...records];
    await live.appendToHead(all, { synced: false, blobs }).catch((error: unknown) => {
      trajectories.forget(live);
      throw asProctorError(error);
    });
    for (const record of records) {
      if (record.type === "redefined" && record.event.kind === "noticed") {
        parts.observer.redefined(live.id, record);
      }
    }
  }

  function decideOnce(
    live: LiveTrajectory,
    request: Proposed,
    { digest, conflicts }: Again,
    stages: Stages,
  ): Judged {
    const { call, awaitsReport } = request;
    const { state } = live;
    const { analysis, decision, now, action, join } = decideAt(live, { state }, request, stages);
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
        subagent: call.subagent,
        digest,
        action,
        idempotencyKey: request.idempotencyKey,
      },
      effects: contents.clean(analysis.effects),
      residue: analysis.residue,
      analyser: analysis.analyser,
      decision,
      instance: parts.instance,
      dispatched: decision.verdict === "allow",
      awaitsReport,
      ...join,
    };
    // With a key the intent is written first, so that a repeat finds the call under way; and so it is
    // where nobody here learns when the call is carried out.
    const first = request.idempotencyKey !== undefined || awaitsReport === true;
    const looks = intent.dispatched && !first && intent.effects.every(onlyLooks);
    return { intent, blobs: kept.blobs, conflicts, looks, version: live.version };
  }

  function decideAt(
    live: LiveTrajectory,
    { state, sameAs }: DecidedAt,
    { agent, call, resumes }: Pick<Proposed, "agent" | "call" | "resumes">,
    stages: Stages,
  ): FreshDecision {
    const started = clock.monotonicMs();
    const understood = parts.analyser.analyse(call, state.residue);
    const redefined = parts.isRedefined(state, call.upstream, call.tool);
    const analysis = redefined ? withDoubt(understood) : understood;
    const analysed = clock.monotonicMs();
    const action = call.id === undefined ? undefined : contents.actionOf(analysis.effects);
    const resumed = resumes === undefined ? undefined : contents.resumptionOf(call, resumes);
    const join = sameAs === undefined ? joinOf(state, call, action, resumed) : { sameAs };
    const twin = twinOf(state, join);
    const against = twin === undefined ? state : parts.withoutStep(state, twin.step);
    const now = clock.nowMs();
    const judged = { agent, call, effects: analysis.effects, now, twin };
    const decision = decide(live, judged, against);
    stages.analyse += analysed - started;
    stages.decide += clock.monotonicMs() - analysed;
    return { analysis, decision, now, action, join };
  }

  function decide(
    live: LiveTrajectory,
    { agent, call, effects, now = clock.nowMs(), twin }: DecidedOf,
    state = live.state,
  ): Decision {
    const task = state.opened?.task ?? live.opening.task;
    const agentHistory = without(twin, parts.activity.historyOf(agent));
    return parts.policy().decide({
      call,
      effects,
      agent,
      roles: parts.rolesOf(agent),
      taskClass: task.class,
      condition: task.condition,
      state,
      facts: { nowMs: now, agentHistory, alarms: parts.alarms() },
    });
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
    const records: ProctorRecord[] = [...trajectories.opening(live, intent.call.door), intent];
    if (standing.kind === "refuse") {
      const outcome = { kind: "refused", code: standing.code } as const;
      records.push(outcomeRecord(intent.step, outcome, clock.nowMs()));
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
    if (intent.dispatched && intent.awaitsReport !== true) live.started(intent.step);
    if (standing.kind !== "refuse") parts.approvals.appended(live.key, standing.records);
    return { ...stood, takeBack };
  }

  /** The answer to a repeated Idempotency-Key; undefined: the key is new, or there is none. */
  async function repeatOf(
    live: LiveTrajectory,
    { idempotencyKey: key }: Proposed,
    digest: string,
  ): Promise<Ended | undefined> {
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

  return { judge, decideOnce, decideAt, decide };
}

/** What is known of a tool was known of what it was. */
function withDoubt(analysis: Analysis): Analysis {
  const doubt: Effect = {
    kind: "unknown",
    certainty: "certain",
    via: "tool",
    why: "the server changed what this tool is while the trajectory ran",
  };
  return { ...analysis, effects: [...analysis.effects, doubt] };
}

const goes: Standing = { kind: "go", records: [] };
