// The embedded tools as an MCP server, in both eras: sessions where the protocol has them.

import type { IncomingHttpHeaders } from "node:http";
import { ProctorError } from "../../core/errors.ts";
import type { Json, JsonLimits, JsonObject } from "../../core/json.ts";
import type { Gateway } from "../../gateway.ts";
import type { Caller } from "../caller.ts";
import { abortedWith } from "../connection.ts";
import { type LocalTools, listedFor } from "../local-tools.ts";
import { type CallContext, createCallTool } from "./call.ts";
import { batchVersion, checkMirrors, checkModern, isModern, sessionVersions } from "./era.ts";
import { eventText } from "./events.ts";
import { bodyOf, type Exchange, type Serve } from "./exchange.ts";
import {
  errorMessage,
  idOf,
  isResponse,
  maxBatch,
  RpcError,
  type RpcRequest,
  readRequest,
  resultMessage,
  rpcCodes,
} from "./message.ts";
import { createOutlet } from "./outlet.ts";
import { createPatience, type Patience } from "./patience.ts";
import { accepted, errorReply, json } from "./reply.ts";
import { createServer } from "./server.ts";
import type { Session, Sessions } from "./sessions.ts";

/** Silence before a comment line is sent, so that nothing between cuts the stream. */
const keepAliveMs = 15_000;

export interface LocalServerParts {
  readonly gateway: Gateway;
  readonly local: LocalTools;
  readonly limits: JsonLimits;
  readonly sessions: Sessions;
  readonly version: string;
}

export function createLocalServer(parts: LocalServerParts): Serve {
  const { sessions } = parts;
  const callTool = createCallTool(parts.gateway, parts.local);
  const server = createServer(parts.version);

  function doesFor(context: CallContext) {
    return {
      listTools: () => listedFor(context, { ...parts, door: "mcp" }),
      callTool: (params: JsonObject) => callTool(params, context),
    };
  }

  async function post(exchange: Exchange): Promise<Response> {
    let message: Json = null;
    try {
      ({ message } = await bodyOf(exchange, parts.gateway, parts.limits));
      if (Array.isArray(message)) return await batch(exchange, message);
      if (isResponse(message)) return accepted();
      return await single(exchange, readRequest(message));
    } catch (thrown) {
      if (!(thrown instanceof RpcError)) throw thrown;
      return errorReply(message, thrown);
    }
  }

  async function single({ caller, env }: Exchange, request: RpcRequest): Promise<Response> {
    const { headers } = env.incoming;
    const modern = isModern(request, headers);
    if (modern) checkModern(request, headers);
    checkMirrors(request, headers, modern);
    if (!modern && request.method === "initialize") return initialize(caller, request);
    if (!modern) {
      const session = sessionOf(headers, caller);
      // With sessions a connection that closes cancels nothing; the notification does.
      return patiently(
        request,
        () => {},
        (patience) => inSession(session, request, patience),
      );
    }
    if (request.id === undefined) return accepted();
    // Without sessions, a client cancels by closing the connection.
    const { agent, naming } = caller;
    const { id } = request;
    const abort = abortedWith(env);
    return patiently(
      request,
      (reason) => abort.abort(reason),
      async (patience) => {
        const does = doesFor({ agent, naming, abort, patience });
        return resultMessage(id, await server.answer(request, true, does));
      },
    );
  }

  /** At most `maxBatch`, one after the other, each as if it had come alone. */
  async function batch({ caller, env }: Exchange, messages: readonly Json[]): Promise<Response> {
    const { headers } = env.incoming;
    const session = sessionOf(headers, caller);
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
    headers: IncomingHttpHeaders,
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

  function sessionOf(headers: IncomingHttpHeaders, caller: Caller): Session {
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

  async function inSession(
    session: Session,
    request: RpcRequest,
    patience?: Patience,
  ): Promise<JsonObject | undefined> {
    const { id, params, method } = request;
    const { underWay, agent, naming } = session;
    if (id === undefined) {
      if (method === "notifications/cancelled") cancel(session, params.requestId);
      return undefined;
    }
    if (underWay.has(id)) throw new RpcError(rpcCodes.invalidRequest, "this id is under way");
    const abort = new AbortController();
    underWay.set(id, abort);
    try {
      const does = doesFor({ agent, naming, abort, patience });
      return resultMessage(id, await server.answer(request, false, does));
    } finally {
      underWay.delete(id);
    }
  }

  function end({ caller, env }: Exchange): Response {
    try {
      sessions.end(sessionOf(env.incoming.headers, caller));
      return new Response(null, { status: 204 });
    } catch (thrown) {
      if (!(thrown instanceof RpcError)) throw thrown;
      return errorReply(null, thrown);
    }
  }

  return async function serveLocal(exchange) {
    switch (exchange.env.incoming.method) {
      case "POST":
        return post(exchange);
      case "DELETE":
        return end(exchange);
      default:
        throw new ProctorError("method_not_allowed", "POST messages; DELETE ends a session");
    }
  };
}

function cancel({ underWay }: Session, id: Json | undefined): void {
  if (typeof id !== "string" && typeof id !== "number") return;
  underWay.get(id)?.abort(new Error("the client cancelled the request"));
}

/** The answer, as a stream should it be long in coming. `onGone`: the client closed the stream. */
function patiently(
  request: RpcRequest,
  onGone: (reason: unknown) => void,
  answer: (patience: Patience) => Promise<JsonObject | undefined>,
): Promise<Response> {
  const outlet = createOutlet(keepAliveMs, onGone);
  const patience = createPatience(outlet, keepAliveMs, request);
  async function begin(): Promise<Response> {
    try {
      const message = await answer(patience);
      if (!outlet.isOpen()) return message === undefined ? accepted() : json(200, message);
      if (message !== undefined) await outlet.write(eventText(message));
    } catch (thrown) {
      if (!outlet.isOpen()) throw thrown;
    } finally {
      patience.end();
    }
    outlet.close();
    return outlet.response;
  }
  // Whichever comes first: an error before anything was said is the answer.
  return Promise.race([begin(), outlet.response]);
}
