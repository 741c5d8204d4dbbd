// What is watched of one student under one policy and mode: four contrasts, two measures, their latches.

import { type PrimaryMeasure, primaryMeasures, type Score, type Scores } from "../core/measure.ts";
import type { ClosedRecord } from "../core/record.ts";
import { createQueue, type Result, type Started } from "../statistics/blocks.ts";
import {
  type Alarm,
  createEvidence,
  createLatch,
  type LiveContrast,
  type LiveOptions,
} from "../statistics/live.ts";
import { type ContrastName, contrastNames, liveVerdict } from "../statistics/live-verdict.ts";
import { type Interval, newcombe } from "../statistics/proportion.ts";
import {
  type Arm,
  type ArmName,
  armsThatDoNotAct,
  sharedRates,
  type Verdict,
} from "../statistics/verdict.ts";
import { type Circumstances, createTally, type Tally } from "../trajectory/tally.ts";

/** A trajectory of an arm, open until it has scores. */
export interface Member extends Started {
  readonly arm: ArmName;
  final?: { readonly at: number; readonly scores: Scores };
}

export interface WatchedEpoch {
  begin(member: Member): void;
  /** Sets what the member came to, and takes the blocks that became complete by it. */
  finish(member: Member, record: ClosedRecord): void;
  /** Student, baseline and control have all begun. */
  isComparable(): boolean;
  contrast(name: ContrastName, measure: PrimaryMeasure): LiveContrast;
  /** The difference over tasks, for one look. */
  newcombe(
    against: "baseline" | "control",
    measure: PrimaryMeasure,
  ): { difference: number } & Interval;
  verdict(measure: PrimaryMeasure): Verdict;
  alarm(measure: PrimaryMeasure, acknowledgedUntilMs: number): Alarm;
  circumstances(): Readonly<Partial<Record<ArmName, Circumstances>>>;
  /** A sentence for each arm that acts too rarely for the measure. */
  idleArms(measure: PrimaryMeasure, actingFloor: number): readonly string[];
}

/** Which arm goes first in a contrast, and which second. */
const sides: Readonly<Record<ContrastName, readonly [ArmName, ArmName]>> = {
  studentBaseline: ["student", "baseline"],
  studentControl: ["student", "control"],
  teacherBaseline: ["teacher", "baseline"],
  controlBaseline: ["control", "baseline"],
};

/** Of an arm. A task for every trajectory must not fill the memory: later ones count as one. */
const maxStrata = 4_096;

export function createWatchedEpoch(
  live: LiveOptions,
  { margin }: { readonly margin: number },
): WatchedEpoch {
  const queues = ofContrasts(() => createQueue<Member>(live.blocks));
  const evidence = ofMeasures((measure) =>
    ofContrasts(() =>
      createEvidence<Member>(({ final }) => resultOf(final?.scores[measure]), live),
    ),
  );
  const latches = ofMeasures(() => createLatch(live.family));
  const tallies = new Map<ArmName, Tally>();
  const begun = new Set<ArmName>();

  /** Whether any block was complete. */
  function advance(name: ContrastName): boolean {
    let moved = false;
    for (const round of queues[name].take()) {
      moved = true;
      for (const measure of primaryMeasures) evidence[measure][name].see(round);
    }
    return moved;
  }

  function look(at: number): void {
    for (const measure of primaryMeasures) {
      const { studentBaseline, studentControl } = evidence[measure];
      latches[measure].look(at, [studentBaseline.logELeast(), studentControl.logELeast()]);
    }
  }

  const strata = (arm: ArmName, measure: PrimaryMeasure): Arm =>
    tallies.get(arm)?.strata(measure) ?? new Map();

  return {
    begin(member) {
      begun.add(member.arm);
      for (const name of contrastNames) {
        const [first, second] = sides[name];
        if (member.arm === first) queues[name].add("student", member);
        if (member.arm === second) queues[name].add("comparator", member);
      }
    },
    finish(member, record) {
      member.final = { at: record.at, scores: record.scores };
      const tally = tallies.get(member.arm) ?? createTally({ maxStrata });
      tallies.set(member.arm, tally);
      tally.apply(record);
      const moved = contrastNames.filter((name) => sides[name].includes(member.arm)).map(advance);
      if (moved.includes(true)) look(record.at);
    },
    isComparable: () => begun.has("student") && begun.has("baseline") && begun.has("control"),
    contrast: (name, measure) => evidence[measure][name].state(queues[name]),
    newcombe(against, measure) {
      const { a, b } = sharedRates(strata("student", measure), strata(against, measure));
      return { difference: a.p - b.p, ...newcombe(a, b) };
    },
    verdict: (measure) => liveVerdict(evidence[measure], { margin, family: live.family }),
    alarm: (measure, acknowledgedUntilMs) => latches[measure].alarm(acknowledgedUntilMs),
    circumstances: () =>
      Object.fromEntries([...tallies].map(([arm, tally]) => [arm, tally.circumstances()])),
    idleArms: (measure, actingFloor) =>
      armsThatDoNotAct(
        Object.fromEntries([...tallies].map(([arm, tally]) => [arm, tally.strata(measure)])),
        actingFloor,
      ),
  };
}

function ofContrasts<T>(make: () => T): Readonly<Record<ContrastName, T>> {
  return {
    studentBaseline: make(),
    studentControl: make(),
    teacherBaseline: make(),
    controlBaseline: make(),
  };
}

function ofMeasures<T>(make: (measure: PrimaryMeasure) => T): Readonly<Record<PrimaryMeasure, T>> {
  return { deletion: make("deletion"), chmod_first: make("chmod_first") };
}

/** Records of older definitions may lack a measure: then nothing is known. */
function resultOf(score: Score | undefined): Result {
  return score?.value ?? "undetermined";
}
