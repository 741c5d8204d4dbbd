// The questions that a policy asks of a trajectory's past: what must have been, what may have been.

import type { Effect, EffectKind, Target } from "../core/effect.ts";
import { countSince } from "./counts.ts";
import type { TrajectoryState } from "./state.ts";
import { bitsOf, type Touch, touchedBy } from "./touch.ts";
import { emptyTable, mark, mayBeIn, mustBeTouched, type TouchTable } from "./touch-table.ts";

export type { Touch } from "./touch.ts";

/**
 * For matchers that permit: did calls that succeeded certainly do one of `touches` to the target, and
 * with `recursive` to everything below it? Believed is
 * - a path that was touched itself,
 * - everything below a folder that was touched recursively (`find`, `ls -R`), or created, unless a
 *   move may have brought something there that is older,
 * - the direct children of a folder, for `listed` and `permissions_seen`, once the folder was listed,
 * - a recursive target, for `read`, if it was read as one file: then nothing is below it.
 * A pattern holds if everything that it can match is so covered (`/w/*.log` after `ls /w`). False for
 * unresolved targets, for effects that were only possible, for pending, failed and unobserved calls,
 * and for what found no room.
 *
 * A call that succeeds is taken to have done all that it says: `mkdir a; true` believes in `a`. These
 * questions hold carelessness back, not malice, which could as well look first.
 */
export function mustHave(
  state: TrajectoryState,
  touches: readonly Touch[],
  target: Target,
  recursive = false,
): boolean {
  const touched = { bits: bitsOf(touches), target, recursive };
  return mustBeTouched(state.done, [state.attempted, state.waiting], touched);
}

/**
 * For matchers that limit: may a call that was not refused have done one of `touches` to a path that
 * the target may be, or with `recursive` to one below it? Pending calls count, failed and possible
 * ones, and those of the trajectory that this one continues. True in doubt: an unresolved target on
 * either side, an `unknown` effect in the past, a full table. `said`: by what the calls say that they
 * do, so that an `unknown` effect, which may have done anything, leaves no doubt.
 */
export function mayHave(
  state: TrajectoryState,
  touches: readonly Touch[],
  target: Target,
  recursive = false,
  said = false,
): boolean {
  const bits = bitsOf(touches);
  return [state.attempted, state.waiting].some((table) =>
    mayBeIn(table, bits, target, recursive, said),
  );
}

/** What the effects of one call say that it does itself. */
export type OwnTouches = TouchTable;

export function ownTouches(effects: readonly Effect[]): OwnTouches {
  const table = emptyTable();
  for (const touch of touchedBy(effects)) mark(table, touch);
  return table;
}

/** As `mayHave` with `said`, of the call itself. */
export function mayTouch(
  own: OwnTouches,
  touches: readonly Touch[],
  target: Target,
  recursive = false,
): boolean {
  return mayBeIn(own, bitsOf(touches), target, recursive, true);
}

/** As `mayHave`, of any path. */
export function mayHaveAny(state: TrajectoryState, touches: readonly Touch[]): boolean {
  const bits = bitsOf(touches);
  return [state.attempted, state.waiting].some(
    (table) => ((table.any | table.unseen) & bits) !== 0,
  );
}

/**
 * Effects of these kinds in calls not refused, pending ones too, at or after `sinceMs` (milliseconds
 * since the epoch; `-Infinity`: ever). In a window of a long trajectory it may be a sixteenth too high,
 * never too low. Infinity where not everything is known.
 */
export function countIntents(
  state: TrajectoryState,
  kinds: readonly EffectKind[],
  sinceMs: number,
): number {
  let sum = countSince(state.counts, kinds, sinceMs);
  for (const pending of state.pending) {
    if (pending.dispatched || pending.at < sinceMs) continue;
    for (const [kind, number] of pending.kinds) if (kinds.includes(kind)) sum += number;
  }
  return sum;
}
