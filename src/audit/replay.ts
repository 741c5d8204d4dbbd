// Recorded trajectories, gone through again in the order in which they were recorded. Nothing is carried out.

import type { ToolCall } from "../core/call.ts";
import { isJsonObject, type Json, jsonOr } from "../core/json.ts";
import type { ContentRef } from "../core/outcome.ts";
import type {
  ClosedRecord,
  IntentRecord,
  OpenedRecord,
  ProctorRecord,
  RecordedCall,
} from "../core/record.ts";
import { type TrajectoryKey, trajectoryId } from "../core/trajectory.ts";
import type { BlobStore, ScanQuery, Store } from "../store/store.ts";
import { emptyState } from "../trajectory/draft.ts";
import { fold, inheritLimits } from "../trajectory/fold.ts";
import type { TrajectoryState } from "../trajectory/state.ts";

export type RecordedStore = Pick<Store, "scan" | "read"> & BlobStore;

/** One trajectory on the way. */
export interface Replayed {
  readonly opened: OpenedRecord;
  readonly key: TrajectoryKey;
  readonly id: string;
  /** At the version before the record that is visited. Folded in place. */
  state: TrajectoryState;
}

export interface ReplayVisitor {
  /** Before the intent is folded. */
  intent(intent: IntentRecord, of: Replayed): void | Promise<void>;
  /** Every record of a trajectory, after it was folded. */
  folded?(record: ProctorRecord, of: Replayed): void;
  closed?(record: ClosedRecord, of: Replayed): void;
}

export interface ReplayCounts {
  readonly trajectories: number;
  readonly steps: number;
  /** Began before what was asked for, or were left out for want of room. */
  readonly leftOut: number;
}

/** Trajectories open at once; beyond, the oldest is left out. */
const maxOpen = 20_000;

/**
 * One pass in the order of the store, so that what reaches over trajectories is seen in its order. Memory is
 * that of the trajectories that are open at once.
 */
export async function replay(
  store: RecordedStore,
  query: Pick<ScanQuery, "agent" | "fromMs" | "beforeMs">,
  visitor: ReplayVisitor,
): Promise<ReplayCounts> {
  const open = new Map<string, Replayed>();
  const leftOut = new Set<string>();
  let [trajectories, steps] = [0, 0];
  for await (const { key, record } of store.scan(query)) {
    if (record.type === "erased") continue;
    const id = trajectoryId(key);
    if (record.type === "opened") {
      trajectories += 1;
      open.set(id, { opened: record, key, id, state: await stateBefore(store, record) });
      leaveOldest(open, leftOut);
    }
    const of = open.get(id);
    if (of === undefined) {
      leftOut.add(id);
      continue;
    }
    // What it would do cannot be told any more.
    if (record.type === "intent" && wasErased(record.call)) {
      open.delete(id);
      leftOut.add(id);
      continue;
    }
    if (record.type === "intent") {
      steps += 1;
      await visitor.intent(record, of);
    }
    of.state = fold(of.state, record);
    visitor.folded?.(record, of);
    if (record.type === "closed") {
      visitor.closed?.(record, of);
      open.delete(id);
    }
  }
  return { trajectories, steps, leftOut: leftOut.size };
}

function leaveOldest(open: Map<string, Replayed>, leftOut: Set<string>): void {
  if (open.size <= maxOpen) return;
  for (const id of open.keys()) {
    open.delete(id);
    leftOut.add(id);
    return;
  }
}

/** A successor has the limits of those that it continues. */
async function stateBefore(
  store: RecordedStore,
  { key, continues }: OpenedRecord,
): Promise<TrajectoryState> {
  let state = emptyState({ ...key, generation: 1 });
  if (!continues) return emptyState(key);
  for (let generation = 1; generation < key.generation; generation += 1) {
    for await (const { record } of store.read({ ...key, generation })) state = fold(state, record);
    state = inheritLimits(state);
  }
  return state;
}

/** As it was judged, but for secrets, which were redacted before it was recorded. */
export async function recordedCall(store: BlobStore, call: RecordedCall): Promise<ToolCall> {
  const { id, door, upstream, tool, context } = call;
  const given = await contentOf(store, call.arguments);
  return {
    ...(id === undefined ? {} : { id }),
    door,
    upstream,
    tool,
    context,
    arguments: isJsonObject(given) ? given : {},
  };
}

export function wasErased({ arguments: given }: RecordedCall): boolean {
  return "erased" in given;
}

async function contentOf(store: BlobStore, ref: ContentRef): Promise<Json> {
  if ("inline" in ref) return ref.inline;
  const bytes = "digest" in ref ? await store.blob(ref.digest) : undefined;
  return bytes === undefined ? null : jsonOr(Buffer.from(bytes).toString("utf8"), null);
}
