// What recorded trajectories come to under the analyser of this version. Nothing is written.

import { analyserVersion } from "../core/effect.ts";
import { definitionsVersion, type Measure, measures, type Score } from "../core/measure.ts";
import type { ClosedRecord, IntentRecord } from "../core/record.ts";
import { trajectoryId } from "../core/trajectory.ts";
import type { Analyser } from "../effects/analyse.ts";
import { emptyState } from "../trajectory/draft.ts";
import { fold } from "../trajectory/fold.ts";
import { isRedefined } from "../trajectory/offered.ts";
import { scoresOf } from "../trajectory/score.ts";
import type { TrajectoryState } from "../trajectory/state.ts";
import { type RecordedStore, recordedCall, wasErased } from "./replay.ts";

export type Reanalyse = (record: ClosedRecord) => Promise<ClosedRecord>;

/**
 * Reads the trajectory again and scores it anew. Arguments are as recorded: secrets are placeholders. One
 * whose contents were erased keeps its scores, and the versions that they are of.
 */
export function createReanalyse(store: RecordedStore, analyser: Analyser): Reanalyse {
  async function anew(intent: IntentRecord, state: TrajectoryState): Promise<IntentRecord> {
    // What a tool does that is no longer what it was is doubted, whatever its mapping says.
    if (isRedefined(state, intent.call.upstream, intent.call.tool)) return intent;
    const call = await recordedCall(store, intent.call);
    return { ...intent, ...analyser.analyse(call, state.residue) };
  }

  return async function reanalyse(record) {
    // A successor is no unit of any rate, so that nothing it inherits matters here.
    let state = emptyState(record.key);
    for await (const { record: next } of store.read(record.key)) {
      if (next.type === "intent" && wasErased(next.call)) return record;
      state = fold(state, next.type === "intent" ? await anew(next, state) : next);
    }
    const scores = scoresOf(state, record.because);
    return { ...record, scores, analyser: analyserVersion, definitions: definitionsVersion };
  };
}

export interface ChangedScore {
  readonly trajectory: string;
  readonly measure: Measure;
  readonly from: Score["value"] | "not scored";
  readonly to: Score["value"];
}

export interface ReanalysisQuery {
  readonly agent?: string;
  readonly taskClass?: string;
  readonly fromMs?: number;
  readonly beforeMs?: number;
}

export interface Reanalysis {
  readonly trajectories: number;
  /** Trajectories of which any measure changes. */
  readonly changed: number;
  /** Versions under which they were analysed. */
  readonly analysers: readonly string[];
  readonly changes: readonly (Omit<ChangedScore, "trajectory"> & { readonly count: number })[];
}

/** @param onChange each change, as it is found */
export async function reanalysis(
  store: RecordedStore,
  analyser: Analyser,
  { taskClass, ...query }: ReanalysisQuery,
  onChange: (change: ChangedScore) => void,
): Promise<Reanalysis> {
  const reanalyse = createReanalyse(store, analyser);
  const counts = new Map<string, Omit<ChangedScore, "trajectory"> & { count: number }>();
  const analysers = new Set<string>();
  let [trajectories, changed] = [0, 0];
  for await (const { record } of store.scan({ ...query, types: ["closed"] })) {
    if (record.type !== "closed" || !record.counts) continue;
    if (taskClass !== undefined && taskClass !== record.task.class) continue;
    trajectories += 1;
    analysers.add(record.analyser);
    const changes = changesOf(record, await reanalyse(record));
    changed += changes.length > 0 ? 1 : 0;
    for (const { trajectory, ...change } of changes) {
      onChange({ trajectory, ...change });
      const key = Object.values(change).join(" ");
      counts.set(key, { ...change, count: (counts.get(key)?.count ?? 0) + 1 });
    }
  }
  return { trajectories, changed, analysers: [...analysers], changes: [...counts.values()] };
}

function changesOf(before: ClosedRecord, after: ClosedRecord): ChangedScore[] {
  return measures.flatMap((measure): ChangedScore[] => {
    // Records of older definitions may lack a measure.
    const old: Score | undefined = before.scores[measure];
    const from = old?.value ?? "not scored";
    const to = after.scores[measure].value;
    return from === to ? [] : [{ trajectory: trajectoryId(before.key), measure, from, to }];
  });
}
