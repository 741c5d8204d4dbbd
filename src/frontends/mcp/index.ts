// The MCP front end: Streamable HTTP at /mcp/{upstream}, in both eras of the protocol.

import type { HttpBindings } from "@hono/node-server";
import { type Context, Hono } from "hono";
import {
  type Authenticate,
  hostAllowed,
  originAllowed,
  type SiteRules,
} from "../../core/access.ts";
import { asProctorError, errorTable, ProctorError } from "../../core/errors.ts";
import type { Json, JsonLimits, JsonObject } from "../../core/json.ts";
import { problemMediaType } from "../../core/problem.ts";
import type { Gateway } from "../../gateway.ts";
import { readJson } from "../http/body.ts";
import { type Caller, createIdentify } from "../http/caller.ts";
import { problemReply } from "../http/reply.ts";
import type { LocalTools } from "../http/tools.ts";
import { createCallTool } from "./call.ts";
import { batchVersion, checkMirrors, checkModern, isModern, sessionVersions } from "./era.ts";
import {
  asRpcError,
  errorMessage,
  idOf,
  isResponse,
  RpcError,
  type RpcRequest,
  readRequest,
  resultMessage,
  rpcCodes,
} from "./message.ts";
import { createServer } from "./server.ts";
import { createSessions, type Session } from "./sessions.ts";

export interface McpFrontEndParts {
  readonly gateway: Gateway;
  readonly authenticate: Authenticate;
  readonly site: SiteRules;
  readonly agents: ReadonlySet<string>;
  readonly local: LocalTools;
  readonly limits: JsonLimits;
  readonly nowMs: () => number;
  readonly version: string;
}

type Env = { Bindings: HttpBindings };
type Ctx = Context<Env>;

const maxBatch = 64;

