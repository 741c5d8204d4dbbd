// Which trajectories a dataset is made of: those of the store at one moment that a query asks for.

import type { LineageRole } from "../../core/agent.ts";
import type { OutcomeKind } from "../../core/outcome.ts";
import type { ProctorRecord } from "../../core/record.ts";
import { type ClosedBecause, type TrajectoryKey, trajectoryId } from "../../core/trajectory.ts";
import type { Cursor } from "../../core/version.ts";
import type { Persistence, TrajectoryQuery } from "../../store/store.ts";
import { type Facts, factsOf } from "./facts.ts";
import type { Where } from "./where.ts";

/** All that is asked for holds of a trajectory. */
export interface Selection
  extends Pick<TrajectoryQuery, "agents" | "taskClass" | "marks" | "fromMs" | "beforeMs"> {
  /** A call ended so: any of these. */
  readonly outcomes?: readonly OutcomeKind[];
  /** Why it ended: any of these. */
  readonly ended?: readonly ClosedBecause[];
  readonly where?: Where;
}

export type RolesOf = (agent: string) => readonly LineageRole[];

export interface Recorded {
  readonly key: TrajectoryKey;
  readonly records: readonly ProctorRecord[];
  readonly facts: Facts;
}

/** With its records, where it had ended by the moment; undefined: it had not. */
export function createReading(
  store: Pick<Persistence, "read" | "scan" | "latest">,
  until: Cursor,
  rolesOf: RolesOf,
): (key: TrajectoryKey) => Promise<Recorded | undefined> {
  const endedSince = createEndedSince(store, until);
  return async function recorded(key) {
    const records: ProctorRecord[] = [];
    for await (const { record } of store.read(key)) records.push(record);
    const facts = factsOf(records, rolesOf);
    if (facts === undefined || (await endedSince(key))) return undefined;
    return { key, records, facts };
  };
}

/** Did it end behind the moment? Asked after its end was seen, so that its end is among what is looked at. */
function createEndedSince(
  store: Pick<Persistence, "scan" | "latest">,
  until: Cursor,
): (key: TrajectoryKey) => Promise<boolean> {
  const ended = new Set<string>();
  let seen = until;
  return async function endedSince(key) {
    const latest = await store.latest();
    if (latest !== seen) {
      const closings = store.scan({ types: ["closed"] }, seen);
      for await (const closing of closings) ended.add(trajectoryId(closing.key));
      seen = latest;
    }
    return ended.has(trajectoryId(key));
  };
}

/** What the store's index cannot say. */
export function asksFor({ outcomes, ended, where }: Selection, facts: Facts): boolean {
  return (
    (outcomes === undefined || outcomes.some((kind) => facts.outcomes[kind] > 0)) &&
    (ended === undefined || ended.some((why) => why === facts.trajectory.ended)) &&
    (where === undefined || where.selects(facts))
  );
}
