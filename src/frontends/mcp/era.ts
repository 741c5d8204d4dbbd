// Which era of MCP a message is of, and whether its headers say what its body says.

import type { IncomingHttpHeaders } from "node:http";
import { isJsonObject, type Json } from "../../core/json.ts";
import { RpcError, type RpcRequest, rpcCodes } from "./message.ts";

/** Without sessions: specification 2026-07-28. */
export const modernVersion = "2026-07-28";
/** With sessions; the newest first, which is offered to whoever asks for an unknown one. */
export const sessionVersions: readonly string[] = ["2025-11-25", "2025-06-18", "2025-03-26"];
/** The only revision with batches. */
export const batchVersion = "2025-03-26";

const versionKey = "io.modelcontextprotocol/protocolVersion";
const capabilitiesKey = "io.modelcontextprotocol/clientCapabilities";

/** The body decides: an intermediary that believed the headers could be told something else. */
export function isModern({ params }: RpcRequest, headers: IncomingHttpHeaders): boolean {
  const inBody = isJsonObject(params._meta) && versionKey in params._meta;
  return inBody || headers["mcp-protocol-version"] === modernVersion;
}

/** The version that a message of the era without sessions says it is of. */
export function protocolVersionOf({ params }: RpcRequest): Json | undefined {
  return isJsonObject(params._meta) ? params._meta[versionKey] : undefined;
}

/** @throws RpcError where version or capabilities are missing or not spoken here */
export function checkModern({ params }: RpcRequest, headers: IncomingHttpHeaders): void {
  const meta = isJsonObject(params._meta) ? params._meta : {};
  const version = meta[versionKey];
  if (typeof version !== "string" || !isJsonObject(meta[capabilitiesKey])) {
    const message = `params._meta must bear ${versionKey} and ${capabilitiesKey}`;
    throw new RpcError(rpcCodes.invalidParams, message);
  }
  if (headers["mcp-protocol-version"] !== version) throw mismatch("MCP-Protocol-Version");
  if (version !== modernVersion) {
    throw new RpcError(
      rpcCodes.unsupportedVersion,
      "this version is not spoken without a session",
      {
        data: { supported: [modernVersion], requested: version },
      },
    );
  }
}

/**
 * Headers that mirror the body must agree with it: required in the modern era, never contradicted in
 * the other.
 *
 * @throws RpcError -32020
 */
export function checkMirrors(
  { method, params }: RpcRequest,
  headers: IncomingHttpHeaders,
  required: boolean,
): void {
  const named = method === "tools/call" ? params.name : undefined;
  const mirrors = [
    { header: "Mcp-Method", expected: method, needed: required },
    { header: "Mcp-Name", expected: named, needed: required && named !== undefined },
  ];
  for (const { header, expected, needed } of mirrors) {
    const given = headers[header.toLowerCase()];
    if (given === undefined && !needed) continue;
    if (typeof given !== "string") throw mismatch(header);
    if (decoded(given) !== expected && expected !== undefined) throw mismatch(header);
  }
}

/** `=?base64?...?=` is what a value is written as that no header can hold. */
export function decoded(value: string): string {
  const encoded = /^=\?base64\?([A-Za-z0-9+/]*={0,2})\?=$/.exec(value)?.[1];
  return encoded === undefined ? value : Buffer.from(encoded, "base64").toString("utf8");
}

export function mismatch(header: string): RpcError {
  return new RpcError(rpcCodes.headerMismatch, `${header} does not say what the body says`);
}
