// The server that is wrapped, as the door speaks to it: one message out, messages in, and an end.

import { asProctorError, ProctorError } from "../core/errors.ts";
import { isJsonObject, type Json, type JsonObject } from "../core/json.ts";
import { eventsOf, streamIn, wholeIn } from "../frontends/mcp/events.ts";
import { idOf, type RpcId } from "../frontends/mcp/message.ts";
import { mirrorHeaders } from "../frontends/mcp/mirrors.ts";
import { type ChildExit, startChild } from "../upstream/mcp/child.ts";
import { createHttpLink } from "../upstream/mcp/http.ts";
import { createWatchdog } from "../upstream/mcp/watchdog.ts";
import type { McpResponse } from "../upstream/upstream.ts";

export interface Peer {
  send(message: JsonObject, text: string): void;
  /** Passes on a signal that the wrapper got. */
  signal(signal: NodeJS.Signals): void;
  /** Ends it, in order and then by force. */
  close(): Promise<void>;
}

export interface PeerEvents {
  onMessage(message: JsonObject, text: string): void;
  /** The request of this id gets no answer. */
  onFailure(id: RpcId, error: ProctorError): void;
  /** Once, when it is gone. */
  onEnd(error: ProctorError, exit?: ChildExit): void;
}

/** One message. */
const maxMessageBytes = 64 * 1024 * 1024;

