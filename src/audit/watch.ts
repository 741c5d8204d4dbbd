// Lineages watched live: contrasts, alarms and verdicts, a function of the records, so a restart is a replay.

import type { Agent, Lineage } from "../core/agent.ts";
import { type Measure, primaryMeasures, type Score, type Scores } from "../core/measure.ts";
import type { ClosedRecord, OpenedRecord } from "../core/record.ts";
import { isUnit, trajectoryId } from "../core/trajectory.ts";
import type { Result, Unit } from "../statistics/blocks.ts";
import {
  type AlarmState,
  alarmOf,
  assignSlots,
  type Family,
  type LiveContrast,
  type LiveOptions,
  type SlotName,
  slotKey,
  usualLive,
} from "../statistics/live.ts";
import {
  type ArmUnits,
  type LiveContrasts,
  liveContrasts,
  liveVerdict,
} from "../statistics/live-verdict.ts";
import type { Interval } from "../statistics/proportion.ts";
import {
  type Arm,
  type ArmName,
  armsThatDoNotAct,
  contrast,
  type Verdict,
} from "../statistics/verdict.ts";
import { createTally, stratumOf, type Tally } from "../trajectory/tally.ts";
import { type Comparison, comparisonsOf, reasonsAgainst, titleOf } from "./lineage.ts";

/** An alarm that a person has seen: it stays quiet if it latched before `untilMs`. */
export interface Acknowledgement {
  readonly lineage: string;
  readonly student: string;
  readonly measure: Measure;
  readonly untilMs: number;
}

export interface WatchOptions {
  readonly lineages: readonly Lineage[];
  readonly agents: readonly Agent[];
  readonly taskClass: string;
  /** Half-width of "no difference". */
  readonly margin: number;
  readonly actingFloor: number;
  readonly family: Family;
  readonly acknowledged: readonly Acknowledgement[];
}

/** As the config has it. */
export interface WatchSettings {
  readonly lineages: readonly Lineage[];
  readonly agents: readonly Agent[];
  readonly audit: {
    readonly taskClass: string;
    readonly margin: number;
    readonly alpha: number;
    readonly actingFloor: number;
    readonly familyMax: number;
    readonly acknowledged: readonly (Omit<Acknowledgement, "untilMs"> & {
      /** ISO 8601. */
      readonly until: string;
    })[];
  };
}

export function watchOptions({ lineages, agents, audit }: WatchSettings): WatchOptions {
  const { taskClass, margin, actingFloor, familyMax: max, alpha, acknowledged } = audit;
  return {
    lineages,
    agents,
    taskClass,
    margin,
    actingFloor,
    family: { max, alpha },
    acknowledged: acknowledged.map(({ until, ...alarm }) => ({
      ...alarm,
      untilMs: Date.parse(until),
    })),
  };
}

export interface WatchedContrast {
  readonly lineage: string;
  readonly student: string;
  readonly against: "baseline" | "control";
  readonly measure: Measure;
  readonly live: LiveContrast;
  readonly newcombe: { readonly difference: number } & Interval;
  readonly alarm: AlarmState;
  readonly logThreshold: number;
}

export interface WatchedVerdict {
  readonly lineage: string;
  readonly student: string;
  readonly measure: Measure;
  readonly verdict: Verdict;
  /** Why it may not be judged, a sentence each. */
  readonly reasons: readonly string[];
  readonly alarm: AlarmState;
  /** No slot was left: it can raise no alarm. */
  readonly withoutSlot: boolean;
}

export interface Watched {
  readonly contrasts: readonly WatchedContrast[];
  readonly verdicts: readonly WatchedVerdict[];
}

export interface Watch {
  opened(record: OpenedRecord): void;
  apply(record: ClosedRecord): void;
  /** Of each student's newest epoch; alarms of older ones stay. */
  now(): Watched;
}

/** A trajectory of an arm, open until it has scores. */
interface Member {
  readonly arm: ArmName;
  readonly id: string;
  readonly stratum: string;
  readonly startedAt: number;
  final?: { readonly at: number; readonly scores: Scores };
}

/** What was recorded under one policy and mode; nothing is compared across. */
interface EpochState {
  readonly slotNames: readonly { readonly measure: Measure; readonly name: SlotName }[];
  readonly members: Map<string, Member>;
  readonly tallies: Map<ArmName, Tally>;
  readonly begun: Set<ArmName>;
  /** Until the next record of this epoch. */
  computed?: ReadonlyMap<Measure, Computed>;
}

interface Computed {
  readonly contrasts: LiveContrasts;
  readonly verdict: Verdict;
}

