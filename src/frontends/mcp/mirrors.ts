// Headers that mirror a message's body, as a client of the protocol without sessions sends them.

import { isJsonObject, type JsonObject } from "../../core/json.ts";
import { namedBy } from "./inspect.ts";

const versionKey = "io.modelcontextprotocol/protocolVersion";

/** Specification 2026-07-28, "Streamable HTTP". Empty for a message of the protocol with sessions. */
export function mirrorHeaders({ method, params }: JsonObject): Readonly<Record<string, string>> {
  const meta = isJsonObject(params) && isJsonObject(params._meta) ? params._meta : {};
  const version = meta[versionKey];
  if (typeof version !== "string" || typeof method !== "string") return {};
  const named = isJsonObject(params) ? params[namedBy.get(method) ?? "name"] : undefined;
  return {
    "mcp-protocol-version": version,
    "mcp-method": method,
    ...(typeof named === "string" ? { "mcp-name": encoded(named) } : {}),
  };
}

/** What no header can hold is written as `=?base64?...?=`. */
function encoded(value: string): string {
  if (/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(value) && !value.startsWith("=?"))
    return value;
  return `=?base64?${Buffer.from(value, "utf8").toString("base64")}?=`;
}
