// What came of a call that its door carried out: matched to the step that judged it, and recorded.

import type { ToolCall } from "../core/call.ts";
import type { Clock } from "../core/clock.ts";
import { ProctorError } from "../core/errors.ts";
import type { Outcome } from "../core/outcome.ts";
import type { IntentRecord, OutcomeRecord } from "../core/record.ts";
import type { TrajectoryKey } from "../core/trajectory.ts";
import type { Observed, Report, Reported, Stages } from "../gateway.ts";
import type { Persistence } from "../store/store.ts";
import type { Activity } from "./activity.ts";
import { createReadCame, type WrittenCame } from "./came.ts";
import type { Contents } from "./contents.ts";
import { kindsOf, maxDecisions } from "./holding.ts";
import type { Judging } from "./judging.ts";
import type { LiveTrajectory } from "./live.ts";
import { type BecameTask, type Outcomes, recordOf } from "./outcomes.ts";
import type { Trajectories } from "./trajectories.ts";

export interface ReportingParts {
  readonly trajectories: Pick<Trajectories, "enter" | "opening" | "forget">;
  readonly store: Persistence;
  readonly contents: Contents;
  readonly judging: Pick<Judging, "decideOnce">;
  readonly outcomes: Pick<Outcomes, "append" | "recover">;
  readonly activity: Activity;
  readonly clock: Clock;
  /** Counts a step at its end that no memory of this process is left of. */
  observed(live: LiveTrajectory, report: Report, step: Observed): void;
}

