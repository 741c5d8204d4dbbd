// Which session of an MCP server a request is of, and what is unique in it.

import type { IncomingMessage } from "node:http";
import type { Bindings } from "./bindings.ts";
import type { Exchange } from "./exchange.ts";
import type { Asker } from "./tasks.ts";

function sessionIn({ headers }: IncomingMessage): string | undefined {
  const session = headers["mcp-session-id"];
  return typeof session === "string" && session !== "" ? session : undefined;
}

export function withinSession(exchange: Exchange, bindings: Bindings): Exchange {
  const session = sessionIn(exchange.env.incoming);
  if (session === undefined) return exchange;
  return { ...exchange, caller: bindings.within(session, exchange.caller) };
}

/** What ids of requests are unique in: a session, or else a trajectory. */
export function scopeOf({ caller: { agent, naming }, env }: Exchange): string {
  return `${agent}\n${naming.name}\n${sessionIn(env.incoming) ?? ""}`;
}

export function askerOf({ caller: { agent, naming }, env }: Exchange): Asker {
  return { agent, naming, session: sessionIn(env.incoming) ?? "" };
}
