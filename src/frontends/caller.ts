// Who calls, and in which trajectory: from token, URL, headers and connection.

import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { type Authenticate, actsFor } from "../core/access.ts";
import type { Principal } from "../core/agent.ts";
import { ProctorError } from "../core/errors.ts";
import { newId } from "../core/ids.ts";
import { namePattern } from "../core/trajectory.ts";
import type { Naming } from "../gateway.ts";

export interface Caller {
  readonly principal: Principal;
  readonly agent: string;
  readonly naming: Naming;
}

export interface CallerParts {
  readonly authenticate: Authenticate;
  readonly agents: ReadonlySet<string>;
  readonly nowMs: () => number;
}

/** @throws ProctorError `unauthenticated`, `forbidden`, `invalid_request` */
export function createIdentify(parts: CallerParts) {
  const namingOf = createNaming(parts);

  return function identify(incoming: IncomingMessage, inPath: string | undefined): Caller {
    const principal = parts.authenticate(incoming.headers.authorization);
    if (principal === undefined) throw new ProctorError("unauthenticated", "no known bearer token");
    const agent = agentOf(principal, single(incoming, "proctor-agent"), parts.agents);
    return { principal, agent, naming: namingOf(incoming, inPath) };
  };
}

/** Names the trajectory of a request: as the caller does, else by its connection. */
export function createNaming(parts: Pick<CallerParts, "nowMs">) {
  // One trajectory per connection where the caller names none.
  const byConnection = new WeakMap<Socket, string>();

  function connectionName(socket: Socket): string {
    const known = byConnection.get(socket);
    if (known !== undefined) return known;
    const name = `connection-${newId(parts.nowMs())}`;
    byConnection.set(socket, name);
    return name;
  }

  return function namingOf(incoming: IncomingMessage, inPath: string | undefined): Naming {
    const inHeader = single(incoming, "proctor-trajectory");
    if (inPath !== undefined && inHeader !== undefined && inPath !== inHeader) {
      throw new ProctorError("invalid_request", "URL and Proctor-Trajectory name two trajectories");
    }
    const named = inPath ?? inHeader;
    const traceId = traceIdOf(single(incoming, "traceparent"));
    if (named === undefined) {
      return { name: connectionName(incoming.socket), identifiedBy: "connection", traceId };
    }
    return { name: checkedName(named, "trajectory"), identifiedBy: "explicit", traceId };
  };
}

export function checkedName(name: string, what: string): string {
  if (namePattern.test(name)) return name;
  throw new ProctorError(
    "invalid_request",
    `the ${what} name must match ${namePattern.source}, and is ${JSON.stringify(name.slice(0, 64))}`,
  );
}

/** An agent token is one agent; a harness says for whom it calls, unless it has only one. */
export function agentOf(
  principal: Principal,
  asked: string | undefined,
  agents: ReadonlySet<string>,
): string {
  mustCall(principal);
  const agent = asked ?? onlyAgent(principal, agents);
  if (agent === undefined) {
    throw new ProctorError(
      "invalid_request",
      "this token stands for several agents; name one in Proctor-Agent",
    );
  }
  if (!agents.has(agent) || !actsFor(principal, agent)) {
    throw new ProctorError(
      "forbidden",
      `this token is not one of agent ${JSON.stringify(agent.slice(0, 64))}`,
    );
  }
  return agent;
}

/** @throws ProctorError `forbidden` for tokens that make no calls */
export function mustCall({ kind }: Principal): void {
  if (kind === "agent" || kind === "harness") return;
  throw new ProctorError(
    "forbidden",
    `a ${kind} token makes no calls; use an agent or harness token`,
  );
}

function onlyAgent(principal: Principal, agents: ReadonlySet<string>): string | undefined {
  const listed = principal.agents.includes("*") ? [...agents] : principal.agents;
  return listed.length === 1 ? listed[0] : undefined;
}

export function single(incoming: IncomingMessage, header: string): string | undefined {
  const value = incoming.headers[header];
  return Array.isArray(value) ? value.join(",") : value;
}

/** W3C Trace Context, section 3.2.2: version-traceid-parentid-flags. */
function traceIdOf(traceparent: string | undefined): string | undefined {
  const id = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}/.exec(traceparent ?? "")?.[1];
  return id === "0".repeat(32) ? undefined : id;
}
