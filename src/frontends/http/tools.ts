// GET /v1/tools and POST /v1/tools/{name}: the embedded tools over plain HTTP.

import { z } from "zod";
import type { ToolResult } from "../../core/call.ts";
import { ProctorError } from "../../core/errors.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import type { Answer, Gateway } from "../../gateway.ts";
import type { Caller } from "../caller.ts";
import type { LocalTools } from "../local-tools.ts";
import { type Reply, refusal, stepOf } from "../reply.ts";

const callBody = z.strictObject({
  arguments: z.record(z.string(), z.unknown()).default({}),
  /** The id that the model gave the call. */
  id: z.string().max(256).optional(),
});

export interface ToolRequest {
  readonly caller: Caller;
  readonly tool: string;
  readonly body: Json;
  readonly idempotencyKey?: string;
  readonly abort: AbortController;
}

export function createCallTool(gateway: Gateway, local: LocalTools) {
  return async function callTool(request: ToolRequest): Promise<Reply> {
    const { caller, tool, idempotencyKey, abort } = request;
    const { id, given } = decode(request.body);
    local.check(tool, given);
    const call = {
      id,
      door: "http",
      upstream: local.name,
      tool,
      arguments: given,
      context: local.contextOf(tool),
    } as const;
    const answer = await gateway.handle(
      { agent: caller.agent, naming: caller.naming, call, idempotencyKey, abort },
      local.forward,
    );
    return encode(answer);
  };
}

function decode(body: Json): { id?: string; given: JsonObject } {
  const parsed = callBody.safeParse(body);
  if (!parsed.success) throw new ProctorError("invalid_request", z.prettifyError(parsed.error));
  // Parsed from JSON text, so the values are JSON.
  return { id: parsed.data.id, given: parsed.data.arguments as JsonObject };
}

function encode(answer: Answer<ToolResult>): Reply {
  switch (answer.kind) {
    case "carried_out":
      return { status: 200, body: { result: answer.answer, ...stepOf(answer) } };
    case "replayed":
      return { status: 200, body: { result: answer.result, replayed: true, ...stepOf(answer) } };
    case "refused":
    case "failed":
      return refusal(answer);
  }
}