export interface ProgramPeer {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** A child in a process group of its own, which a watchdog ends should this process be killed. */
export function startProgram({ command, args, env }: ProgramPeer, events: PeerEvents): Peer {
  const watchdog = createWatchdog();
  const { onMessage } = events;
  const child = startChild({
    command,
    args,
    cwd: undefined,
    env,
    maxMessageBytes,
    watchdog,
    onMessage,
    onEnd(error, exit) {
      watchdog.close();
      events.onEnd(error, exit);
    },
  });
  return {
    send: (_, text) => child.write(text),
    signal: child.signal,
    close: child.close,
  };
}

/** Until an answer begins; a call has its own limit, which is the door's. */
const answerTimeoutMs = 10 * 60_000;
const connectTimeoutMs = 5_000;
/** Before a stream that ended is opened again. */
const listenAgainMs = 1_000;

interface Body {
  readonly message: JsonObject;
  readonly text: string;
}

/** A server over Streamable HTTP, in both eras of the protocol. */
export function connectTo(
  url: string,
  own: Readonly<Record<string, string>>,
  events: PeerEvents,
): Peer {
  const link = createHttpLink(url, { connectTimeoutMs, forwardHeaders: [], headers: own });
  const posts = new Map<RpcId, AbortController>();
  const ended = new AbortController();
  let session: Readonly<Record<string, string>> = {};
  /** What the client opened its session with. */
  let hello: Body | undefined;
  let opening: Promise<void> | undefined;

  async function post(message: JsonObject, text: string): Promise<void> {
    const id = "method" in message ? (idOf(message) ?? undefined) : undefined;
    const abort = new AbortController();
    if (id !== undefined) posts.set(id, abort);
    try {
      const response = await withinSession({ message, text }, abort);
      if (message.method === "initialize") {
        hello = { message, text };
        learnSession(response);
      }
      const answered = await take(response, id);
      if (id !== undefined && !answered) {
        const detail = `status ${response.status}, and no answer to this request`;
        throw new ProctorError("upstream_failed", detail);
      }
      if (message.method === "notifications/initialized") void listen();
    } catch (thrown) {
      if (id !== undefined) events.onFailure(id, asProctorError(thrown));
    } finally {
      if (id !== undefined) posts.delete(id);
    }
  }

  /**
   * A client over stdio cannot be told that its session is lost, so that is opened again unseen (2025-11-25,
   * "Session Management"). What the server did not take up is sent again, unless it is a call.
   */
  async function withinSession(body: Body, abort: AbortController): Promise<McpResponse> {
    const mirrors = mirrorHeaders(body.message);
    const used = session["mcp-session-id"];
    const response = await request("POST", mirrors, body, abort);
    if (response.status !== 404 || used === undefined || hello === undefined) return response;
    await openAgain(used, hello);
    if (body.message.method === "tools/call") return response;
    response.release();
    return request("POST", mirrors, body, abort);
  }

  async function openAgain(lost: string, { message, text }: Body): Promise<void> {
    await opening;
    if (session["mcp-session-id"] !== lost) return;
    const abort = new AbortController();
    const stale = session;
    async function open(): Promise<void> {
      session = {};
      const response = await request("POST", {}, { message, text }, abort);
      if (response.status >= 400) {
        response.release();
        throw new ProctorError("upstream_failed", `no new session: status ${response.status}`);
      }
      learnSession(response);
      await take(response, undefined, () => {});
      const initialized = { jsonrpc: "2.0", method: "notifications/initialized" };
      const sent = { message: initialized, text: JSON.stringify(initialized) };
      (await request("POST", {}, sent, abort)).release();
      void listen();
    }
    opening = open()
      .catch((thrown: unknown) => {
        // The next message finds it lost, and tries again.
        session = stale;
        throw thrown;
      })
      .finally(() => {
        opening = undefined;
      });
    await opening;
  }

  function request(
    method: "POST" | "GET" | "DELETE",
    mirrors: Readonly<Record<string, string>>,
    body: Body | undefined,
    abort: AbortController,
  ): Promise<McpResponse> {
    const accept = method === "GET" ? "text/event-stream" : "application/json, text/event-stream";
    const headers = { accept, ...session, ...mirrors };
    const signal = AbortSignal.any([abort.signal, ended.signal]);
    const sent = { method, headers, client: "", answerTimeoutMs, repeatable: false };
    return link.send(body === undefined ? sent : { ...sent, body }, signal);
  }

  function learnSession({ headers }: McpResponse): void {
    const id = headers["mcp-session-id"];
    session = id === undefined ? {} : { "mcp-session-id": id };
  }

  /** Hands on what comes; says whether the answer to `id` was among it. */
  async function take(
    response: McpResponse,
    id?: RpcId,
    give: PeerEvents["onMessage"] = events.onMessage,
  ): Promise<boolean> {
    const { headers, status } = response;
    let answered = false;
    function hand(parsed: Json): void {
      for (const each of [parsed].flat()) {
        if (!isJsonObject(each)) continue;
        const isAnswer = !("method" in each);
        if (isAnswer && isJsonObject(each.result)) learnVersion(each.result);
        // An error of a request that was not taken up has no id.
        const mine = isAnswer && status >= 400 && idOf(each) === null && id !== undefined;
        const message = mine ? { ...each, id } : each;
        answered ||= isAnswer && message.id === id;
        give(message, JSON.stringify(message));
      }
    }
    const stream = streamIn(response);
    if (stream === undefined) {
      const { text } = await wholeIn(response, maxMessageBytes);
      if (/\bjson\b/i.test(headers["content-type"] ?? "") && text !== "") hand(JSON.parse(text));
      return answered;
    }
    for await (const { data } of eventsOf(stream, maxMessageBytes)) {
      if (data !== undefined) hand(JSON.parse(data));
    }
    return answered;
  }

  function learnVersion({ protocolVersion, serverInfo }: JsonObject): void {
    if (typeof protocolVersion !== "string" || serverInfo === undefined) return;
    session = { ...session, "mcp-protocol-version": protocolVersion };
  }

  /** What a server of the protocol with sessions says without being asked. */
  async function listen(): Promise<void> {
    while (!ended.signal.aborted && session["mcp-session-id"] !== undefined) {
      try {
        const response = await request("GET", {}, undefined, new AbortController());
        if (response.status >= 400) return response.release();
        await take(response);
      } catch {
        // It is opened again; requests say by themselves what is wrong.
      }
      await new Promise<void>((resolve) => setTimeout(resolve, listenAgainMs).unref());
    }
  }

  /** Without a session, closing the answer's stream is how a request is cancelled. */
  function cancelled(message: JsonObject): boolean {
    if (message.method !== "notifications/cancelled" || !isJsonObject(message.params)) return false;
    const { requestId } = message.params;
    if (typeof requestId !== "string" && typeof requestId !== "number") return false;
    if (session["mcp-session-id"] !== undefined) return false;
    posts.get(requestId)?.abort(new Error("the client cancelled the request"));
    return true;
  }

  return {
    send(message, text) {
      if (!cancelled(message)) void post(message, text);
    },
    signal() {},
    async close() {
      if (session["mcp-session-id"] !== undefined) {
        const late = new AbortController();
        const timer = setTimeout(() => late.abort(new Error("it takes too long")), listenAgainMs);
        const response = await request("DELETE", {}, undefined, late).catch(() => undefined);
        clearTimeout(timer);
        response?.release();
      }
      const error = new ProctorError("upstream_failed", "the session ended");
      ended.abort(error);
      await link.close();
      events.onEnd(error);
    },
  };
}
