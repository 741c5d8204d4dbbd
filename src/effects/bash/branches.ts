// Ways that part on a condition and meet again.

import { LimitReached } from "../limits.ts";
import type { Frame, Shell } from "./shell.ts";
import type { State } from "./state.ts";

/** Runs what may not be reached, and then knows only what holds either way. */
export function maybe<Result>(shell: Shell, action: (shell: Shell) => Result): Result {
  const { state } = shell;
  const taken = state.fork(1);
  const result = action(shell.with({ state: taken }));
  state.join(state, [state.fork(), taken]);
  return result;
}

/** Where a command has led: to success, to failure, or to either. */
export interface Split {
  readonly ok: State | undefined;
  readonly failed: State | undefined;
  /** Nowhere: it jumped. The jumps still count where the ways meet again. */
  readonly ended: State | undefined;
}

/** Parts the ways by the exit status of the last command. */
export function split(state: State): Split {
  const nowhere = { ok: undefined, failed: undefined, ended: undefined };
  if (state.dead) return { ...nowhere, ended: state };
  if (state.status === 0) return { ...nowhere, ok: state };
  if (state.status !== undefined) return { ...nowhere, failed: state };
  const ok = state.fork(1);
  const failed = state.fork(1);
  ok.status = 0;
  failed.status = undefined;
  if (state.attempt !== undefined) {
    ok.folder = state.attempt.succeeded;
    failed.folder = state.attempt.failed;
  }
  return { ok, failed, ended: undefined };
}

/** One way from two that lead to the same place. */
export function merge(base: State, a: State | undefined, b: State | undefined): State | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  const merged = base.fork(1);
  merged.join(base, [a, b]);
  return merged;
}

/** At most as many frames as a word of jumps has bits; the first bit is the end of the process. */
const maxFrames = 30;

/** Runs `action` with a place that jumps may lead to; afterwards those that landed have joined. */
export function landing(
  shell: Shell,
  kinds: readonly Frame["kind"][],
  action: (shell: Shell) => void,
): undefined {
  const { state: base, frames } = shell;
  if (frames.length + kinds.length > maxFrames) throw new LimitReached("nesting");
  const added = kinds.map((kind) => ({ kind, base, arrivals: [] as State[] }));
  const inner = base.fork();
  action(shell.with({ state: inner, frames: [...frames, ...added] }));
  let bits = 0;
  added.forEach((_, at) => {
    bits |= 1 << (frames.length + at);
  });
  const ways = [inner, ...added.flatMap((frame) => frame.arrivals)];
  const streams = inner.dead ? base.streams : inner.streams;
  base.join(base, ways);
  base.jumps &= ~bits;
  base.streams = streams;
}

/** Leaves for the nth place of a kind, from within. Returns whether there is one. */
export function jump(shell: Shell, kind: Frame["kind"], levels = 1): boolean {
  const at = frameIndex(shell.frames, kind, levels);
  const frame = shell.frames[at];
  if (frame === undefined) return false;
  frame.arrivals.push(shell.state.snapshot(frame.base));
  shell.state.dead = true;
  shell.state.jumps |= 1 << at;
  return true;
}

/** `break 2` leaves two loops; no jump of a loop leaves a function. */
function frameIndex(frames: readonly Frame[], kind: Frame["kind"], levels: number): number {
  let left = levels;
  let outermost = -1;
  for (let at = frames.length - 1; at >= 0; at -= 1) {
    const frame = frames[at];
    if (frame?.kind === kind) {
      outermost = at;
      left -= 1;
      if (left <= 0) return at;
    }
    if (frame?.kind === "return" && kind !== "exit") break;
  }
  return outermost;
}
