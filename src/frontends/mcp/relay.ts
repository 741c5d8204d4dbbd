// An MCP server behind the guard: tool calls are judged, everything else passes as it came.

import { asProctorError, errorTable, ProctorError } from "../../core/errors.ts";
import { isJsonObject, type Json, type JsonLimits, jsonOr } from "../../core/json.ts";
import type { Answer, Gateway } from "../../gateway.ts";
import type { McpMessage, McpRequest, McpResponse, McpUpstream } from "../../upstream/upstream.ts";
import { abortedWith } from "../connection.ts";
import { createBindings } from "./bindings.ts";
import { batchVersion, isModern } from "./era.ts";
import { eventsOf, eventText, streamIn, textOf, wholeIn, withData } from "./events.ts";
import { bodyOf, type Exchange, refused, type Serve } from "./exchange.ts";
import { type Inspected, inspect } from "./inspect.ts";
import { createListing } from "./listing.ts";
import {
  errorMessage,
  idOf,
  maxBatch,
  ownErrorCode,
  RpcError,
  responseTo,
  rpcCodes,
} from "./message.ts";
import { createOutlet, type Outlet, type WholeAnswer } from "./outlet.ts";
import { checkParams } from "./params.ts";
import { createPatience } from "./patience.ts";
import { asEvent, forwardCall, ownAnswer, stateSent } from "./relay-call.ts";
import { errorReply } from "./reply.ts";
import { errorResult, inEra, modelsId, resultOfNone } from "./result.ts";
import { withoutRoots } from "./roots.ts";
import { type Asker, createTasks, type Question } from "./tasks.ts";
import { withTrace } from "./trace.ts";
import { type Arrived, createUnderWay } from "./under-way.ts";
import { askerOf, scopeOf, withinSession } from "./within.ts";

export interface RelayParts {
  readonly gateway: Gateway;
  readonly upstream: McpUpstream;
  readonly limits: JsonLimits;
  readonly nowMs: () => number;
}

/** undefined: as it came. */
type Before = (data: string, text: string) => Promise<Json | undefined>;

type ToolCall = NonNullable<Inspected["call"]>;

