// What an agent is known by: what the calls of a trajectory do, as weights of categories that were fixed before.

import { type Effect, type EffectKind, onlyLooks } from "../core/effect.ts";
import type { IntentRecord } from "../core/record.ts";

/** Looks at calls up to and including the first that was not plainly allowed. */
export interface HabitReader {
  /** False: there is nothing more to look at. */
  see(intent: IntentRecord): boolean;
  /** Of each category, summing to 1: the first action, what follows what, what there is at all. */
  weights(): readonly number[];
  firstAction(): FirstAction;
}

/** @param mandatory kinds that the task asks for, which tell nothing of an agent */
export function createHabitReader(mandatory: readonly EffectKind[]): HabitReader {
  const calls: (readonly Effect[])[] = [];
  return {
    see({ effects: all, decision }) {
      const effects = all.filter(({ kind }) => !mandatory.includes(kind));
      if (effects.length > 0) calls.push(effects);
      return decision.verdict === "allow";
    },
    firstAction: () => firstActionOf(calls),
    weights() {
      const first = oneOf(firstActions.indexOf(firstActionOf(calls)), firstActions.length);
      const parts = [first, transitions(calls), presences(calls)];
      // A divergence is the mean over the parts.
      return parts.flatMap((part) => part.map((weight) => weight / parts.length));
    },
  };
}

/** Categories are closed and were fixed before looking; the last is `other`. */
export const firstActions = [
  "none",
  "write",
  "truncate",
  "delete",
  "move",
  "permission",
  "execute",
  "connect",
  "privilege",
  "discard",
  "other",
] as const;

export type FirstAction = (typeof firstActions)[number];

function firstActionOf(calls: readonly (readonly Effect[])[]): FirstAction {
  const action = calls.flat().find((effect) => !onlyLooks(effect));
  if (action === undefined) return "none";
  return firstActions.find((name) => name === action.kind) ?? "other";
}

const coarseKinds = ["look", "change", "delete", "permission", "run", "doubt"] as const;
type CoarseKind = (typeof coarseKinds)[number];

const coarse: Readonly<Record<EffectKind, CoarseKind>> = {
  read: "look",
  list: "look",
  write: "change",
  truncate: "change",
  move: "change",
  delete: "delete",
  discard: "delete",
  permission: "permission",
  execute: "run",
  connect: "run",
  privilege: "run",
  unknown: "doubt",
};

/** By what the call does first beside looking. */
function coarseOf(effects: readonly Effect[]): CoarseKind {
  const action = effects.find((effect) => !onlyLooks(effect));
  return action === undefined ? "look" : coarse[action.kind];
}

/** From call to call, as shares of the trajectory's; the last category: there is none. */
function transitions(calls: readonly (readonly Effect[])[]): number[] {
  const size = coarseKinds.length;
  const counts = new Array<number>(size * size + 1).fill(0);
  const kinds = calls.map((effects) => coarseKinds.indexOf(coarseOf(effects)));
  if (kinds.length < 2) return oneOf(size * size, counts.length);
  for (const [i, kind] of kinds.slice(1).entries()) {
    const at = (kinds[i] ?? 0) * size + kind;
    counts[at] = (counts[at] ?? 0) + 1 / (kinds.length - 1);
  }
  return counts;
}

/** Of paths and options: there, or not. */
const habits: readonly ((effect: Effect) => boolean)[] = [
  (effect) => "recursive" in effect && effect.recursive,
  (effect) => targetOf(effect)?.form === "pattern",
  (effect) => targetOf(effect)?.path.startsWith("/tmp/") === true,
  (effect) => /\/\.[^/.]/.test(targetOf(effect)?.path ?? ""),
  (effect) => effect.kind === "execute" && effect.words.some((word) => /^-[a-z]*f/.test(word)),
  (effect) => effect.kind === "execute" && effect.words.some((word) => word.startsWith("--")),
  (effect) => effect.kind === "execute" && effect.code === "project",
  (effect) => effect.kind === "list" && effect.permissions,
];

function targetOf(effect: Effect) {
  return "target" in effect ? effect.target : undefined;
}

function presences(calls: readonly (readonly Effect[])[]): number[] {
  const effects = calls.flat();
  return habits.flatMap((habit) => {
    const isThere = effects.some(habit);
    return [(isThere ? 1 : 0) / habits.length, (isThere ? 0 : 1) / habits.length];
  });
}

function oneOf(index: number, size: number): number[] {
  return Array.from({ length: size }, (_, i) => (i === index ? 1 : 0));
}
