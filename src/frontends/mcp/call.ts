// tools/call: from a message to the gateway, and its answer as a tool's result.

import { z } from "zod";
import type { ToolResult } from "../../core/call.ts";
import { asProctorError, ProctorError } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Answer, Gateway, Naming } from "../../gateway.ts";
import type { LocalTools } from "../local-tools.ts";
import { RpcError, rpcCodes } from "./message.ts";
import type { Patience } from "./patience.ts";
import { errorResult, modelsId, resultOfNone } from "./result.ts";

const callParams = z.looseObject({
  name: z.string().max(256),
  arguments: z.record(z.string(), z.unknown()).default({}),
});

export interface CallContext {
  readonly agent: string;
  readonly naming: Naming;
  readonly abort: AbortController;
  /** For a call that waits for a person. */
  readonly patience?: Patience;
}

export function createCallTool(gateway: Gateway, local: LocalTools) {
  /** A call that became no step is written down as what it was. */
  async function notACall({ agent, naming }: CallContext, thrown: unknown): Promise<ProctorError> {
    const error = asProctorError(thrown);
    await gateway.malformed(agent, naming, "mcp", error);
    return error;
  }

  async function check(name: string, given: JsonObject, context: CallContext) {
    try {
      local.check(name, given);
      return undefined;
    } catch (thrown) {
      const error = await notACall(context, thrown);
      if (error.code === "unknown_tool") throw new RpcError(rpcCodes.invalidParams, error.message);
      return error;
    }
  }

  /** @throws RpcError where it names no tool; all else is a result that the model sees. */
  return async function callTool(params: JsonObject, context: CallContext): Promise<JsonObject> {
    const parsed = callParams.safeParse(params);
    if (!parsed.success) {
      const detail = z.prettifyError(parsed.error);
      await notACall(context, new ProctorError("invalid_request", detail));
      throw new RpcError(rpcCodes.invalidParams, detail);
    }
    const tool = parsed.data.name;
    // Parsed from JSON text, so the values are JSON.
    const given = parsed.data.arguments as JsonObject;
    const unfit = await check(tool, given, context);
    if (unfit !== undefined) return errorResult(unfit);
    const call = {
      id: modelsId(params._meta),
      door: "mcp",
      upstream: local.name,
      tool,
      arguments: given,
      context: local.contextOf(tool),
    } as const;
    try {
      const { agent, naming, abort, patience } = context;
      const request = { agent, naming, call, abort, onHeld: () => patience?.begin() };
      const answer = await gateway.handle(request, async function goOn(...given) {
        patience?.end();
        return local.forward(...given);
      });
      return encode(answer);
    } catch (thrown) {
      // Nothing was recorded as a step, or its outcome was not: in either case there is no result.
      return errorResult(asProctorError(thrown));
    }
  };
}

function encode(answer: Answer<ToolResult>): JsonObject {
  return answer.kind === "carried_out" ? resultOf(answer.answer) : resultOfNone(answer);
}

function resultOf({ content, structuredContent, isError }: ToolResult): JsonObject {
  return {
    content: content.map((block) => ({ ...block })),
    ...(structuredContent === undefined ? {} : { structuredContent }),
    ...(isError === undefined ? {} : { isError }),
  };
}
