// The embedded tools, as front ends see them.

import type { Door, ExecutionContext, ToolDescription, ToolResult } from "../core/call.ts";
import type { JsonObject } from "../core/json.ts";
import type { Gateway } from "../gateway.ts";
import type { ToolUpstream } from "../upstream/upstream.ts";
import type { Caller } from "./caller.ts";

export interface LocalTools extends ToolUpstream<ToolResult> {
  readonly name: string;
  contextOf(tool: string): ExecutionContext;
  /** @throws ProctorError `unknown_tool`, `invalid_arguments` */
  check(tool: string, given: JsonObject): void;
}

/** The embedded tools, as a door lists them for a caller. */
export async function listedFor(
  { agent, naming }: Pick<Caller, "agent" | "naming">,
  { door, local, gateway }: { door: Door; local: LocalTools; gateway: Pick<Gateway, "offered"> },
): Promise<readonly ToolDescription[]> {
  const tools = await local.tools();
  gateway.offered(agent, naming, { door, upstream: local.name, tools, pinned: false });
  return tools;
}
