// Headers that mirror arguments (2026-07-28, "Custom Headers from Tool Parameters"): a server that
// believed one of them would carry out another call than the one that is judged.

import type { IncomingHttpHeaders } from "node:http";
import { isJsonObject, type Json, type JsonObject } from "../../core/json.ts";
import type { OfferedTool } from "../../core/offer.ts";
import { decoded, mismatch } from "./era.ts";

/** Header, in lower case -> the argument that it mirrors. */
export type Mirrors = ReadonlyMap<string, string>;

const prefix = "mcp-param-";

export function mirrorsOf({ inputSchema }: OfferedTool): Mirrors {
  const properties = isJsonObject(inputSchema) ? inputSchema.properties : undefined;
  const found = Object.entries(isJsonObject(properties) ? properties : {}).flatMap(
    ([argument, schema]): [string, string][] => {
      const name = isJsonObject(schema) ? schema["x-mcp-header"] : undefined;
      return typeof name === "string" ? [[prefix + name.toLowerCase(), argument]] : [];
    },
  );
  return new Map(found);
}

/**
 * What no tool on record announces passes, as the specification says, but only where some argument says
 * it too: then whichever of the two is read, it is what was judged.
 *
 * @param mirrors of the tool as the client was offered it; undefined: it was not
 * @throws RpcError -32020
 */
export function checkParams(
  given: JsonObject,
  headers: IncomingHttpHeaders,
  mirrors: Mirrors | undefined,
): void {
  for (const [header, value] of Object.entries(headers)) {
    if (!header.startsWith(prefix)) continue;
    const argument = mirrors?.get(header);
    const said = argument === undefined ? leavesOf(given) : [given[argument]];
    const found =
      typeof value === "string" && said.some((each) => written(each) === decoded(value));
    if (!found) throw mismatch(header);
  }
}

function written(value: Json | undefined): string | undefined {
  return typeof value === "object" || value === undefined ? undefined : String(value);
}

function leavesOf(value: Json): readonly Json[] {
  if (typeof value !== "object" || value === null) return [value];
  return Object.values(value).flatMap(leavesOf);
}
