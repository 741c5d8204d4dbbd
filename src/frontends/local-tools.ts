// The embedded tools, as front ends see them.

import type { Door, ExecutionContext, ToolDescription, ToolResult } from "../core/call.ts";
import type { JsonObject } from "../core/json.ts";
import type { Gateway } from "../gateway.ts";
import type { ToolUpstream } from "../upstream/upstream.ts";
import type { Caller } from "./caller.ts";

export interface LocalTools extends ToolUpstream<ToolResult> {
  readonly name: string;
  contextOf(tool: string): ExecutionContext;
  /** Whether lists leave out the tools that the policy denies for what they are. */
  readonly hideDenied: boolean;
  /** @throws ProctorError `unknown_tool`, `invalid_arguments` */
  check(tool: string, given: JsonObject): void;
}

/** The embedded tools, as a door lists them for a caller. */
export async function listedFor(
  { agent, naming }: Pick<Caller, "agent" | "naming">,
  {
    door,
    local,
    gateway,
  }: { door: Door; local: LocalTools; gateway: Pick<Gateway, "offered" | "hidden"> },
): Promise<readonly ToolDescription[]> {
  const all = await local.tools();
  const offer = { door, upstream: local.name, pinned: false } as const;
  const { contextOf } = local;
  const hidden: ReadonlySet<string> = local.hideDenied
    ? await gateway.hidden(agent, naming, { ...offer, tools: all, contextOf })
    : new Set();
  const tools = all.filter(({ name }) => !hidden.has(name));
  gateway.offered(agent, naming, { ...offer, tools });
  return tools;
}
