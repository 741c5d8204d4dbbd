// What goes on beside the calls: the lease, recovery, closing, and other processes' activity.

import type { Clock } from "../core/clock.ts";
import { asProctorError } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import type { Cursor } from "../core/version.ts";
import type { Persistence } from "../store/store.ts";
import { type Activity, maxWindowMs } from "./activity.ts";
import { type ClosingLimits, closeDue } from "./closing.ts";
import { recover } from "./recovery.ts";
import { collect, type RetentionRule } from "./retention.ts";
import type { Trajectories } from "./trajectories.ts";

/** A lease is renewed this often before it runs out. */
const renewalsPerLease = 3;
/** More than clocks are slewed between two renewals. */
const maxDriftMs = 2_000;
/** How late the intents of other processes may count for limits of an agent. */
const followEveryMs = 1_000;

export interface MaintenanceParts {
  readonly store: Persistence;
  readonly trajectories: Trajectories;
  readonly activity: Activity;
  readonly clock: Clock;
  readonly log: Log;
  readonly instance: string;
  readonly limits: ClosingLimits;
  /** An instance that has not renewed for this long is taken to be dead. */
  readonly leaseMs: number;
  /** Absent `everyMs`: nothing is erased from here. */
  readonly retention: {
    readonly everyMs?: number | undefined;
    readonly rules: readonly RetentionRule[];
  };
}

export interface Maintenance {
  /** Resolves when what dead processes left is closed and past activity is known. */
  start(): Promise<void>;
  /** Ends all of it and gives the lease back. */
  stop(): Promise<void>;
}

export function createMaintenance(parts: MaintenanceParts): Maintenance {
  const { store, clock, log, instance, limits, leaseMs, retention } = parts;
  const ending = new AbortController();
  let erasing: Promise<void> | undefined;
  let unscrubbed = false;
  const timers: NodeJS.Timeout[] = [];
  let cursor: Cursor | undefined;
  let alone = true;
  let offsetMs = clock.nowMs() - clock.monotonicMs();

  /** Leases, expiries and windows go by the wall clock, which somebody may have set. */
  function watchClock(): void {
    const driftMs = clock.nowMs() - clock.monotonicMs() - offsetMs;
    if (Math.abs(driftMs) < maxDriftMs) return;
    offsetMs += driftMs;
    log.warn("clock_jumped", {
      byMs: Math.round(driftMs),
      fix: "let NTP slew the clock; after a jump back, windows and expiries take that much longer",
    });
  }

  async function renew(): Promise<void> {
    watchClock();
    await store.renew(instance, clock.nowMs() + leaseMs);
    alone = (await store.live(clock.nowMs())).size <= 1;
    const closed = await recover(parts);
    if (closed > 0) log.warn("recovered", { steps: closed });
  }

  /** Intents of other processes count for this one's limits; its own are counted already. */
  async function follow(fromMs?: number): Promise<void> {
    for await (const stored of store.scan({ types: ["intent", "dispatch"], fromMs }, cursor)) {
      cursor = stored.cursor;
      const { record, key } = stored;
      const writes = record.type === "intent" || record.type === "dispatch";
      if (writes && record.instance !== instance) parts.activity.apply(key.agent, record);
    }
  }

  /** A trajectory at a time, in parts that appends wait for no longer than for each other. */
  async function erase(): Promise<void> {
    const options = { rules: retention.rules, dryRun: false, signal: ending.signal };
    const { trajectories, failed, ...freed } = await collect(store, clock, options);
    // Somebody was reading: the next round may have nothing to erase, and tries this again.
    unscrubbed = (unscrubbed || !freed.scrubbed) && !(await store.scrub());
    if (trajectories.length > 0)
      log.info("erased", { trajectories: trajectories.length, ...freed });
    for (const problem of failed) log.error("erasure_failed", problem);
  }

  /** A fault here must not end the process: the next round tries again, and calls fail closed by themselves. */
  function every(name: string, periodMs: number, work: () => Promise<unknown>): void {
    let running = false;
    const timer = setInterval(() => {
      if (running) return;
      running = true;
      work()
        .catch((error: unknown) =>
          log.error(`${name}_failed`, { detail: asProctorError(error).message }),
        )
        .finally(() => {
          running = false;
        });
    }, periodMs);
    timer.unref();
    timers.push(timer);
  }

  return {
    async start() {
      await renew();
      await follow(clock.nowMs() - maxWindowMs);
      every("lease", leaseMs / renewalsPerLease, renew);
      every("follow", followEveryMs, async () => {
        if (!alone) await follow();
      });
      const sweepMs = Math.min(60_000, Math.max(250, limits.idleMs / 4));
      every("closing", sweepMs, () => closeDue(parts));
      const { everyMs, rules } = retention;
      if (everyMs !== undefined && rules.length > 0) {
        every("retention", everyMs, () => {
          erasing = erase();
          return erasing;
        });
      }
    },
    async stop() {
      ending.abort();
      // The store is closed next. What went wrong was logged already.
      await erasing?.catch(() => {});
      for (const timer of timers.splice(0)) clearInterval(timer);
      await store.release(instance);
    },
  };
}