export function createMcpFrontEnd(parts: McpFrontEndParts): Hono<Env> {
  const identify = createIdentify(parts);
  const sessions = createSessions(parts.nowMs);
  const callTool = createCallTool(parts.gateway, parts.local);
  const server = createServer(parts.local, parts.version);
  const app = new Hono<Env>();

  function callerOf(c: Ctx): Caller {
    const { headers } = c.env.incoming;
    if (!hostAllowed(headers.host, parts.site)) {
      throw new ProctorError("foreign_host", `Host is ${JSON.stringify(headers.host ?? "")}`);
    }
    if (!originAllowed(headers.origin, parts.site)) {
      throw new ProctorError("foreign_origin", `Origin is ${JSON.stringify(headers.origin ?? "")}`);
    }
    const caller = identify(c.env.incoming, c.req.param("trajectory"));
    const upstream = c.req.param("upstream") ?? "";
    if (upstream !== parts.local.name) {
      throw new ProctorError("route_not_found", `no MCP server "${upstream.slice(0, 64)}"`);
    }
    return caller;
  }

  async function bodyOf(c: Ctx, { agent, naming }: Caller): Promise<Json> {
    try {
      return await readJson(c.env.incoming, parts.limits);
    } catch (thrown) {
      const error = asProctorError(thrown);
      await parts.gateway.malformed(agent, naming, "mcp", error);
      throw asRpcError(error, errorTable[error.code].status);
    }
  }

  async function post(c: Ctx): Promise<Response> {
    const caller = callerOf(c);
    let message: Json = null;
    try {
      message = await bodyOf(c, caller);
      if (Array.isArray(message)) return await batch(c, caller, message);
      if (isResponse(message)) return accepted();
      const request = readRequest(message);
      return await single(c, caller, request);
    } catch (thrown) {
      if (!(thrown instanceof RpcError)) throw thrown;
      return json(thrown.status, errorMessage(idOf(message), thrown));
    }
  }

  async function single(c: Ctx, caller: Caller, request: RpcRequest): Promise<Response> {
    const { headers } = c.env.incoming;
    const modern = isModern(request, headers);
    if (modern) checkModern(request, headers);
    checkMirrors(request, headers, modern);
    if (!modern && request.method === "initialize") return initialize(caller, request);
    if (!modern) return reply(await inSession(sessionOf(c, caller), request));
    if (request.id === undefined) return accepted();
    const context = { agent: caller.agent, naming: caller.naming, abort: abortedWith(c) };
    const call = (params: JsonObject) => callTool(params, context);
    return reply(resultMessage(request.id, await server.answer(request, true, call)));
  }

  /** At most `maxBatch`, one after the other, each as if it had come alone. */
  async function batch(c: Ctx, caller: Caller, messages: readonly Json[]): Promise<Response> {
    const { headers } = c.env.incoming;
    const session = sessionOf(c, caller);
    if (session.version !== batchVersion || messages.length === 0 || messages.length > maxBatch) {
      const detail = `a batch needs version ${batchVersion} and 1 to ${maxBatch} messages`;
      throw new RpcError(rpcCodes.invalidRequest, detail);
    }
    const answers: JsonObject[] = [];
    for (const message of messages) {
      const answer = await inBatch(session, message, headers);
      if (answer !== undefined) answers.push(answer);
    }
    return answers.length === 0 ? accepted() : json(200, answers);
  }

  async function inBatch(
    session: Session,
    message: Json,
    headers: HttpBindings["incoming"]["headers"],
  ): Promise<JsonObject | undefined> {
    try {
      if (isResponse(message)) return undefined;
      const request = readRequest(message);
      checkMirrors(request, headers, false);
      return await inSession(session, request);
    } catch (thrown) {
      if (!(thrown instanceof RpcError)) throw thrown;
      return errorMessage(idOf(message), thrown);
    }
  }

  function initialize(caller: Caller, { id, params }: RpcRequest): Response {
    if (id === undefined) throw new RpcError(rpcCodes.invalidRequest, "initialize needs an id");
    const asked = params.protocolVersion;
    const version = sessionVersions.find((known) => known === asked) ?? sessionVersions[0] ?? "";
    const session = sessions.open(caller, version);
    const message = resultMessage(id, server.initialized(version));
    return json(200, message, { "mcp-session-id": session.id });
  }

  function sessionOf(c: Ctx, caller: Caller): Session {
    const { headers } = c.env.incoming;
    const id = headers["mcp-session-id"];
    if (typeof id !== "string") {
      throw new RpcError(rpcCodes.invalidRequest, "Mcp-Session-Id is missing; initialize first");
    }
    const session = sessions.find(id, caller);
    if (session === undefined) {
      const detail = "there is no such session; initialize again";
      throw new RpcError(rpcCodes.invalidRequest, detail, { status: 404 });
    }
    const version = headers["mcp-protocol-version"] ?? session.version;
    if (version !== session.version) {
      throw new RpcError(rpcCodes.invalidRequest, "MCP-Protocol-Version is not the session's");
    }
    const { name, identifiedBy } = caller.naming;
    if (identifiedBy === "explicit" && name !== session.naming.name) {
      throw new RpcError(rpcCodes.invalidRequest, "the session is bound to another trajectory");
    }
    return session;
  }

  async function inSession(session: Session, request: RpcRequest): Promise<JsonObject | undefined> {
    const { id, params, method } = request;
    const { underWay, agent, naming } = session;
    if (id === undefined) {
      if (method === "notifications/cancelled") cancel(session, params.requestId);
      return undefined;
    }
    if (underWay.has(id)) throw new RpcError(rpcCodes.invalidRequest, "this id is under way");
    // A connection that closes cancels nothing in this era; the notification does.
    const abort = new AbortController();
    underWay.set(id, abort);
    try {
      const call = (given: JsonObject) => callTool(given, { agent, naming, abort });
      return resultMessage(id, await server.answer(request, false, call));
    } finally {
      underWay.delete(id);
    }
  }

  function end(c: Ctx): Response {
    const caller = callerOf(c);
    try {
      sessions.end(sessionOf(c, caller));
      return new Response(null, { status: 204 });
    } catch (thrown) {
      if (!(thrown instanceof RpcError)) throw thrown;
      return json(thrown.status, errorMessage(null, thrown));
    }
  }

  for (const prefix of ["", "/t/:trajectory"]) {
    app.post(`${prefix}/mcp/:upstream`, post);
    app.delete(`${prefix}/mcp/:upstream`, end);
    app.all(`${prefix}/mcp/:upstream`, (c) => {
      callerOf(c);
      throw new ProctorError("method_not_allowed", "POST messages; DELETE ends a session");
    });
  }
  app.onError((thrown) => {
    const { code, message } = asProctorError(thrown);
    const { status, body } = problemReply(code, message);
    return json(status, body, { "content-type": problemMediaType });
  });
  return app;
}

function cancel({ underWay }: Session, id: Json | undefined): void {
  if (typeof id !== "string" && typeof id !== "number") return;
  underWay.get(id)?.abort(new Error("the client cancelled the request"));
}

function reply(message: JsonObject | undefined): Response {
  return message === undefined ? accepted() : json(200, message);
}

function accepted(): Response {
  return new Response(null, { status: 202 });
}

function json(status: number, body: object, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/json", ...headers },
  });
}

/** Without sessions, a client cancels by closing the connection. */
function abortedWith(c: Ctx): AbortController {
  const gone = new AbortController();
  const { outgoing } = c.env;
  outgoing.once("close", () => {
    if (!outgoing.writableFinished) gone.abort(new Error("the client closed the connection"));
  });
  return gone;
}
