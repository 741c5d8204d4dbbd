// An MCP server over Streamable HTTP: one request, its answer as a stream that is never cut for being idle.

import type { IncomingHttpHeaders } from "node:http";
import { type ErrorCode, ProctorError } from "../../core/errors.ts";
import { createStreamer, type StreamAnswer } from "../http/exchange.ts";
import { type Headers, responseHeaders } from "../http/headers.ts";
import type { McpRequest, McpResponse } from "../upstream.ts";
import type { McpUpstreamConfig } from "./schema.ts";

type HttpConfig = Pick<McpUpstreamConfig, "connectTimeoutMs" | "forwardHeaders" | "headers">;

/** How long the rest of an answer that nobody reads is waited for, so that its connection can be used again. */
const drainMs = 1_000;
/** Streams may be silent for as long as they like. */
const unlimited = { headersTimeoutMs: 0, bodyTimeoutMs: 0 };

export function createHttpLink(url: string, config: HttpConfig) {
  const { origin, pathname, search } = new URL(url);
  const { connectTimeoutMs } = config;
  const { stream, close } = createStreamer(origin, { ...unlimited, connectTimeoutMs });
  const headersFor = createHeaders(config);

  async function once(request: McpRequest, signal: AbortSignal): Promise<McpResponse> {
    const { method, body, answerTimeoutMs: headersTimeoutMs } = request;
    const headers = headersFor(request.headers, body !== undefined);
    const sent = { method, target: pathname + search, headers, headersTimeoutMs };
    try {
      return responseOf(
        await stream(body === undefined ? sent : { ...sent, body: body.text }, signal),
      );
    } catch (error) {
      if (!isA(error, "upstream_timeout")) throw error;
      const detail = `no answer within ${headersTimeoutMs} ms`;
      throw new ProctorError("upstream_timeout", detail, { cause: error });
    }
  }

  return {
    async send(request: McpRequest, signal: AbortSignal): Promise<McpResponse> {
      try {
        return await once(request, signal);
      } catch (error) {
        // The server may have closed a kept connection just when it was used.
        if (!request.repeatable || signal.aborted || !isA(error, "upstream_failed")) throw error;
        return once(request, signal);
      }
    },
    close,
  };
}

function isA(error: unknown, code: ErrorCode): boolean {
  return error instanceof ProctorError && error.code === code;
}

function responseOf({ status, headers, body }: StreamAnswer): McpResponse {
  // An error after the last reader is nobody's.
  body.on("error", () => {});
  return {
    status,
    headers: responseHeaders(headers),
    body,
    release() {
      if (body.readableEnded || body.destroyed) return;
      const timer = setTimeout(() => body.destroy(), drainMs);
      body.once("close", () => clearTimeout(timer));
      body.resume();
    },
  };
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
  return function headersFor(client: IncomingHttpHeaders, hasBody: boolean): Headers {
    const kept = Object.entries(client).flatMap(([name, value]) =>
      value !== undefined && (name.startsWith("mcp-") || names.includes(name))
        ? [[name, Array.isArray(value) ? value.join(", ") : value] as const]
        : [],
    );
    const framing = hasBody ? [["content-type", "application/json"]] : [];
    return Object.fromEntries([...kept, ...framing, ["accept-encoding", "identity"], ...ownLower]);
  };
}
