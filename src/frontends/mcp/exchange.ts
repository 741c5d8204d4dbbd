// One HTTP request to an MCP server, its caller already known.

import type { HttpBindings } from "@hono/node-server";
import { asProctorError, errorTable, type ProctorError } from "../../core/errors.ts";
import { type JsonLimits, parseJson } from "../../core/json.ts";
import type { Gateway } from "../../gateway.ts";
import type { McpMessage } from "../../upstream/upstream.ts";
import { readJsonText } from "../body.ts";
import type { Caller } from "../caller.ts";
import { asRpcError } from "./message.ts";

export interface Exchange {
  readonly caller: Caller;
  readonly env: HttpBindings;
}

/** One MCP server behind `/mcp/{name}`. */
export type Serve = (exchange: Exchange) => Promise<Response>;

/**
 * Reads a body; one that is no JSON is written down as a malformed request.
 *
 * @throws RpcError
 */
export async function bodyOf(
  { caller, env }: Exchange,
  gateway: Gateway,
  limits: JsonLimits,
): Promise<McpMessage> {
  try {
    const text = await readJsonText(env.incoming, limits.maxLength);
    return { text, message: parseJson(text, limits) };
  } catch (thrown) {
    const error = asProctorError(thrown);
    await refused(caller, gateway, error);
    throw asRpcError(error, errorTable[error.code].status);
  }
}

export function refused({ agent, naming }: Caller, gateway: Gateway, error: ProctorError) {
  return gateway.malformed(agent, naming, "mcp", error);
}
