// Tries a call again, where that cannot do anything twice.

import { setTimeout as sleep } from "node:timers/promises";
import type { Effect } from "../../core/effect.ts";
import { type ErrorCode, ProctorError } from "../../core/errors.ts";
import type { Wrapper } from "../upstream.ts";

interface RetryOptions {
  /** Beyond the first attempt. */
  readonly retries: number;
  /** Before the second attempt; doubled before each further one. */
  readonly delayMs: number;
  /** Resolves after a time, rejects on abort. */
  wait?(delayMs: number, signal: AbortSignal): Promise<void>;
}

/**
 * If nothing was sent, any call may be sent again. After bytes were sent, only one whose effects
 * are all read or list: whether it was carried out is not known. A time limit that has passed is
 * not tried again.
 */
export function retry({ retries, delayMs, wait = waitFor }: RetryOptions): Wrapper {
  return (next) =>
    async function withRetries(call, signal, effects) {
      for (let attempt = 0; ; attempt += 1) {
        try {
          return await next(call, signal, effects);
        } catch (error) {
          signal.throwIfAborted();
          if (attempt === retries || !mayRepeat(error, effects)) throw error;
        }
        await wait(delayMs * 2 ** attempt, signal);
      }
    };
}

const unsent: ReadonlySet<ErrorCode> = new Set(["upstream_unreachable"]);
const doubtful: ReadonlySet<ErrorCode> = new Set(["upstream_failed"]);

function mayRepeat(error: unknown, effects: readonly Effect[] | undefined): boolean {
  if (!(error instanceof ProctorError)) return false;
  if (unsent.has(error.code)) return true;
  if (!doubtful.has(error.code) || effects === undefined) return false;
  return effects.every(({ kind }) => kind === "read" || kind === "list");
}

async function waitFor(delayMs: number, signal: AbortSignal): Promise<void> {
  await sleep(delayMs, undefined, { signal }).catch(() => signal.throwIfAborted());
}
