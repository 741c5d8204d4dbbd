// Ends trajectories that nobody ended: idle ones and old ones.

import type { Clock } from "../core/clock.ts";
import type { ClosedBecause } from "../core/trajectory.ts";
import type { OpenTrajectory, Persistence } from "../store/store.ts";
import { isElsewhere } from "./live.ts";
import type { Trajectories } from "./trajectories.ts";

export interface ClosingLimits {
  /** Closed as `idle` after this long without a record. */
  readonly idleMs: number;
  /** Closed as `expired` at this age. */
  readonly maxAgeMs: number;
}

export interface ClosingParts {
  readonly store: Persistence;
  readonly trajectories: Trajectories;
  readonly clock: Clock;
  readonly limits: ClosingLimits;
}

/** Closes every open trajectory that is due and has no call under way. Returns how many. */
export async function closeDue(parts: ClosingParts): Promise<number> {
  const now = parts.clock.nowMs();
  const due: OpenTrajectory[] = [];
  for await (const open of parts.store.openTrajectories()) {
    if (dueBecause(open, now, parts.limits) !== undefined) due.push(open);
  }
  let closed = 0;
  for (const open of due) {
    if (await closeOne(parts, open, now)) closed += 1;
  }
  return closed;
}

function dueBecause(
  { openedAt, lastAt }: Pick<OpenTrajectory, "openedAt" | "lastAt">,
  now: number,
  { idleMs, maxAgeMs }: ClosingLimits,
): ClosedBecause | undefined {
  if (now - openedAt >= maxAgeMs) return "expired";
  return now - lastAt >= idleMs ? "idle" : undefined;
}

async function closeOne(
  { trajectories, limits }: ClosingParts,
  { key }: OpenTrajectory,
  now: number,
): Promise<boolean> {
  const live = await trajectories.find(key.agent, key.name);
  if (live === undefined || live.key.generation !== key.generation) return false;
  await live.inTurn(() => live.catchUp());
  const { opened, lastAt, pending, interrupted } = live.state;
  const underWay = pending.some((step) => !isElsewhere(step));
  if (opened === undefined || underWay || !live.idle) return false;
  const because = dueBecause({ openedAt: opened.at, lastAt }, now, limits);
  if (because === undefined) return false;
  // Its last step was closed by recovery and nothing came after: what it would have done is not known.
  const record = await trajectories.closeIfStill(live, interrupted ? "cut off" : because);
  return record !== undefined;
}
