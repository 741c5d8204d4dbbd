// An MCP server over Streamable HTTP: one request, its answer as a stream that is never cut for being idle.

import {
  type ClientRequest,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
} from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { messageOf, ProctorError } from "../../core/errors.ts";
import { type Headers, responseHeaders } from "../http/headers.ts";
import type { McpRequest, McpResponse } from "../upstream.ts";
import type { McpUpstreamConfig } from "./schema.ts";

type HttpConfig = Pick<McpUpstreamConfig, "connectTimeoutMs" | "forwardHeaders" | "headers">;
type Send = (request: McpRequest, signal: AbortSignal) => Promise<McpResponse>;

/** How long the rest of an answer that nobody reads is waited for, so that its connection can be used again. */
const drainMs = 1_000;

export function createHttpLink(url: string, config: HttpConfig) {
  const target = new URL(url);
  const secure = target.protocol === "https:";
  const agent = new (secure ? HttpsAgent : HttpAgent)({ keepAlive: true, maxFreeSockets: 64 });
  const begin = secure ? httpsRequest : httpRequest;
  const headersFor = createHeaders(config);

  function once(request: McpRequest, signal: AbortSignal): Promise<McpResponse> {
    const { method, body } = request;
    const headers = headersFor(request.headers, body?.text);
    const sent = begin(target, { method, headers, agent });
    return answerTo(sent, request, signal, config);
  }

  const send: Send = async function sendOverHttp(request, signal) {
    try {
      return await once(request, signal);
    } catch (error) {
      // The server had closed a kept connection just when it was used.
      if (!(error instanceof StaleConnection)) throw error;
      if (request.repeatable) return once(request, signal);
      throw new ProctorError("upstream_failed", error.message, { cause: error });
    }
  };
  return {
    send,
    async close() {
      agent.destroy();
    },
  };
}

class StaleConnection extends Error {}

function answerTo(
  sent: ClientRequest,
  { body, answerTimeoutMs }: McpRequest,
  signal: AbortSignal,
  { connectTimeoutMs }: HttpConfig,
): Promise<McpResponse> {
  return new Promise(function awaitHead(resolve, reject) {
    let connected = false;
    const giveUp = () => sent.destroy(signal.reason);
    const late = (what: string, ms: number) => () =>
      sent.destroy(new ProctorError("upstream_timeout", `no ${what} within ${ms} ms`));
    const connecting = setTimeout(() => {
      if (!connected) sent.destroy(new Error(`no connection within ${connectTimeoutMs} ms`));
    }, connectTimeoutMs);
    const answering = setTimeout(late("answer", answerTimeoutMs), answerTimeoutMs);
    const settle = () => {
      clearTimeout(connecting);
      clearTimeout(answering);
    };
    sent.once("socket", (socket) => {
      if (!socket.connecting) connected = true;
      else socket.once("connect", () => (connected = true));
    });
    sent.once("response", (response) => {
      settle();
      response.once("close", () => signal.removeEventListener("abort", giveUp));
      resolve(responseOf(response));
    });
    sent.on("error", (error) => {
      settle();
      signal.removeEventListener("abort", giveUp);
      reject(signal.aborted ? signal.reason : describe(error, connected, sent.reusedSocket));
    });
    signal.addEventListener("abort", giveUp, { once: true });
    if (signal.aborted) giveUp();
    else sent.end(body?.text);
  });
}

function responseOf(response: IncomingMessage): McpResponse {
  // An error after the last reader is nobody's.
  response.on("error", () => {});
  return {
    status: response.statusCode ?? 502,
    headers: responseHeaders(response.headers),
    body: response,
    release() {
      if (response.readableEnded || response.destroyed) return;
      const timer = setTimeout(() => response.destroy(), drainMs);
      response.once("close", () => clearTimeout(timer));
      response.resume();
    },
  };
}

function describe(error: Error & { code?: string }, connected: boolean, reused: boolean): Error {
  if (error instanceof ProctorError) return error;
  const detail = messageOf(error);
  if (!connected) return new ProctorError("upstream_unreachable", detail, { cause: error });
  if (reused && error.code === "ECONNRESET") return new StaleConnection(detail);
  return new ProctorError("upstream_failed", detail, { cause: error });
}

/** What of the protocol, and of tracing, passes; never Authorization, which is for proctor. */
const passing = [
  "accept",
  "baggage",
  "last-event-id",
  "traceparent",
  "tracestate",
  "user-agent",
  "x-request-id",
];

function createHeaders({ forwardHeaders, headers: own }: HttpConfig) {
  const names = [...passing, ...forwardHeaders.map((name) => name.toLowerCase())];
  const ownLower = Object.entries(own).map(([name, value]) => [name.toLowerCase(), value]);
  return function headersFor(client: IncomingHttpHeaders, body: string | undefined): Headers {
    const kept = Object.entries(client).flatMap(([name, value]) =>
      value !== undefined && (name.startsWith("mcp-") || names.includes(name))
        ? [[name, Array.isArray(value) ? value.join(", ") : value] as const]
        : [],
    );
    const framing =
      body === undefined
        ? []
        : [
            ["content-type", "application/json"],
            ["content-length", String(Buffer.byteLength(body))],
          ];
    return Object.fromEntries([...kept, ...framing, ["accept-encoding", "identity"], ...ownLower]);
  };
}
