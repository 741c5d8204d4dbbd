// JSON-RPC 2.0 messages: what is one, and how answers are written.

import type { ProctorError } from "../../core/errors.ts";
import { isJsonObject, type Json, type JsonObject } from "../../core/json.ts";

export type RpcId = string | number;

export interface RpcRequest {
  /** Absent: a notification. */
  readonly id?: RpcId;
  readonly method: string;
  readonly params: JsonObject;
}

/** Messages in one batch. */
export const maxBatch = 64;

/** JSON-RPC 2.0, section 5.1, and MCP 2026-07-28 for those below -32000. */
export const rpcCodes = {
  parseError: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  headerMismatch: -32020,
  unsupportedVersion: -32022,
} as const;

/** Outside of the range that JSON-RPC and MCP keep for themselves. */
export const ownErrorCode = -31_000;

/** A protocol error. `status` is that of HTTP where the message stands alone. */
export class RpcError extends Error {
  readonly code: number;
  readonly status: number;
  readonly data: JsonObject | undefined;

  constructor(code: number, message: string, more: { status?: number; data?: JsonObject } = {}) {
    super(message);
    this.name = "RpcError";
    this.code = code;
    this.status = more.status ?? 400;
    this.data = more.data;
  }
}

/** A refused body as an error of the protocol. */
export function asRpcError({ code, message }: ProctorError, status: number): RpcError {
  const unread = code === "malformed_json" || code === "invalid_utf8";
  return new RpcError(unread ? rpcCodes.parseError : rpcCodes.invalidRequest, message, {
    status,
    data: { code },
  });
}

/** An answer of the client to a request of the server: there are none here, so it is dropped. */
export function isResponse(message: Json): boolean {
  if (!isJsonObject(message) || "method" in message) return false;
  return message.jsonrpc === "2.0" && ("result" in message || "error" in message);
}

/** @throws RpcError where it is no request and no notification */
export function readRequest(message: Json): RpcRequest {
  if (!isJsonObject(message) || message.jsonrpc !== "2.0") throw invalid("not JSON-RPC 2.0");
  const { id, method, params = {} } = message;
  if (typeof method !== "string") throw invalid("method must be a string");
  if (!isJsonObject(params)) throw invalid("params must be an object");
  if (!("id" in message)) return { method, params };
  if (typeof id !== "string" && !Number.isSafeInteger(id)) {
    throw invalid("id must be a string or an integer");
  }
  return { id: id as RpcId, method, params };
}

/** The id to answer a message with that may be no request. */
export function idOf(message: Json): RpcId | null {
  const id = isJsonObject(message) ? message.id : undefined;
  return typeof id === "string" || typeof id === "number" ? id : null;
}

/** The message, or that of a batch, which answers the request. */
export function responseTo(id: unknown, message: Json | undefined): JsonObject | undefined {
  const candidates = Array.isArray(message) ? message : [message];
  return candidates.find(
    (each): each is JsonObject =>
      isJsonObject(each) && each.id === id && ("result" in each || "error" in each),
  );
}

export function resultMessage(id: RpcId, result: JsonObject): JsonObject {
  return { jsonrpc: "2.0", id, result };
}

export function errorMessage(id: RpcId | null, { code, message, data }: RpcError): JsonObject {
  return { jsonrpc: "2.0", id, error: { code, message, ...(data === undefined ? {} : { data }) } };
}

function invalid(message: string): RpcError {
  return new RpcError(rpcCodes.invalidRequest, message);
}
