// Which records a query asks for.

import type { RecordType } from "../core/record.ts";
import { type TrajectoryKey, trajectoryId } from "../core/trajectory.ts";
import type { ScanQuery, TrajectoryQuery, TrajectorySummary } from "./store.ts";

/** What of a record a scan can ask about. */
export interface Scanned {
  readonly key: TrajectoryKey;
  readonly type: RecordType;
  readonly at: number;
}

export function asksForRecord(query: ScanQuery, { key, type, at }: Scanned): boolean {
  return (
    (query.types === undefined || query.types.includes(type)) &&
    (query.agent === undefined || query.agent === key.agent) &&
    (query.name === undefined || query.name === key.name) &&
    (query.fromMs === undefined || at >= query.fromMs) &&
    (query.beforeMs === undefined || at < query.beforeMs)
  );
}

export function asksForTrajectory(query: TrajectoryQuery, found: TrajectorySummary): boolean {
  const state = found.closed === undefined ? "open" : "closed";
  return (
    (query.agent === undefined || query.agent === found.key.agent) &&
    (query.name === undefined || query.name === found.key.name) &&
    (query.taskClass === undefined || query.taskClass === found.taskClass) &&
    (query.state === undefined || query.state === state) &&
    (query.agents === undefined || query.agents.includes(found.key.agent)) &&
    (query.marks ?? []).every((mark) => found.marks.includes(mark)) &&
    (query.text === undefined || searched(found).includes(lowered(query.text))) &&
    (query.fromMs === undefined || found.openedAt >= query.fromMs) &&
    (query.beforeMs === undefined || found.openedAt < query.beforeMs)
  );
}

function searched({ key, task }: TrajectorySummary): string {
  return lowered(`${trajectoryId(key)} ${task}`);
}

/** ASCII only, as SQLite does it. */
export function lowered(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
