// Closes what a dead process left open: its intents without an outcome, once.

import type { Clock } from "../core/clock.ts";
import { newId } from "../core/ids.ts";
import type { Outcome } from "../core/outcome.ts";
import { type OutcomeRecord, recordVersion } from "../core/record.ts";
import type { PendingIntent, Persistence } from "../store/store.ts";
import { isElsewhere, type LiveTrajectory } from "./live.ts";
import type { Trajectories } from "./trajectories.ts";

export interface RecoveryParts {
  readonly store: Persistence;
  readonly trajectories: Trajectories;
  readonly clock: Clock;
  readonly instance: string;
}

/**
 * Closes every intent without an outcome whose instance holds no lease: dispatched ones as
 * `unknown`, others as cancelled. Returns how many it closed. Several processes may run it at once:
 * the outcome is appended after a version at which the step is still pending. What a door carries out
 * itself does not end with this process: its report may come to any other.
 */
export async function recover(parts: RecoveryParts): Promise<number> {
  const live = await parts.store.live(parts.clock.nowMs());
  const orphans: PendingIntent[] = [];
  for await (const pending of parts.store.pendingIntents()) {
    if (pending.instance === parts.instance || !live.has(pending.instance)) orphans.push(pending);
  }
  let closed = 0;
  for (const orphan of orphans) {
    if (await closeOrphan(parts, orphan)) closed += 1;
  }
  return closed;
}

async function closeOrphan(parts: RecoveryParts, orphan: PendingIntent): Promise<boolean> {
  const { agent, name, generation } = orphan.key;
  const trajectory = await parts.trajectories.find(agent, name);
  if (trajectory === undefined || trajectory.key.generation !== generation) return false;
  return trajectory.inTurn(async () => {
    await trajectory.catchUp();
    while (isOrphan(trajectory, orphan.step)) {
      const record = closing(parts.clock, orphan);
      if (await trajectory.append([record], { synced: true })) return true;
    }
    return false;
  });
}

function isOrphan(trajectory: LiveTrajectory, step: number): boolean {
  const found = trajectory.state.pending.find((pending) => pending.step === step);
  if (found === undefined || trajectory.hasInHand(step)) return false;
  return !(isElsewhere(found) && found.dispatched);
}

function closing(clock: Clock, { step, dispatched }: PendingIntent): OutcomeRecord {
  const now = clock.nowMs();
  const why = "the process that held the call ended";
  const outcome: Outcome = dispatched
    ? { kind: "unknown", why }
    : { kind: "cancelled", why, dispatched: false };
  return {
    v: recordVersion,
    id: newId(now),
    at: now,
    type: "outcome",
    step,
    outcome,
    recovered: true,
  };
}
