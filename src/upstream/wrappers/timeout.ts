// One time limit over a call, whatever the upstream waits for.

import { ProctorError } from "../../core/errors.ts";
import type { Wrapper } from "../upstream.ts";

/** Rejects with `upstream_timeout` after `timeoutMs`, even if the next never looks at its signal. */
export function timeout(timeoutMs: number): Wrapper {
  return (next) =>
    function withTimeout(call, signal, effects) {
      return new Promise(function awaitInTime(resolve, reject) {
        // One controller for both ends: AbortSignal.any costs more than the rest of this function.
        const ended = new AbortController();
        function end(reason: unknown): void {
          ended.abort(reason);
          reject(reason);
        }
        const follow = () => end(signal.reason);
        const timer = setTimeout(function tooLate() {
          end(new ProctorError("upstream_timeout", `no answer within ${timeoutMs} ms`));
        }, timeoutMs);
        function settle(): void {
          clearTimeout(timer);
          signal.removeEventListener("abort", follow);
        }
        if (signal.aborted) follow();
        else signal.addEventListener("abort", follow, { once: true });
        next(call, ended.signal, effects).then(resolve, reject).finally(settle);
      });
    };
}
