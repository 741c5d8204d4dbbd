// Which contents are not to be kept any longer, and taking them out of the store.

import type { Clock } from "../core/clock.ts";
import { asProctorError } from "../core/errors.ts";
import { trajectoryId } from "../core/trajectory.ts";
import type { Persistence, TrajectorySummary } from "../store/store.ts";

/** A rule speaks of the trajectories of its agent and task class; absent: of all. */
export interface RetentionRule {
  readonly agent?: string | undefined;
  readonly taskClass?: string | undefined;
  /** Contents of what was closed this long ago go. */
  readonly maxAgeDays?: number | undefined;
  /** Of what takes more than this together, the contents of what was closed first go. */
  readonly maxBytes?: number | undefined;
}

/** A trajectory that has contents, and what it takes. */
interface Candidate extends TrajectorySummary {
  /** Not known where no rule asks for it. */
  readonly bytes: number | undefined;
}

interface Due extends Candidate {
  readonly reason: string;
}

export interface Collected {
  /** With the reason, and what it took; in the order in which they went. */
  readonly trajectories: readonly {
    readonly id: string;
    readonly bytes?: number | undefined;
    readonly reason: string;
  }[];
  readonly records: number;
  readonly blobs: number;
  /** By which the store's contents became smaller. */
  readonly bytes: number;
  /** Trajectories whose contents could not be erased, and why. */
  readonly failed: readonly { readonly id: string; readonly problem: string }[];
  /** False: a copy of what was erased may still be in the store's log, until the next time. */
  readonly scrubbed: boolean;
}

export interface CollectOptions {
  readonly rules: readonly RetentionRule[];
  /** Says what would go. */
  readonly dryRun: boolean;
  /** Ends early, between two trajectories. */
  readonly signal?: AbortSignal | undefined;
}

/** Erases what the rules do not keep. Several processes may do so at once. */
export async function collect(
  store: Persistence,
  clock: Pick<Clock, "nowMs">,
  { rules, dryRun, signal }: CollectOptions,
): Promise<Collected> {
  const sized = dryRun || rules.some(({ maxBytes }) => maxBytes !== undefined);
  const due = dueBy(rules, await candidates(store, sized), clock.nowMs());
  const freed = { records: 0, blobs: 0, bytes: 0 };
  const trajectories: Collected["trajectories"][number][] = [];
  const failed: Collected["failed"][number][] = [];
  for (const { key, bytes, reason } of due) {
    if (signal?.aborted === true) break;
    const id = trajectoryId(key);
    try {
      if (!dryRun) {
        const erased = await store.erase(key, { because: "retention", reason, at: clock.nowMs() });
        freed.records += erased.records;
        freed.blobs += erased.blobs;
        freed.bytes += erased.bytes;
      }
      trajectories.push({ id, bytes, reason });
    } catch (error) {
      failed.push({ id, problem: asProctorError(error).message });
    }
  }
  const scrubbed = dryRun || freed.records === 0 || (await store.scrub());
  return { trajectories, ...freed, failed, scrubbed };
}

/** Open ones count for what is kept, and are never due. */
async function candidates(store: Persistence, sized: boolean): Promise<readonly Candidate[]> {
  const sizes = new Map<string, number>();
  if (sized) {
    for await (const { key, bytes } of store.sizes()) sizes.set(trajectoryId(key), bytes);
  }
  const found: Candidate[] = [];
  for await (const summary of store.trajectories({})) {
    if (summary.contents === 0) continue;
    found.push({
      ...summary,
      bytes: sized ? (sizes.get(trajectoryId(summary.key)) ?? 0) : undefined,
    });
  }
  return found.sort((a, b) => a.lastAt - b.lastAt);
}

const dayMs = 24 * 60 * 60 * 1000;

/**
 * The order of the rules never matters: what is too old by any of them goes, then each rule on sizes
 * looks at what the rules on ages have left.
 */
function dueBy(
  rules: readonly RetentionRule[],
  found: readonly Candidate[],
  nowMs: number,
): readonly Due[] {
  const due = new Map<Candidate, string>();
  for (const rule of rules) {
    const { maxAgeDays } = rule;
    if (maxAgeDays === undefined) continue;
    for (const candidate of found.filter(concerns(rule))) {
      const old = nowMs - candidate.lastAt >= maxAgeDays * dayMs;
      if (old && candidate.closed !== undefined)
        due.set(candidate, `older than ${maxAgeDays} days`);
    }
  }
  const young = found.filter((candidate) => !due.has(candidate));
  for (const rule of rules) {
    const { maxBytes } = rule;
    if (maxBytes === undefined) continue;
    const concerned = young.filter(concerns(rule));
    let kept = concerned.reduce((sum, { bytes = 0 }) => sum + bytes, 0);
    for (const candidate of concerned) {
      if (kept <= maxBytes) break;
      if (candidate.closed === undefined) continue;
      due.set(candidate, `more than ${maxBytes} bytes kept`);
      kept -= candidate.bytes ?? 0;
    }
  }
  return found.flatMap((candidate) => {
    const reason = due.get(candidate);
    return reason === undefined ? [] : [{ ...candidate, reason }];
  });
}

function concerns({ agent, taskClass }: RetentionRule): (candidate: Candidate) => boolean {
  return (candidate) =>
    (agent === undefined || agent === candidate.key.agent) &&
    (taskClass === undefined || taskClass === candidate.taskClass);
}