interface Subject {
  readonly lineage: string;
  readonly comparison: Comparison;
  readonly epochs: Map<string, EpochState>;
  newest?: EpochState;
}

export function createWatch(options: WatchOptions): Watch {
  const live: LiveOptions = { ...usualLive, family: options.family };
  const models = new Map(
    options.agents.map(({ id, model, revision }) => [id, `${model} ${revision}`]),
  );
  const subjects = options.lineages.flatMap((lineage) =>
    comparisonsOf(lineage).map(
      (comparison): Subject => ({ lineage: lineage.name, comparison, epochs: new Map() }),
    ),
  );
  const asked: SlotName[] = [];
  let last: Watched | undefined;

  function epochOf(subject: Subject, policy: string): EpochState {
    const known = subject.epochs.get(policy);
    if (known !== undefined) return known;
    const { lineage, comparison } = subject;
    const agents = Object.values(comparison.agents);
    const epoch = { agents, models: agents.map((id) => models.get(id) ?? ""), policy };
    const student = `${lineage} ${titleOf(comparison)}`;
    const created: EpochState = {
      slotNames: primaryMeasures.map((measure) => ({ measure, name: { student, measure, epoch } })),
      members: new Map(),
      tallies: new Map(),
      begun: new Set(),
    };
    subject.epochs.set(policy, created);
    return created;
  }

  /** Slots are taken before any result: when student, baseline and control have all begun. */
  function begin(epoch: EpochState, arm: ArmName): void {
    const had = isComparable(epoch);
    epoch.begun.add(arm);
    if (!had && isComparable(epoch)) asked.push(...epoch.slotNames.map(({ name }) => name));
  }

  const asksFor = (
    { comparison }: Subject,
    { agent }: { agent: string },
    task: OpenedRecord["task"],
  ) =>
    task.class === options.taskClass &&
    (comparison.condition === undefined || comparison.condition === task.condition)
      ? armOf(comparison, agent)
      : undefined;

  function watchedNow(): Watched {
    const { held } = assignSlots(asked, options.family);
    const rows = subjects.map((subject) => watchedOf(subject, { options, live, held }));
    return {
      contrasts: rows.flatMap(({ contrasts }) => contrasts),
      verdicts: rows.flatMap(({ verdicts }) => verdicts),
    };
  }

  return {
    opened({ key, identifiedBy, task, policy, mode, at }) {
      if (!isUnit(key, identifiedBy)) return;
      for (const subject of subjects) {
        const arm = asksFor(subject, key, task);
        if (arm === undefined) continue;
        const epoch = epochOf(subject, `${policy} ${mode}`);
        const id = trajectoryId(key);
        epoch.members.set(id, { arm, id, stratum: stratumOf(task), startedAt: at });
        begin(epoch, arm);
        epoch.computed = undefined;
        subject.newest = epoch;
        last = undefined;
      }
    },
    apply(record) {
      const { key, task, policy, mode, at, scores } = record;
      if (!record.counts) return;
      for (const subject of subjects) {
        const arm = asksFor(subject, key, task);
        const epoch = subject.epochs.get(`${policy} ${mode}`);
        const member = epoch?.members.get(trajectoryId(key));
        if (arm === undefined || epoch === undefined || member === undefined) continue;
        member.final = { at, scores };
        const tally = epoch.tallies.get(arm) ?? createTally();
        epoch.tallies.set(arm, tally);
        tally.apply(record);
        epoch.computed = undefined;
        last = undefined;
      }
    },
    now() {
      last ??= watchedNow();
      return last;
    },
  };
}

function isComparable({ begun }: EpochState): boolean {
  return begun.has("student") && begun.has("baseline") && begun.has("control");
}

function armOf({ agents }: Comparison, agent: string): ArmName | undefined {
  const { student, baseline, control, teacher } = agents;
  if (agent === student) return "student";
  if (agent === baseline) return "baseline";
  if (agent === control) return "control";
  return agent === teacher ? "teacher" : undefined;
}

interface Ground {
  readonly options: WatchOptions;
  readonly live: LiveOptions;
  readonly held: ReadonlySet<string>;
}

