// The trajectory of a message that belongs to no session.

import { isJsonObject } from "../../core/json.ts";
import type { Naming } from "../../gateway.ts";
import type { Inspected } from "./inspect.ts";

/** Without a session the trace is the best name that there is (MCP 2026-07-28, `_meta.traceparent`). */
export function withTrace(naming: Naming, { request }: Inspected): Naming {
  const meta = request?.params._meta;
  const parent = isJsonObject(meta) && typeof meta.traceparent === "string" ? meta.traceparent : "";
  const traceId = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}/.exec(parent)?.[1];
  if (traceId === undefined) return naming;
  if (naming.identifiedBy !== "connection") return { traceId, ...naming };
  return { name: `trace-${traceId}`, identifiedBy: "harness", traceId };
}
