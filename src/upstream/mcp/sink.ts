// Messages of a child on their way to one HTTP answer.

import { ProctorError } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";
import type { McpMessage } from "../upstream.ts";

/** What a child has said. */
export interface Said extends McpMessage {
  readonly message: JsonObject;
}

export interface Sink {
  push(said: Said): void;
  /** After what was pushed. */
  readonly end: () => void;
  fail(error: ProctorError): void;
  /** The next message; undefined: there is none any more. */
  next(): Promise<Said | undefined>;
}

/** Messages that a client has not taken; a server that sends on is one that floods. */
const maxWaiting = 4_096;

export function createSink(): Sink {
  const waiting: Said[] = [];
  let over: { readonly error?: ProctorError } | undefined;
  let wake: () => void = () => {};

  function finish(how: { readonly error?: ProctorError }): void {
    over ??= how;
    wake();
  }

  return {
    push(said) {
      if (over !== undefined) return;
      if (waiting.length >= maxWaiting) {
        const detail = `${maxWaiting} messages wait for the client`;
        finish({ error: new ProctorError("upstream_response_too_large", detail) });
        return;
      }
      waiting.push(said);
      wake();
    },
    end: () => finish({}),
    fail: (error) => finish({ error }),
    async next() {
      for (;;) {
        const first = waiting.shift();
        if (first !== undefined) return first;
        if (over?.error !== undefined) throw over.error;
        if (over !== undefined) return undefined;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}
