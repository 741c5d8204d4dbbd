// An upstream's answer: for the client without what concerns one connection, for the record as JSON.

import { isUtf8 } from "node:buffer";
import { promisify } from "node:util";
import { brotliDecompress, gunzip, inflate } from "node:zlib";
import { ProctorError } from "../../core/errors.ts";
import { type Json, jsonOr } from "../../core/json.ts";
import type { Observed } from "../../core/outcome.ts";
import type { ExchangeAnswer } from "./exchange.ts";
import { type Headers, responseHeaders } from "./headers.ts";

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

const decoders = new Map([
  ["gzip", promisify(gunzip)],
  ["x-gzip", promisify(gunzip)],
  ["deflate", promisify(inflate)],
  ["br", promisify(brotliDecompress)],
]);

/**
 * Decompressed, since what is compressed can be neither redacted nor measured.
 *
 * @throws ProctorError `upstream_failed`, `upstream_response_too_large`
 */
export async function toAnswer(answer: ExchangeAnswer, maxBytes: number): Promise<HttpAnswer> {
  const encoding = (answer.headers["content-encoding"] ?? "identity").trim().toLowerCase();
  const headers = responseHeaders(answer.headers);
  const body = await decode(answer.body, encoding, maxBytes);
  return { status: answer.status, headers, body };
}

async function decode(body: Buffer, encoding: string, maxBytes: number): Promise<Buffer> {
  if (encoding === "identity" || encoding === "" || body.length === 0) return body;
  const decoder = decoders.get(encoding);
  if (decoder === undefined) {
    throw new ProctorError("upstream_failed", `the answer's Content-Encoding is ${encoding}`);
  }
  try {
    return await decoder(body, { maxOutputLength: maxBytes });
  } catch (cause) {
    const isLarge = cause instanceof RangeError;
    const code = isLarge ? "upstream_response_too_large" : "upstream_failed";
    const detail = isLarge ? `the limit is ${maxBytes} bytes` : `the answer is no ${encoding}`;
    throw new ProctorError(code, detail, { cause });
  }
}

/** A redirect is not followed, so what was asked for has not been done. */
export function observe({ status }: HttpAnswer): Observed {
  const isError = status >= 300 && status !== 304;
  return { transport: "ok", protocol: { status }, tool: { isError } };
}

/** JSON as such, so that redaction sees its members. */
export function recordOf({ status, headers, body }: HttpAnswer): Json {
  const type = headers["content-type"] ?? "";
  return {
    status,
    type,
    ...bodyRecord(Buffer.from(body.buffer, body.byteOffset, body.length), type),
  };
}

function bodyRecord(body: Buffer, type: string): { readonly [name: string]: Json } {
  if (body.length === 0) return {};
  if (!isUtf8(body)) return { base64: body.toString("base64") };
  const text = body.toString("utf8");
  return { body: /\bjson\b/i.test(type) ? jsonOr(text, text) : text };
}
