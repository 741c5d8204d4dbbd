// /http/{upstream}/...: an existing REST tool API behind the guard.

import type { IncomingMessage } from "node:http";
import type { ExecutionContext } from "../../core/call.ts";
import { ProctorError } from "../../core/errors.ts";
import type { JsonLimits, JsonObject } from "../../core/json.ts";
import type { Answer, Gateway } from "../../gateway.ts";
import type { Forward } from "../../upstream/upstream.ts";
import { readText } from "../body.ts";
import type { Caller } from "../caller.ts";
import { type Reply, refusal } from "../reply.ts";

/** An HTTP answer as it came from the upstream, its hop-by-hop headers dropped. */
export interface RestAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** A request that was matched to a tool. */
export interface RestCall {
  readonly tool: string;
  readonly arguments: JsonObject;
  readonly forward: Forward<RestAnswer>;
}

/** A guarded REST API. */
export interface RestUpstream {
  readonly name: string;
  readonly context: ExecutionContext;
  /**
   * Maps a request to a tool. `path` is the raw path and query behind the upstream's prefix.
   *
   * @throws ProctorError `route_not_allowed`, `ambiguous_path`, `malformed_json`, ...
   */
  match(request: {
    method: string;
    path: string;
    headers: IncomingMessage["headers"];
    body: string;
  }): RestCall;
}

export type RestReply =
  | Reply
  | { readonly raw: RestAnswer; readonly trajectory: string; readonly step: number };

export function createCallRest(gateway: Gateway, limits: JsonLimits) {
  return async function callRest(request: {
    caller: Caller;
    upstream: RestUpstream;
    path: string;
    incoming: IncomingMessage;
    idempotencyKey?: string;
    abort: AbortController;
  }): Promise<RestReply> {
    const { caller, upstream, incoming, idempotencyKey, abort } = request;
    const body = await readText(incoming, limits.maxLength);
    const { method = "GET", headers } = incoming;
    const matched = upstream.match({ method, path: request.path, headers, body });
    const call = {
      door: "http",
      upstream: upstream.name,
      tool: matched.tool,
      arguments: matched.arguments,
      context: upstream.context,
    } as const;
    const answer = await gateway.handle(
      { agent: caller.agent, naming: caller.naming, call, idempotencyKey, abort },
      matched.forward,
    );
    return encode(answer);
  };
}

function encode(answer: Answer<RestAnswer>): RestReply {
  switch (answer.kind) {
    case "carried_out":
      return { raw: answer.answer, trajectory: answer.trajectory, step: answer.step };
    case "replayed":
      // What was recorded is redacted and has lost its headers: it is shown, not passed off as the answer.
      throw new ProctorError(
        "idempotency_mismatch",
        `step ${answer.step} of ${answer.trajectory} was carried out with this key; its answer is not repeated`,
      );
    case "refused":
    case "failed":
      return refusal(answer);
  }
}
