// What an upstream is: where an allowed call is carried out.

import type { ToolCall, ToolDescription } from "../core/call.ts";
import type { Effect } from "../core/effect.ts";
import type { Json } from "../core/json.ts";
import type { Observed } from "../core/outcome.ts";

/** `Answer` is what the front end that picked the upstream encodes; `result` is what is recorded. */
export interface Forwarded<Answer> {
  readonly answer: Answer;
  readonly observed: Observed;
  readonly result: Json;
}

/**
 * Carries out a call. `effects`: what it was judged to do; absent: not known, and so nothing is
 * repeated.
 *
 * @throws ProctorError `upstream_unreachable` (nothing was sent), `upstream_failed`,
 *   `upstream_timeout`, `upstream_response_too_large`; an abort of `signal` rejects with its reason.
 */
export type Forward<Answer> = (
  call: ToolCall,
  signal: AbortSignal,
  effects?: readonly Effect[],
) => Promise<Forwarded<Answer>>;

/** Timeouts, retries: functions of the next. */
export type Wrapper = <Answer>(next: Forward<Answer>) => Forward<Answer>;

export interface ToolUpstream<Answer> {
  tools(): Promise<readonly ToolDescription[]>;
  readonly forward: Forward<Answer>;
}
