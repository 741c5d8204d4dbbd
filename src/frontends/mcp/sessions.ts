// Sessions of the protocol up to 2025-11-25: each is one token's, and bound to one trajectory.

import { newId, newSecret } from "../../core/ids.ts";
import type { Caller } from "../caller.ts";
import type { RpcId } from "./message.ts";

/** Clients that never end their session leave it behind: the one unused for longest goes. */
const usualMaxSessions = 4_096;
const maxIdleMs = 24 * 3_600_000;

export interface Session {
  readonly id: string;
  readonly version: string;
  readonly token: string;
  readonly agent: string;
  readonly naming: Caller["naming"];
  /** Requests without an answer yet, by JSON-RPC id. */
  readonly underWay: Map<RpcId, AbortController>;
  usedAtMs: number;
}

export interface Sessions {
  open(caller: Caller, version: string): Session;
  /** undefined: there is none, or it is another's. */
  find(id: string, caller: Caller): Session | undefined;
  end(session: Session): void;
}

export function createSessions(
  nowMs: () => number,
  { maxSessions = usualMaxSessions }: { readonly maxSessions?: number } = {},
): Sessions {
  // In the order of their last use.
  const sessions = new Map<string, Session>();

  function makeRoom(): void {
    for (const session of sessions.values()) {
      if (sessions.size < maxSessions && nowMs() - session.usedAtMs < maxIdleMs) return;
      end(session);
    }
  }

  function end({ id, underWay }: Session): void {
    sessions.delete(id);
    for (const abort of underWay.values()) abort.abort(new Error("the session ended"));
  }

  return {
    open(caller, version) {
      makeRoom();
      const { principal, agent } = caller;
      const [id, usedAtMs] = [newSecret("mcp-"), nowMs()];
      const naming = boundNaming(caller, usedAtMs);
      const token = principal.token;
      const session = { id, version, token, agent, naming, underWay: new Map(), usedAtMs };
      sessions.set(id, session);
      return session;
    },
    find(id, { principal, agent }) {
      const session = sessions.get(id);
      if (session?.token !== principal.token || session.agent !== agent) return undefined;
      if (nowMs() - session.usedAtMs >= maxIdleMs) return undefined;
      session.usedAtMs = nowMs();
      sessions.delete(id);
      sessions.set(id, session);
      return session;
    },
    end,
  };
}

/** Not the session's id: that is a credential, and names of trajectories are shown. */
function boundNaming({ naming }: Caller, nowMs: number): Caller["naming"] {
  if (naming.identifiedBy === "explicit") return naming;
  return { ...naming, name: `mcp-${newId(nowMs)}`, identifiedBy: "harness" };
}