function watchedOf(subject: Subject, ground: Ground): Watched {
  const { lineage, comparison, newest } = subject;
  if (newest === undefined) return { contrasts: [], verdicts: [] };
  const student = titleOf(comparison);
  const computed = computedOf(newest, ground);
  const parts = newest.slotNames.map(({ measure, name }) => {
    const label = { lineage, student, measure };
    const found = computed.get(measure);
    const reasons = reasonsOf(comparison, newest, measure, ground.options);
    const alarm = alarmOfSubject(subject, label, ground);
    const verdict = {
      ...label,
      verdict: reasons.length > 0 ? "not enough to tell" : (found?.verdict ?? "not enough to tell"),
      reasons,
      alarm: alarm.state,
      withoutSlot: isComparable(newest) && !ground.held.has(slotKey(name)),
    } as const;
    const contrasts = (["baseline", "control"] as const).flatMap((against) => {
      if (found === undefined) return [];
      const of = found.contrasts[against === "baseline" ? "studentBaseline" : "studentControl"];
      const newcombe = newcombeOf(newest, measure, against);
      const { state, logThreshold } = alarm;
      return [{ ...label, against, live: of, newcombe, alarm: state, logThreshold }];
    });
    return { verdict, contrasts };
  });
  return {
    contrasts: parts.flatMap(({ contrasts }) => contrasts),
    verdicts: parts.map(({ verdict }) => verdict),
  };
}

function computedOf(epoch: EpochState, { options, live }: Ground): ReadonlyMap<Measure, Computed> {
  epoch.computed ??= new Map(
    primaryMeasures.map((measure) => {
      const arms = unitsOf(epoch, measure);
      const contrasts = liveContrasts(arms, live);
      return [
        measure,
        { contrasts, verdict: liveVerdict(arms, contrasts, { ...live, margin: options.margin }) },
      ];
    }),
  );
  return epoch.computed;
}

function unitsOf({ members }: EpochState, measure: Measure): ArmUnits {
  const arms: Record<ArmName, Omit<Unit, "arm">[]> = {
    student: [],
    baseline: [],
    control: [],
    teacher: [],
  };
  for (const { arm, id, stratum, startedAt, final } of members.values()) {
    const unit = { id, stratum, startedAt };
    arms[arm].push(
      final === undefined
        ? unit
        : { ...unit, final: { at: final.at, result: resultOf(final.scores[measure]) } },
    );
  }
  return arms;
}

/** Records of older definitions may lack a measure: then nothing is known. */
function resultOf(score: Score | undefined): Result {
  return score?.value ?? "undetermined";
}

function reasonsOf(
  comparison: Comparison,
  { tallies }: EpochState,
  measure: Measure,
  { actingFloor }: WatchOptions,
): readonly string[] {
  const seen = Object.fromEntries([...tallies].map(([arm, tally]) => [arm, tally.circumstances()]));
  const arms = Object.fromEntries([...tallies].map(([arm, tally]) => [arm, tally.strata(measure)]));
  return [...reasonsAgainst(comparison, seen), ...armsThatDoNotAct(arms, actingFloor)];
}

/** The first epoch whose alarm stands; alarms latch beyond their epoch. */
function alarmOfSubject(
  { epochs }: Subject,
  label: { lineage: string; student: string; measure: Measure },
  ground: Ground,
) {
  const { family, acknowledged } = ground.options;
  const untilMs = Math.max(
    ...acknowledged
      .filter(
        ({ lineage, student, measure }) =>
          lineage === label.lineage && student === label.student && measure === label.measure,
      )
      .map((one) => one.untilMs),
    -Infinity,
  );
  let shown = alarmOf([], { family, acknowledged: false });
  for (const epoch of epochs.values()) {
    const slot = epoch.slotNames.find(({ measure }) => measure === label.measure);
    const found = computedOf(epoch, ground).get(label.measure);
    if (slot === undefined || found === undefined || !ground.held.has(slotKey(slot.name))) continue;
    const { studentBaseline, studentControl } = found.contrasts;
    const both = [studentBaseline, studentControl];
    const latched = alarmOf(both, { family, acknowledged: false });
    const seen = latched.state === "alarm" && (latched.since ?? Infinity) < untilMs;
    const alarm = seen ? { ...latched, state: "acknowledged" as const } : latched;
    if (severity[alarm.state] >= severity[shown.state]) shown = alarm;
  }
  return shown;
}

const severity: Record<AlarmState, number> = { calm: 0, watch: 1, acknowledged: 2, alarm: 3 };

function newcombeOf(
  { tallies }: EpochState,
  measure: Measure,
  against: "baseline" | "control",
): { readonly difference: number } & Interval {
  const none: Arm = new Map();
  const strata = (arm: ArmName) => tallies.get(arm)?.strata(measure) ?? none;
  const { difference, interval95 } = contrast(strata("student"), strata(against));
  return { difference, ...interval95 };
}
