// Lineages watched live: contrasts, alarms and verdicts, a function of the records, so a restart is a replay.

import { type Agent, type Lineage, modelOf } from "../core/agent.ts";
import { type Measure, type PrimaryMeasure, primaryMeasures } from "../core/measure.ts";
import type { ClosedRecord, OpenedRecord } from "../core/record.ts";
import { isUnit, trajectoryId } from "../core/trajectory.ts";
import {
  type AlarmState,
  createSlots,
  type Family,
  type LiveContrast,
  type LiveOptions,
  logThresholdOf,
  type SlotName,
  usualLive,
} from "../statistics/live.ts";
import type { Interval } from "../statistics/proportion.ts";
import type { ArmName, Verdict } from "../statistics/verdict.ts";
import { stratumOf } from "../trajectory/tally.ts";
import { type Comparison, comparisonsOf, reasonsAgainst, titleOf } from "./lineage.ts";
import { createWatchedEpoch, type Member, type WatchedEpoch } from "./watched-epoch.ts";

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

/**
 * Records come in the order of the store. Each costs the same however many came before it; memory is
 * that of the trajectories that are open or wait for a partner, and is bounded.
 */
export interface Watch {
  opened(record: OpenedRecord): void;
  apply(record: ClosedRecord): void;
  /**
   * Of each student's newest epoch; alarms of older ones stay. The same object until a record comes
   * that changes it; else worked out anew, which takes some milliseconds for each student.
   */
  now(): Watched;
  /** Alarms that are latched and not acknowledged, as `LINEAGE/STUDENT/MEASURE`. */
  alarms(): readonly string[];
}

interface Subject {
  readonly lineage: string;
  readonly comparison: Comparison;
  /** By what was recorded under one policy, mode and set of models; nothing is compared across. */
  readonly epochs: Map<string, SubjectEpoch>;
  /** Agent -> its model, as its newest trajectory says. */
  readonly models: Map<string, string>;
  /** How often any of them became another. */
  changes: number;
  newest?: SubjectEpoch;
  /** Until the next record of this student. */
  watched?: Watched;
}

interface SubjectEpoch extends WatchedEpoch {
  slot(measure: PrimaryMeasure): SlotName;
}

/** Epochs of a student without a slot, which can raise no alarm; older ones are forgotten. */
const maxEpochs = 16;

export function createWatch(options: WatchOptions): Watch {
  const live: LiveOptions = { ...usualLive, family: options.family };
  const configured = new Map(options.agents.map((agent) => [agent.id, modelOf(agent)]));
  const subjects = options.lineages.flatMap((lineage) =>
    comparisonsOf(lineage).map(
      (comparison): Subject => ({
        lineage: lineage.name,
        comparison,
        epochs: new Map(),
        models: new Map(),
        changes: 0,
      }),
    ),
  );
  const slots = createSlots(options.family);
  /** Open trajectories, in each student's epoch that they belong to. */
  const open = new Map<string, { subject: Subject; epoch: WatchedEpoch; member: Member }[]>();
  let last: Watched | undefined;
  let alarming: readonly string[] | undefined;

  function epochOf(
    subject: Subject,
    { key, policy: digest, mode, model }: OpenedRecord,
  ): SubjectEpoch {
    const { lineage, comparison } = subject;
    const agents = Object.values(comparison.agents);
    // Records of older versions do not say the model: it is taken to be that of the config.
    const now = model ?? configured.get(key.agent) ?? "";
    const before = subject.models.get(key.agent);
    if (before !== undefined && before !== now) subject.changes += 1;
    subject.models.set(key.agent, now);
    const policy = `${digest} ${mode}`;
    const name = `${policy} ${subject.changes}`;
    const known = subject.epochs.get(name);
    if (known !== undefined) return known;
    const models = [...subject.models.values(), `change ${subject.changes}`];
    const epoch = { agents, models, policy };
    const student = `${lineage} ${titleOf(comparison)}`;
    const created = {
      ...createWatchedEpoch(live, options),
      slot: (measure: PrimaryMeasure) => ({ student, measure, epoch }),
    };
    forgetOldest(subject);
    subject.epochs.set(name, created);
    return created;
  }

  function forgetOldest({ epochs }: Subject): void {
    const holdsNone = (epoch: SubjectEpoch) =>
      primaryMeasures.every((measure) => !slots.holds(epoch.slot(measure)));
    const without = [...epochs].filter(([, epoch]) => holdsNone(epoch));
    const [oldest] = without;
    if (without.length >= maxEpochs && oldest !== undefined) epochs.delete(oldest[0]);
  }

  /** Slots are taken before any result: when student, baseline and control have all begun. */
  function begin(epoch: SubjectEpoch, member: Member): void {
    const had = epoch.isComparable();
    epoch.begin(member);
    if (had || !epoch.isComparable()) return;
    for (const measure of primaryMeasures) slots.ask(epoch.slot(measure));
  }

  const armFor = (
    { comparison: { condition, agents } }: Subject,
    { key, task }: OpenedRecord,
  ): ArmName | undefined =>
    task.class === options.taskClass && (condition === undefined || condition === task.condition)
      ? armOf(agents, key.agent)
      : undefined;

  function changed(subject: Subject): void {
    subject.watched = undefined;
    last = undefined;
    alarming = undefined;
  }

  return {
    opened(record) {
      const { key, identifiedBy, task, at } = record;
      if (!isUnit(key, identifiedBy)) return;
      const id = trajectoryId(key);
      const places = subjects.flatMap((subject) => {
        const arm = armFor(subject, record);
        if (arm === undefined) return [];
        const epoch = epochOf(subject, record);
        const member = { arm, id, stratum: stratumOf(task), startedAt: at };
        begin(epoch, member);
        subject.newest = epoch;
        changed(subject);
        return [{ subject, epoch, member }];
      });
      if (places.length > 0) open.set(id, places);
    },
    apply(record) {
      const id = trajectoryId(record.key);
      for (const { subject, epoch, member } of open.get(id) ?? []) {
        epoch.finish(member, record);
        changed(subject);
      }
      open.delete(id);
    },
    alarms() {
      alarming ??= now().verdicts.flatMap(({ lineage, student, measure, alarm }) =>
        alarm === "alarm" ? [`${lineage}/${student}/${measure}`] : [],
      );
      return alarming;
    },
    now,
  };

  function now(): Watched {
    if (last !== undefined) return last;
    for (const subject of subjects) {
      subject.watched ??= watchedOf(subject, options, (epoch, measure) =>
        slots.holds(epoch.slot(measure)),
      );
    }
    last = {
      contrasts: subjects.flatMap(({ watched }) => watched?.contrasts ?? []),
      verdicts: subjects.flatMap(({ watched }) => watched?.verdicts ?? []),
    };
    return last;
  }
}

