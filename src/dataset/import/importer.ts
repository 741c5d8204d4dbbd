// Reads a source and appends what is new in it: each trajectory whole, in one append, once.

import type { ProctorRecord } from "../../core/record.ts";
import { namePattern, type TrajectoryKey } from "../../core/trajectory.ts";
import { emptyVersion } from "../../core/version.ts";
import type { Blob, Persistence } from "../../store/store.ts";
import { type Assignment, assign } from "./assign.ts";
import type {
  Imported,
  ImportedStep,
  ImportedTrajectory,
  ImportFormat,
  ReadTools,
} from "./format.ts";
import { type RecordMaking, recordsOf } from "./records.ts";
import type { ImportSource } from "./source.ts";

export interface ImportParts {
  readonly store: Pick<Persistence, "append" | "latestGeneration">;
  readonly making: RecordMaking;
  readonly tools: ReadTools;
  readonly assignment: Assignment;
  /** Analyse and count, and write nothing. */
  readonly dryRun: boolean;
  readonly nowMs: () => number;
  /** Of each trajectory. */
  readonly onAgent: (agent: string) => void;
  readonly onProblem: (problem: { file: string; line: number; reason: string }) => void;
  readonly onProgress: (counts: ImportCounts) => void;
}

export interface ImportCounts {
  readonly trajectories: number;
  readonly steps: number;
  /** Trajectories that the store has already. */
  readonly alreadyThere: number;
  /** Lines, or trajectories, that could not be read. */
  readonly problems: number;
}

export interface ImportReport extends ImportCounts {
  /** Lawful, and not taken: what -> how often. */
  readonly leftOut: ReadonlyMap<string, number>;
  /** Calls of tools that nothing describes, by tool: whatever they do is `unknown`. */
  readonly undescribed: ReadonlyMap<string, number>;
}

/** Appends under way at once: a store commits several together. */
const maxInFlight = 16;

/** Tools that are named; more are no use to a reader. */
const maxUndescribed = 100;

export async function importFrom(
  source: ImportSource,
  format: ImportFormat,
  parts: ImportParts,
): Promise<ImportReport> {
  const counts = { trajectories: 0, steps: 0, alreadyThere: 0, problems: 0 };
  const leftOut = new Map<string, number>();
  const undescribed = new Map<string, number>();
  const inFlight = new Set<Promise<void>>();
  let failed: unknown;

  function report(line: number, reason: string): void {
    counts.problems += 1;
    parts.onProblem({ file: source.file, line, reason });
  }

  async function write(
    key: TrajectoryKey,
    records: readonly ProctorRecord[],
    blobs: readonly Blob[],
  ): Promise<void> {
    const taken = await append(key, records, blobs, parts);
    if (taken) {
      counts.trajectories += 1;
      counts.steps += records.filter(({ type }) => type === "intent").length;
    } else counts.alreadyThere += 1;
    parts.onProgress(counts);
  }

  function leaveOut(what: string): void {
    leftOut.set(what, (leftOut.get(what) ?? 0) + 1);
  }

  function noteUndescribed(records: readonly ProctorRecord[]): void {
    for (const record of records) {
      if (record.type !== "intent" || !record.effects.some(isUndescribed)) continue;
      const { tool } = record.call;
      if (!undescribed.has(tool) && undescribed.size >= maxUndescribed) continue;
      undescribed.set(tool, (undescribed.get(tool) ?? 0) + 1);
    }
  }

  function start(writing: Promise<void>): void {
    const guarded = writing
      .catch((error: unknown) => {
        failed ??= error;
      })
      .finally(() => inFlight.delete(guarded));
    inFlight.add(guarded);
  }

  function takeTrajectory(trajectory: ImportedTrajectory): void {
    const { line, name, fields } = trajectory;
    const assigned = assign(fields, parts.assignment);
    if (typeof assigned === "string") report(line, assigned);
    else if (!namePattern.test(name)) {
      report(line, `${JSON.stringify(name.slice(0, 80))} cannot be the name of a trajectory`);
    } else if (!trajectory.steps.some(isOfAgent))
      leaveOut("trajectories without a word of the agent");
    else {
      const { agent, task } = assigned;
      const key = { agent, name, generation: 1 };
      const made = recordsOf(trajectory, { key, task, nowMs: parts.nowMs() }, parts.making);
      noteUndescribed(made.records);
      parts.onAgent(agent);
      start(write(key, made.records, made.blobs));
    }
  }

  function take(found: Imported): void {
    switch (found.kind) {
      case "trajectory":
        takeTrajectory(found.trajectory);
        break;
      case "records":
        parts.onAgent(found.key.agent);
        start(write(found.key, found.records, found.blobs ?? []));
        break;
      case "problem":
        report(found.line, found.reason);
        break;
      case "left out":
        leaveOut(found.what);
        break;
    }
  }

  for await (const found of format.read(source, parts.tools)) {
    // A successor is written behind its predecessor, whose being there is told by the newest of the name.
    if (found.kind === "records" && found.key.generation > 1) await Promise.all(inFlight);
    take(found);
    while (inFlight.size >= maxInFlight) await Promise.race(inFlight);
    if (failed !== undefined) break;
  }
  await Promise.all(inFlight);
  if (failed !== undefined) throw failed;
  return { ...counts, leftOut, undescribed };
}

/** False: it is there already. */
async function append(
  key: TrajectoryKey,
  records: readonly ProctorRecord[],
  blobs: readonly Blob[],
  { store, dryRun }: ImportParts,
): Promise<boolean> {
  // The first generation is where a name begins; a later one is looked for by its own version.
  if (key.generation === 1 && (await store.latestGeneration(key.agent, key.name)) > 0) return false;
  if (dryRun) return true;
  return (await store.append(key, emptyVersion, records, { synced: false, blobs })).ok;
}

function isOfAgent(step: ImportedStep): boolean {
  return step.kind === "call" || (step.kind === "message" && step.message.role === "assistant");
}

function isUndescribed(effect: { kind: string; why?: string }): boolean {
  return effect.kind === "unknown" && effect.why === "no mapping describes it";
}
