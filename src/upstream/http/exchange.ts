// One request and its answer over a pool of connections, whole or as a stream. The only importer of undici.

import type { IncomingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";
import { type Dispatcher, Pool } from "undici";
import { messageOf, ProctorError } from "../../core/errors.ts";
import type { Headers } from "./headers.ts";
import type { HttpUpstreamConfig } from "./schema.ts";

interface PoolConfig
  extends Pick<HttpUpstreamConfig, "connectTimeoutMs" | "headersTimeoutMs" | "bodyTimeoutMs"> {
  /** Absent: as many as there are requests. */
  readonly maxConnections?: number;
}

export interface ExchangeRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: Headers;
  readonly body?: string;
}

export interface ExchangeAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** As sent, perhaps compressed. */
  readonly body: Buffer;
}

export interface Exchanger {
  /** @throws as `Forward` does */
  exchange(request: ExchangeRequest, signal: AbortSignal): Promise<ExchangeAnswer>;
  close(): Promise<void>;
}

function createPool(
  origin: string,
  { maxConnections, connectTimeoutMs, headersTimeoutMs, bodyTimeoutMs }: PoolConfig,
): Pool {
  return new Pool(origin, {
    connections: maxConnections ?? null,
    pipelining: 1,
    connect: { timeout: connectTimeoutMs },
    headersTimeout: headersTimeoutMs,
    bodyTimeout: bodyTimeoutMs,
  });
}

export function createExchanger(origin: string, config: HttpUpstreamConfig): Exchanger {
  const pool = createPool(origin, config);
  return {
    exchange: (request, signal) => exchangeOver(pool, request, signal, config.maxResponseBytes),
    // Not `close`: that would wait for answers which nobody waits for any more.
    close: () => pool.destroy(),
  };
}

export interface StreamRequest extends Omit<ExchangeRequest, "body"> {
  readonly body?: Uint8Array | string;
  /** In place of that of all. */
  readonly headersTimeoutMs?: number;
}

export interface StreamAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** As sent, perhaps compressed. */
  readonly body: Readable;
}

export interface Streamer {
  /** Resolves with the head of the answer. @throws as `Forward` does */
  stream(request: StreamRequest, signal: AbortSignal): Promise<StreamAnswer>;
  close(): Promise<void>;
}

export function createStreamer(origin: string, config: PoolConfig): Streamer {
  const pool = createPool(origin, config);
  return {
    async stream({ target, method, headers, body, headersTimeoutMs }, signal) {
      try {
        const answer = await pool.request({
          path: target,
          method: method as Dispatcher.HttpMethod,
          headers,
          body: body ?? null,
          signal,
          headersTimeout: headersTimeoutMs ?? config.headersTimeoutMs,
        });
        return { status: answer.statusCode, headers: answer.headers, body: answer.body };
      } catch (error) {
        throw signal.aborted ? signal.reason : describe(error, !isUnconnected(error));
      }
    },
    close: () => pool.destroy(),
  };
}

/** What undici, or the system below it, says where no connection came about. */
const unconnected: ReadonlySet<unknown> = new Set([
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  "UND_ERR_CONNECT_TIMEOUT",
]);

function isUnconnected(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.every(isUnconnected);
  return error instanceof Error && "code" in error && unconnected.has(error.code);
}

function exchangeOver(
  pool: Pool,
  request: ExchangeRequest,
  signal: AbortSignal,
  maxBytes: number,
): Promise<ExchangeAnswer> {
  return new Promise(function awaitAnswer(resolve, reject) {
    let controller: Dispatcher.DispatchController | undefined;
    let isSettled = false;
    let head: Pick<ExchangeAnswer, "status" | "headers"> | undefined;
    const chunks: Buffer[] = [];
    let length = 0;

    function settle(): boolean {
      if (isSettled) return false;
      isSettled = true;
      signal.removeEventListener("abort", giveUp);
      return true;
    }

    function fail(error: unknown): void {
      if (!settle()) return;
      controller?.abort(new Error("the exchange was given up"));
      reject(error);
    }

    function giveUp(): void {
      fail(signal.reason);
    }

    const handler: Dispatcher.DispatchHandler = {
      // Called when a connection is ready, before the first byte.
      onRequestStart(started) {
        controller = started;
        if (isSettled) started.abort(new Error("the exchange was given up"));
      },
      onResponseStart(_controller, status, headers) {
        // RFC 9110, section 15.2: interim, the answer is still to come.
        if (status < 200) return;
        // Section 15: no client knows what a higher one means.
        if (status > 599)
          return fail(new ProctorError("upstream_failed", `its status is ${status}`));
        head = { status, headers };
        // Of a HEAD it is the length that a GET would have.
        const announced = request.method === "HEAD" ? 0 : Number(headers["content-length"]);
        if (announced > maxBytes) fail(tooLarge(maxBytes));
      },
      onResponseData(_controller, chunk) {
        length += chunk.length;
        if (length > maxBytes) fail(tooLarge(maxBytes));
        else chunks.push(chunk);
      },
      onResponseEnd() {
        if (head === undefined)
          fail(new ProctorError("upstream_failed", "an answer without a head"));
        else if (settle()) resolve({ ...head, body: Buffer.concat(chunks, length) });
      },
      onResponseError(_controller, error) {
        fail(describe(error, controller !== undefined));
      },
    };

    if (signal.aborted) return giveUp();
    signal.addEventListener("abort", giveUp, { once: true });
    const { target, method, headers, body } = request;
    try {
      pool.dispatch({ path: target, method, headers, body: body ?? null }, handler);
    } catch (error) {
      fail(describe(error, false));
    }
  });
}

function tooLarge(maxBytes: number): ProctorError {
  return new ProctorError("upstream_response_too_large", `the limit is ${maxBytes} bytes`);
}

const timeouts: ReadonlySet<unknown> = new Set(["UND_ERR_HEADERS_TIMEOUT", "UND_ERR_BODY_TIMEOUT"]);

/** `wasSent`: perhaps; without it certainly not. */
function describe(error: unknown, wasSent: boolean): ProctorError {
  const detail = messageOf(error);
  if (!wasSent) return new ProctorError("upstream_unreachable", detail, { cause: error });
  const isLate = error instanceof Error && "code" in error && timeouts.has(error.code);
  return new ProctorError(isLate ? "upstream_timeout" : "upstream_failed", detail, {
    cause: error,
  });
}
