// What a message to an MCP server asks for, read so that no server can read another call in it.

import type { IncomingHttpHeaders } from "node:http";
import { isJsonObject, type Json, type JsonObject } from "../../core/json.ts";
import { decoded, mismatch, protocolVersionOf } from "./era.ts";
import {
  isResponse,
  RpcError,
  type RpcId,
  type RpcRequest,
  readRequest,
  rpcCodes,
} from "./message.ts";

/** A message that was looked at. `request` absent: the client's response to the server. */
export interface Inspected {
  readonly message: JsonObject;
  readonly request?: RpcRequest;
  /** Present: the message is a tool call. */
  readonly call?: { readonly id: RpcId; readonly tool: string; readonly given: JsonObject };
}

/** @throws RpcError where it is no message, or could be read in two ways */
export function inspect(message: Json, headers: IncomingHttpHeaders): Inspected {
  if (!isJsonObject(message)) throw invalid("not a JSON-RPC message");
  onlyExact(message, envelope);
  if (isResponse(message)) return { message };
  const request = readRequest(message);
  checkAgainst(request, headers);
  if (request.method !== "tools/call") return { message, request };
  return { message, request, call: readCall(request) };
}

const envelope = ["jsonrpc", "id", "method", "params", "result", "error"];
const callMembers = ["name", "arguments", "_meta"];

/** Some readers take `Method` for `method`, and the last of them wins. */
function onlyExact(object: JsonObject, exact: readonly string[]): void {
  for (const name of Object.keys(object)) {
    const lower = name.toLowerCase();
    if (name !== lower && exact.includes(lower)) {
      throw invalid(`the member ${JSON.stringify(name)} could be taken for "${lower}"`);
    }
  }
}

const maxToolName = 256;

function readCall({ id, params }: RpcRequest): Inspected["call"] {
  onlyExact(params, callMembers);
  const { name, arguments: given = {} } = params;
  // Without an id nothing could be answered; a server might carry it out all the same.
  if (id === undefined) throw invalid("tools/call needs an id");
  if (typeof name !== "string" || name.length > maxToolName || !isJsonObject(given)) {
    const detail = "tools/call needs params.name, a string, and params.arguments, an object";
    throw new RpcError(rpcCodes.invalidParams, detail);
  }
  return { id, tool: name, given };
}

/** Which parameter `Mcp-Name` mirrors, by method. */
export const namedBy: ReadonlyMap<string, string> = new Map([
  ["tools/call", "name"],
  ["prompts/get", "name"],
  ["resources/read", "uri"],
  // Of the tasks extension, "Routing Headers".
  ["tasks/get", "taskId"],
  ["tasks/update", "taskId"],
  ["tasks/cancel", "taskId"],
]);

/**
 * The body is what is judged, so a header may not say anything else. That one is missing is the
 * server's to judge.
 *
 * @throws RpcError -32020
 */
function checkAgainst(request: RpcRequest, headers: IncomingHttpHeaders): void {
  const { method, params } = request;
  const parameter = namedBy.get(method);
  const mirrors = [
    ["Mcp-Method", method],
    ["Mcp-Name", parameter === undefined ? undefined : params[parameter]],
    ["MCP-Protocol-Version", protocolVersionOf(request)],
  ] as const;
  for (const [header, expected] of mirrors) {
    const given = headers[header.toLowerCase()];
    if (given === undefined || expected === undefined) continue;
    if (typeof given !== "string" || decoded(given) !== expected) throw mismatch(header);
  }
}

function invalid(message: string): RpcError {
  return new RpcError(rpcCodes.invalidRequest, message);
}
