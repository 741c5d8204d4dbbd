// The embedded tools, as front ends see them.

import type { ExecutionContext, ToolResult } from "../core/call.ts";
import type { JsonObject } from "../core/json.ts";
import type { ToolUpstream } from "../upstream/upstream.ts";

export interface LocalTools extends ToolUpstream<ToolResult> {
  readonly name: string;
  contextOf(tool: string): ExecutionContext;
  /** @throws ProctorError `unknown_tool`, `invalid_arguments` */
  check(tool: string, given: JsonObject): void;
}