export function createRelay({ gateway, upstream, limits, nowMs }: RelayParts): Serve {
  const bindings = createBindings(upstream.name);
  const underWay = createUnderWay();
  const { hidden } = gateway;
  const filter = upstream.hideDenied ? { hidden, context: upstream.context } : undefined;
  const listing = createListing(gateway, upstream.name, filter);
  const tasks = createTasks(gateway, upstream.name);
  const { answerTimeoutMs, maxMessageBytes, keepAliveMs } = upstream.limits;

  async function post(exchange: Exchange): Promise<Response> {
    let message: Json = null;
    try {
      const body = await bodyOf(exchange, gateway, limits);
      message = body.message;
      const within = withinSession(exchange, bindings);
      if (Array.isArray(message)) return await batch(within, message);
      return await single(within, body, await inspected(within, message));
    } catch (thrown) {
      return protocolError(message, thrown);
    }
  }

  /** What could be read in two ways is written down, and goes nowhere. */
  async function inspected(exchange: Exchange, message: Json): Promise<Inspected> {
    try {
      const { headers } = exchange.env.incoming;
      const seen = inspect(message, headers);
      if (seen.call !== undefined) {
        const { tool, given } = seen.call;
        checkParams(given, headers, listing.mirrorsOf(exchange.caller.agent, tool));
      }
      return seen;
    } catch (thrown) {
      if (thrown instanceof RpcError) {
        const error = new ProctorError("invalid_request", thrown.message);
        await refused(exchange.caller, gateway, error);
      }
      throw thrown;
    }
  }

  function single(exchange: Exchange, body: McpMessage, seen: Inspected): Promise<Response> {
    if (seen.call !== undefined) return callTool(exchange, seen, seen.call);
    return plain(exchange, body, seen);
  }

  async function callTool(exchange: Exchange, seen: Inspected, call: ToolCall): Promise<Response> {
    const { env, caller } = exchange;
    const modern = seen.request !== undefined && isModern(seen.request, env.incoming.headers);
    // With sessions a connection that closes cancels nothing; the notification does.
    const abort = modern ? abortedWith(env) : new AbortController();
    const outlet = createOutlet(keepAliveMs, (reason) => {
      if (modern) abort.abort(reason);
    });
    const scope = scopeOf(exchange);
    let arrive: (result: Arrived) => void = () => {};
    const elsewhere = new Promise<Arrived>((resolve) => {
      arrive = resolve;
    });
    let recorded: () => void = () => {};
    const whenRecorded = new Promise<void>((resolve) => {
      recorded = resolve;
    });
    const remove = underWay.add(scope, call.id, {
      cancel: () => abort.abort(new Error("the client cancelled the request")),
      arrive(result) {
        arrive(result);
        return whenRecorded;
      },
    });
    if (remove === undefined) throw new RpcError(rpcCodes.invalidRequest, "this id is under way");
    const { agent } = caller;
    const naming = withTrace(caller.naming, seen);
    const patience = seen.request && createPatience(outlet, keepAliveMs, seen.request);
    const forward = forwardCall({
      id: call.id,
      upstream,
      message: seen.message,
      headers: env.incoming.headers,
      client: `${agent}/${naming.name}`,
      outlet,
      passes: (message) => looked(asker, scope, message),
      elsewhere,
      becameTask: (task) => tasks.began(asker, task, whenRecorded),
      nowMs,
    });
    const onHeld = () => patience?.begin();
    const asker = askerOf({ ...exchange, caller: { ...caller, naming } });
    const resumes = seen.request && stateSent(seen.request.params);
    gateway
      .handle(
        { agent, naming, call: decode(upstream, seen, call), resumes, abort, onHeld },
        async function goOn(...given) {
          patience?.end();
          return forward(...given);
        },
      )
      .then((answer) => encode(answer, call, modern), failure(call, modern))
      .then(function leave(answer) {
        patience?.end();
        if (answer === undefined) outlet.close();
        else outlet.end(outlet.isOpen() ? asEvent(call.id, answer) : answer);
      })
      .finally(() => {
        remove();
        recorded();
      });
    return outlet.response;
  }

  async function plain(exchange: Exchange, body: McpMessage, seen: Inspected): Promise<Response> {
    const { env } = exchange;
    if (seen.request?.method === "notifications/cancelled") {
      underWay.find(scopeOf(exchange), seen.request.params.requestId)?.cancel();
    }
    const changed = upstream.withholdRoots ? withoutRoots(seen.message) : undefined;
    const sent = changed ? { message: changed, text: JSON.stringify(changed) } : body;
    const abort = abortedWith(env);
    const scope = scopeOf(exchange);
    const asker = { ...askerOf(exchange), naming: withTrace(exchange.caller.naming, seen) };
    listing.asked(scope, seen.request, asker);
    const question = tasks.asked(asker, seen.request);
    if (question?.cancels) await tasks.cancelAsked(asker, question);
    const response = await upstream.send(requestOf(exchange, "POST", sent), abort.signal);
    await sessionLost(asker, response);
    const session = response.headers["mcp-session-id"];
    if (seen.request?.method === "initialize" && session !== undefined) {
      bindings.open(session, exchange.caller);
    }
    return pass(response, abort, async function note(data) {
      if (!listing.awaits(scope) && !tasks.awaits(asker, question)) return undefined;
      return looked(asker, scope, jsonOr(data, null), question);
    });
  }

  /** Lists and tasks in what the server says; undefined: it goes on as it came. */
  async function looked(asker: Asker, scope: string, message: Json, question?: Question) {
    const listed = await listing.filtered(scope, message);
    if (!tasks.awaits(asker, question)) return listed;
    return (await tasks.passes(asker, listed ?? message, question)) ?? listed;
  }

  /** 404: the server does not know the session (any more); its tasks went with it. */
  async function sessionLost(asker: Asker, { status }: McpResponse): Promise<void> {
    if (status !== 404 || asker.session === "") return;
    await tasks.lost(asker, "the server lost the session");
  }

  /**
   * Each message as if it had come alone, one after the other; the answers as one stream, since a server
   * may ask something of the client before it answers.
   */
  async function batch(exchange: Exchange, messages: readonly Json[]): Promise<Response> {
    const version = exchange.env.incoming.headers["mcp-protocol-version"] ?? batchVersion;
    if (version !== batchVersion || messages.length === 0 || messages.length > maxBatch) {
      const detail = `a batch needs version ${batchVersion} and 1 to ${maxBatch} messages`;
      throw new RpcError(rpcCodes.invalidRequest, detail);
    }
    const outlet = createOutlet(keepAliveMs, () => {});
    async function answerAll(): Promise<void> {
      for (const message of messages) {
        for await (const event of inBatch(exchange, message)) {
          outlet.open({ "content-type": "text/event-stream" });
          await outlet.write(event);
        }
      }
      if (outlet.isOpen()) outlet.close();
      else outlet.end({ status: 202, headers: {}, text: "" });
    }
    void answerAll();
    return outlet.response;
  }

  /** The events that answer it. Never throws. */
  async function* inBatch(exchange: Exchange, message: Json): AsyncGenerator<string> {
    try {
      const body = { message, text: JSON.stringify(message) };
      const response = await single(exchange, body, await inspected(exchange, message));
      yield* eventsIn(response);
    } catch (thrown) {
      yield eventText(errorMessage(idOf(message), asRpc(thrown)));
    }
  }

  async function* eventsIn(response: Response): AsyncGenerator<string> {
    if (response.body === null) return;
    const type = response.headers.get("content-type") ?? "";
    if (type.startsWith("text/event-stream")) {
      for await (const { text } of eventsOf(response.body, maxMessageBytes)) yield text;
      return;
    }
    const text = await textOf(response.body, maxMessageBytes);
    for (const each of text === "" ? [] : [JSON.parse(text)].flat()) yield eventText(each);
  }

  /** The stream of a session, or a stream taken up again: results of calls may come on it. */
  async function listen(exchange: Exchange): Promise<Response> {
    try {
      const within = withinSession(exchange, bindings);
      const abort = abortedWith(within.env);
      const response = await upstream.send(requestOf(within, "GET"), abort.signal);
      const scope = scopeOf(within);
      const asker = askerOf(within);
      await sessionLost(asker, response);
      return await pass(response, abort, async function recordFirst(data, text) {
        if (!underWay.has(scope) && !listing.awaits(scope) && !tasks.awaits(asker)) {
          return undefined;
        }
        const message = jsonOr(data, null);
        await arrived(scope, message, text);
        return looked(asker, scope, message);
      });
    } catch (thrown) {
      return protocolError(null, thrown);
    }
  }

  async function arrived(scope: string, said: Json, text: string): Promise<void> {
    for (const message of [said].flat()) {
      const id = isJsonObject(message) ? message.id : undefined;
      const call = underWay.find(scope, id);
      const found = call && responseTo(id, message);
      if (call && found) await call.arrive({ message: found, text });
    }
  }

  async function end(exchange: Exchange): Promise<Response> {
    try {
      const within = withinSession(exchange, bindings);
      const abort = abortedWith(within.env);
      const response = await upstream.send(requestOf(within, "DELETE"), abort.signal);
      if (response.status < 300) {
        const asker = askerOf(within);
        bindings.end(asker.session);
        await tasks.lost(asker, "the client ended the session");
      }
      return await pass(response, abort, async () => undefined);
    } catch (thrown) {
      return protocolError(null, thrown);
    }
  }

  /** As it comes, event by event; `before` is waited for, and may make another message of one. */
  async function pass(
    response: McpResponse,
    abort: AbortController,
    before: Before,
  ): Promise<Response> {
    const { status, headers } = response;
    if (status >= 300 && status < 400) {
      response.release();
      throw new ProctorError("upstream_failed", `it redirects (${status}), which is not followed`);
    }
    const stream = streamIn(response);
    if (stream === undefined) {
      const { text } = await wholeIn(response, maxMessageBytes);
      const changed = await before(text, text);
      const now = changed === undefined ? text : JSON.stringify(changed);
      return new Response(now === "" ? null : now, { status, headers });
    }
    const outlet = createOutlet(keepAliveMs, (reason) => abort.abort(reason));
    outlet.open(headers);
    void copy(stream, outlet, before).finally(response.release);
    return outlet.response;
  }

  /** A stream that breaks ends for the client as well; which of its requests have no answer it sees. */
  async function copy(
    stream: AsyncIterable<Uint8Array>,
    outlet: Outlet,
    before: Before,
  ): Promise<void> {
    try {
      for await (const event of eventsOf(stream, maxMessageBytes)) {
        const { text, data } = event;
        const changed = data === undefined ? undefined : await before(data, text);
        await outlet.write(changed === undefined ? text : withData(event, changed));
      }
    } catch {
      // Nothing can be said in the middle of a stream.
    } finally {
      outlet.close();
    }
  }

  function requestOf(
    { caller, env }: Exchange,
    method: McpRequest["method"],
    body?: McpMessage,
  ): McpRequest {
    const client = `${caller.agent}/${caller.naming.name}`;
    const { headers } = env.incoming;
    // Whether a message other than a call can be sent twice is not known either.
    const repeatable = method === "GET";
    return { method, headers, ...(body && { body }), client, answerTimeoutMs, repeatable };
  }

  return async function serveRelayed(exchange) {
    switch (exchange.env.incoming.method) {
      case "POST":
        return post(exchange);
      case "GET":
        return listen(exchange);
      case "DELETE":
        return end(exchange);
      default:
        throw new ProctorError("method_not_allowed", "POST, GET and DELETE are the protocol's");
    }
  };
}

function decode(upstream: McpUpstream, { request }: Inspected, { tool, given }: ToolCall) {
  return {
    id: modelsId(request?.params._meta),
    door: "mcp",
    upstream: upstream.name,
    tool,
    arguments: given,
    context: upstream.context,
  } as const;
}

function encode(
  answer: Answer<WholeAnswer | undefined>,
  { id }: ToolCall,
  modern: boolean,
): WholeAnswer | undefined {
  if (answer.kind === "carried_out") return answer.answer;
  return ownAnswer(id, inEra(resultOfNone(answer), modern));
}

/** Nothing became a step, or its outcome was not recorded: in either case there is no result. */
function failure({ id }: ToolCall, modern: boolean) {
  return (thrown: unknown) => ownAnswer(id, inEra(errorResult(asProctorError(thrown)), modern));
}

function asRpc(thrown: unknown): RpcError {
  if (thrown instanceof RpcError) return thrown;
  const { code, message } = asProctorError(thrown);
  const { status, title } = errorTable[code];
  return new RpcError(ownErrorCode, `${title} ${message}`, { status, data: { code } });
}

function protocolError(message: Json, thrown: unknown): Response {
  return errorReply(message, asRpc(thrown));
}
