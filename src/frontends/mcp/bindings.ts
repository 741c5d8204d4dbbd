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
  /** What the trajectory is called. */
  readonly name: string;
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

  function bindingOf(session: string, caller: Caller): Binding {
    const explicit = explicitIn(caller);
    const name = explicit ?? nameOf(`${server}\n${session}`);
    return { token: caller.principal.token, agent: caller.agent, explicit, name };
  }

  return {
    open: (session, caller) => remember(session, bindingOf(session, caller)),
    within(session, caller) {
      const { principal, agent, naming } = caller;
      // After a restart, or where another replica opened it: whoever uses it first.
      const bound = bindings.get(session) ?? bindingOf(session, caller);
      if (bound.token !== principal.token || bound.agent !== agent) {
        throw new RpcError(rpcCodes.invalidRequest, "there is no such session", { status: 404 });
      }
      const explicit = explicitIn(caller);
      if (explicit !== undefined && explicit !== bound.explicit) {
        const detail = "the session is bound to another trajectory";
        throw new RpcError(rpcCodes.invalidRequest, detail);
      }
      remember(session, bound);
      const identifiedBy = bound.explicit === undefined ? "harness" : "explicit";
      return { ...caller, naming: { ...naming, name: bound.name, identifiedBy } };
    },
    end: (session) => bindings.delete(session),
  };
}

/** Any replica makes the same name of a session; its id is a credential, so the name is a digest. */
function nameOf(session: string): string {
  return `mcp-${createHash("sha256").update(session).digest("hex").slice(0, 32)}`;
}

function explicitIn({ naming }: Caller): string | undefined {
  return naming.identifiedBy === "explicit" ? naming.name : undefined;
}
