// Whose an MCP server's session is, and which trajectory it belongs to.

import { createHash } from "node:crypto";
import { setNewest } from "../../core/newest.ts";
import type { Caller } from "../caller.ts";
import { RpcError, rpcCodes } from "./message.ts";

interface Binding {
  readonly token: string;
  readonly agent: string;
  /** Named by header or URL when the session was first seen. */
  readonly explicit: string | undefined;
}

/** The one unused for longest is forgotten, and learnt again when it is next used. */
const maxBindings = 16_384;

export interface Bindings {
  /** The server opened this session for the caller. */
  open(session: string, caller: Caller): void;
  /**
   * The caller within the session's trajectory.
   *
   * @throws RpcError 404 where it is another's, 400 where it is bound to another trajectory
   */
  within(session: string, caller: Caller): Caller;
  end(session: string): void;
}

/** `server` is part of the name of the trajectory: two servers may choose the same session id. */
export function createBindings(server: string): Bindings {
  const bindings = new Map<string, Binding>();

  function remember(session: string, binding: Binding): void {
    setNewest(bindings, session, binding, maxBindings);
  }

  function bindingOf({ principal, agent, naming }: Caller): Binding {
    const explicit = naming.identifiedBy === "explicit" ? naming.name : undefined;
    return { token: principal.token, agent, explicit };
  }

  return {
    open: (session, caller) => remember(session, bindingOf(caller)),
    within(session, caller) {
      const own = bindingOf(caller);
      // After a restart, or where another replica opened it: whoever uses it first.
      const bound = bindings.get(session) ?? own;
      if (bound.token !== own.token || bound.agent !== own.agent) {
        throw new RpcError(rpcCodes.invalidRequest, "there is no such session", { status: 404 });
      }
      if (own.explicit !== undefined && own.explicit !== bound.explicit) {
        const detail = "the session is bound to another trajectory";
        throw new RpcError(rpcCodes.invalidRequest, detail);
      }
      remember(session, bound);
      return { ...caller, naming: namingWithin(bound, `${server}\n${session}`, caller) };
    },
    end: (session) => bindings.delete(session),
  };
}

/** Any replica makes the same name of a session; its id is a credential, so the name is a digest. */
function namingWithin({ explicit }: Binding, session: string, caller: Caller): Caller["naming"] {
  const { naming } = caller;
  if (explicit !== undefined) return { ...naming, name: explicit, identifiedBy: "explicit" };
  const digest = createHash("sha256").update(session).digest("hex").slice(0, 32);
  return { ...naming, name: `mcp-${digest}`, identifiedBy: "harness" };
}
