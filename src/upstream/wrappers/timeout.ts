// One time limit over a call, whatever the upstream waits for.

import { ProctorError } from "../../core/errors.ts";
import type { Wrapper } from "../upstream.ts";

/** Rejects with `upstream_timeout` after `timeoutMs`, even if the next never looks at its signal. */
export function timeout(timeoutMs: number): Wrapper {
  return (next) =>
    async function withTimeout(call, signal, effects) {
      const late = new AbortController();
      const timer = setTimeout(function tooLate() {
        late.abort(new ProctorError("upstream_timeout", `no answer within ${timeoutMs} ms`));
      }, timeoutMs);
      const either = AbortSignal.any([signal, late.signal]);
      try {
        return await Promise.race([next(call, either, effects), rejectionOf(either)]);
      } finally {
        clearTimeout(timer);
      }
    };
}

function rejectionOf(signal: AbortSignal): Promise<never> {
  return new Promise(function rejectOnAbort(_resolve, reject) {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