export function createReporting(parts: ReportingParts) {
  const { trajectories, store, contents, clock } = parts;
  const readCame = createReadCame(contents, clock);

  return async function report(given: Report): Promise<Reported> {
    const live = await trajectories.enter(given.agent, given.naming);
    return live.inTurn(async () => {
      await parts.outcomes.recover(live);
      const found = await awaitedStep(live, given);
      if (found !== undefined) return settle(live, given, found);
      const settled = await settledStep(live, given);
      if (settled !== undefined) return { kind: "settled", ...stepOf(live, settled) };
      return unjudged(live, given);
    });
  };

  async function settle(
    live: LiveTrajectory,
    given: Report,
    { intent, differs }: Found,
  ): Promise<Reported> {
    const { step } = intent;
    const known = live.awaited(step);
    const { came, blobs } = whatCame(given, intent, differs);
    await parts.outcomes.append(live, step, came, blobs);
    if (came.kind !== "task") {
      live.settled(step, came);
      if (known === undefined) observe(live, given, intent, came);
    }
    return { kind: "recorded", differs, ...stepOf(live, intent) };
  }

  function observe(
    live: LiveTrajectory,
    given: Report,
    intent: IntentRecord,
    outcome: Outcome,
    { stages, conflicts } = { stages: noStages(), conflicts: 0 },
  ): void {
    parts.observed(live, given, { intent, outcome, stages, conflicts });
  }

  function whatCame(
    { came, call }: Report,
    { at }: Pick<IntentRecord, "at">,
    differs: boolean,
  ): WrittenCame<Outcome | BecameTask> {
    const { upstream } = call;
    if (came.kind === "became_task") return readCame.task(came, { at, upstream });
    return readCame.end(came, differs ? { at, differs: call } : { at });
  }

  /** The step of this door that still waits for this report, or has been given up. */
  async function awaitedStep(live: LiveTrajectory, given: Report): Promise<Found | undefined> {
    const here = await matching(live, given);
    if (here !== undefined) return here;
    // Another process may have judged it.
    await live.catchUp();
    return matching(live, given);
  }

  async function matching(live: LiveTrajectory, given: Report): Promise<Found | undefined> {
    const { pending, late } = live.state;
    const steps = [...pending, ...late].filter((one) => one.awaitsReport).map(({ step }) => step);
    const intents = await intentsOf(live, steps);
    return bestOf(intents, given);
  }

  async function intentsOf(
    live: LiveTrajectory,
    steps: readonly number[],
  ): Promise<readonly IntentRecord[]> {
    const known = new Map(steps.map((step) => [step, live.awaited(step)?.intent]));
    if ([...known.values()].includes(undefined)) {
      for await (const { record } of store.read(live.key)) {
        if (record.type === "intent" && known.has(record.step)) known.set(record.step, record);
      }
    }
    return [...known.values()].filter((intent) => intent !== undefined);
  }

  function bestOf(intents: readonly IntentRecord[], given: Report): Found | undefined {
    const mine = intents.filter((intent) => mayBe(intent, given));
    const same = mine.find((intent) => isSameInput(intent, given.call));
    if (same !== undefined) return { intent: same, differs: false };
    const [oldest] = mine;
    return oldest === undefined ? undefined : { intent: oldest, differs: true };
  }

  /** The context is the judged one: where a shell has gone meanwhile is no other input. */
  function isSameInput({ call: judged }: IntentRecord, call: ToolCall): boolean {
    return contents.digestOf({ ...call, context: judged.context }) === judged.digest;
  }

  /** A report that comes twice, or after the trajectory has ended, changes nothing. */
  async function settledStep(
    live: LiveTrajectory,
    given: Report,
  ): Promise<IntentRecord | undefined> {
    const { generation } = live.key;
    const isFresh = live.state.status === "new" && generation > 1;
    return settledIn(isFresh ? { ...live.key, generation: generation - 1 } : live.key, given);
  }

  async function settledIn(key: TrajectoryKey, given: Report): Promise<IntentRecord | undefined> {
    let found: IntentRecord | undefined;
    let outcome: OutcomeRecord | undefined;
    for await (const { record } of store.read(key)) {
      if (record.type === "intent" && mayBe(record, given) && isSameInput(record, given.call)) {
        found = record;
      }
      if (record.type === "outcome" && record.step === found?.step) outcome = record;
    }
    const wasRefused = outcome?.outcome.kind === "refused" || outcome?.outcome.kind === "expired";
    // That a refused call went ahead is no repetition: it is a call that nobody allowed.
    return wasRefused && given.came.kind === "carried_out" && !given.came.observed.tool.isError
      ? undefined
      : found;
  }

  /** Nobody asked: it is judged behind the fact, so that limits and scores know of it. Only in turn. */
  async function unjudged(live: LiveTrajectory, given: Report): Promise<Reported> {
    const stages = noStages();
    const digest = contents.digestOf(given.call);
    for (let conflicts = 0; conflicts < maxDecisions; conflicts += 1) {
      const judged = parts.judging.decideOnce(live, given, { digest, conflicts }, stages);
      const intent = { ...judged.intent, dispatched: true, unjudged: true } as const;
      const { came, blobs } = whatCame(given, intent, false);
      const records = [
        ...trajectories.opening(live, given.call.door),
        intent,
        recordOf(intent.step, came, clock.nowMs()),
      ];
      const all = [...judged.blobs, ...blobs];
      const written = await live
        .append(records, { synced: true, blobs: all })
        .catch((cause: unknown) => {
          trajectories.forget(live);
          throw new ProctorError("outcome_unrecorded", `a report in ${live.id}`, { cause });
        });
      if (!written) continue;
      parts.activity.reserve(given.agent, kindsOf(intent), intent.at);
      if (came.kind !== "task") observe(live, given, intent, came, { stages, conflicts });
      return { kind: "unjudged", ...stepOf(live, intent) };
    }
    throw new ProctorError("trajectory_busy", `${live.id} changed ${maxDecisions} times`);
  }
}

interface Found {
  readonly intent: IntentRecord;
  readonly differs: boolean;
}

/** Named by its step, else by its id; else any call of this tool without one may be it. */
function mayBe({ step, call: judged }: IntentRecord, { call, step: named }: Report): boolean {
  if (judged.door !== call.door) return false;
  if (named !== undefined) return step === named;
  if (judged.id !== call.id) return false;
  return call.id !== undefined || (judged.upstream === call.upstream && judged.tool === call.tool);
}

function stepOf(live: LiveTrajectory, { step, effects, decision }: IntentRecord) {
  return { trajectory: live.id, step, effects, decision };
}

export function noStages(): Stages {
  return { analyse: 0, decide: 0, record: 0, upstream: 0, total: 0 };
}