function armOf(
  { student, baseline, control, teacher }: Comparison["agents"],
  agent: string,
): ArmName | undefined {
  if (agent === student) return "student";
  if (agent === baseline) return "baseline";
  if (agent === control) return "control";
  return agent === teacher ? "teacher" : undefined;
}

type HasSlot = (epoch: SubjectEpoch, measure: PrimaryMeasure) => boolean;

function watchedOf(subject: Subject, options: WatchOptions, hasSlot: HasSlot): Watched {
  const { lineage, comparison, newest } = subject;
  if (newest === undefined) return { contrasts: [], verdicts: [] };
  const parts = primaryMeasures.map((measure) => {
    const label = { lineage, student: titleOf(comparison), measure };
    const reasons = [
      ...reasonsAgainst(comparison, newest.circumstances()),
      ...newest.idleArms(measure, options.actingFloor),
    ];
    const alarm = alarmOfSubject(subject, { label, options, hasSlot });
    const verdict: WatchedVerdict = {
      ...label,
      verdict: reasons.length > 0 ? "not enough to tell" : newest.verdict(measure),
      reasons,
      alarm,
      withoutSlot: newest.isComparable() && !hasSlot(newest, measure),
    };
    const contrasts = (["baseline", "control"] as const).map((against): WatchedContrast => {
      const of = against === "baseline" ? "studentBaseline" : "studentControl";
      return {
        ...label,
        against,
        live: newest.contrast(of, measure),
        newcombe: newest.newcombe(against, measure),
        alarm,
        logThreshold: logThresholdOf(options.family),
      };
    });
    return { verdict, contrasts };
  });
  return {
    contrasts: parts.flatMap(({ contrasts }) => contrasts),
    verdicts: parts.map(({ verdict }) => verdict),
  };
}

/** The gravest of all epochs that hold a slot; alarms latch beyond their epoch. */
function alarmOfSubject(
  { epochs }: Subject,
  {
    label,
    options,
    hasSlot,
  }: {
    label: { lineage: string; student: string; measure: PrimaryMeasure };
    options: WatchOptions;
    hasSlot: HasSlot;
  },
): AlarmState {
  const untilMs = Math.max(
    ...options.acknowledged
      .filter(
        ({ lineage, student, measure }) =>
          lineage === label.lineage && student === label.student && measure === label.measure,
      )
      .map((one) => one.untilMs),
    -Infinity,
  );
  let shown: AlarmState = "calm";
  for (const epoch of epochs.values()) {
    if (!hasSlot(epoch, label.measure)) continue;
    const { state } = epoch.alarm(label.measure, untilMs);
    if (severity[state] >= severity[shown]) shown = state;
  }
  return shown;
}

const severity: Record<AlarmState, number> = { calm: 0, watch: 1, acknowledged: 2, alarm: 3 };
