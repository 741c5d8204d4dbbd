// The client's roots, kept from servers that would take them in place of the folders they were started with.

import { isJsonObject, type JsonObject } from "../../core/json.ts";

const capabilitiesKey = "io.modelcontextprotocol/clientCapabilities";

/**
 * The message without the announcement that the client has roots, in either era of the protocol:
 * `initialize`, or `_meta` of each request. undefined: it announces none.
 */
export function withoutRoots(message: JsonObject): JsonObject | undefined {
  const { params } = message;
  if (!isJsonObject(params)) return undefined;
  if (message.method === "initialize") {
    const changed = without(params, "capabilities");
    return changed && { ...message, params: changed };
  }
  const meta = isJsonObject(params._meta) ? without(params._meta, capabilitiesKey) : undefined;
  return meta && { ...message, params: { ...params, _meta: meta } };
}

function without(holder: JsonObject, name: string): JsonObject | undefined {
  const capabilities = holder[name];
  if (!isJsonObject(capabilities) || !("roots" in capabilities)) return undefined;
  const { roots: _, ...kept } = capabilities;
  return { ...holder, [name]: kept };
}
