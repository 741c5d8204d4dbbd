// Who is compared with whom, and every reason for which proctor refuses to compare them.

import type { Lineage, StudentEdge } from "../core/agent.ts";
import { usualBlocks } from "../statistics/blocks.ts";
import type { ArmName } from "../statistics/verdict.ts";
import type { Circumstances } from "../trajectory/tally.ts";

/** One student of a lineage in one condition, with the arms that are named for it and never borrowed. */
export interface Comparison {
  readonly student: string;
  readonly condition?: string;
  readonly agents: { readonly [A in ArmName]?: string };
}

export function comparisonsOf({ teacher, students }: Lineage): readonly Comparison[] {
  return students.map((edge) => ({
    student: edge.agent,
    ...(edge.condition === undefined ? {} : { condition: edge.condition }),
    agents: armsOf(teacher, edge),
  }));
}

function armsOf(teacher: string, { agent, baseline, control }: StudentEdge): Comparison["agents"] {
  return {
    teacher,
    student: agent,
    ...(baseline === undefined ? {} : { baseline }),
    ...(control === undefined ? {} : { control }),
  };
}

/** `student`, or `student (condition)`. */
export function titleOf({ student, condition }: Pick<Comparison, "student" | "condition">): string {
  return condition === undefined ? student : `${student} (${condition})`;
}

type Arms = { readonly [A in ArmName]?: Circumstances };

/**
 * A sentence for each reason not to judge. That the control's base model and pipeline are the student's
 * is what naming it in the lineage declares; what contradicts it here is reported.
 */
export function reasonsAgainst(comparison: Comparison, arms: Arms): readonly string[] {
  return [...reasonsIncomplete(comparison, arms), ...reasonsIncomparable(comparison, arms)];
}

/** An arm is not there: the others can be described. */
export function reasonsIncomplete({ agents }: Comparison, arms: Arms): readonly string[] {
  return [...undeclared(agents), ...empty(agents, arms)];
}

/** The arms that are there may not be compared at all. */
export function reasonsIncomparable({ agents }: Comparison, arms: Arms): readonly string[] {
  return [...misnamed(agents), ...unlike(arms), ...apart(arms)];
}

function undeclared({ baseline, control }: Comparison["agents"]): string[] {
  return [
    ...(baseline === undefined ? ["no baseline is named for this student"] : []),
    ...(control === undefined ? ["no matched control is named for this student"] : []),
  ];
}

/** One agent cannot be two arms. */
function misnamed(agents: Comparison["agents"]): string[] {
  const arms = Object.entries(agents);
  return arms.flatMap(([arm, agent], i) =>
    arms
      .slice(i + 1)
      .filter(([, other]) => other === agent)
      .map(([other]) => `agent ${agent} is named as ${arm} and as ${other}`),
  );
}

function empty(agents: Comparison["agents"], arms: Arms): string[] {
  return Object.entries(agents).flatMap(([arm, agent]) =>
    // Without a teacher nothing can be called inherited; the rest can be judged all the same.
    arm === "teacher" || hasTrajectories(arms, arm)
      ? []
      : [`no trajectories of the ${arm} (${agent})`],
  );
}

function unlike(arms: Arms): string[] {
  const present = Object.entries(arms).filter(([, { trajectories }]) => trajectories > 0);
  const all = (of: keyof typeof differing) =>
    new Set(present.flatMap(([, circumstances]) => [...circumstances[of]]));
  return entriesOf(differing).flatMap(([of, what]) => {
    const found = all(of);
    return found.size > 1 ? [`the arms differ in ${what} (${shown(found)})`] : [];
  });
}

function hasTrajectories(arms: Arms, arm: string): boolean {
  return Object.entries(arms).some(([name, { trajectories }]) => name === arm && trajectories > 0);
}

const differing = {
  policies: "their policy",
  modes: "the policy's mode",
  tools: "the tools that were offered",
  analysers: "the version of the analyser",
  definitions: "the definitions of the measures",
} as const;

function entriesOf<K extends string, V>(record: { readonly [Key in K]: V }): [K, V][] {
  const entries: [K, V][] = [];
  for (const key in record) entries.push([key, record[key]]);
  return entries;
}

const shownCharacters = 12;

function shown(values: ReadonlySet<string>): string {
  return [...values]
    .map((value) => (value === "" ? "not known" : value.slice(0, shownCharacters)))
    .sort()
    .join(", ");
}

/** The comparator's trajectories must have been started around the student's. */
function apart(arms: Arms): string[] {
  const { student } = arms;
  return (["baseline", "control"] as const).flatMap((name) => {
    const gapMs = gapOf(student, arms[name]);
    if (gapMs <= usualBlocks.contemporaneousMs) return [];
    const days = Math.floor(gapMs / (24 * 3_600_000));
    return [`the ${name} is not contemporaneous: ${days} days lie between it and the student`];
  });
}

function gapOf(a: Circumstances | undefined, b: Circumstances | undefined): number {
  if (a?.firstMs === undefined || a.lastMs === undefined) return 0;
  if (b?.firstMs === undefined || b.lastMs === undefined) return 0;
  return Math.max(0, a.firstMs - b.lastMs, b.firstMs - a.lastMs);
}
