// Reads a request body: bounded while it streams, and valid UTF-8.

import { isUtf8 } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { type ErrorCode, ProctorError } from "../core/errors.ts";
import { type Json, type JsonLimits, parseJson } from "../core/json.ts";

/**
 * The body as text.
 *
 * @throws ProctorError `too_large`, `invalid_utf8`, `invalid_request` where it breaks off
 */
export async function readText(incoming: IncomingMessage, maxBytes: number): Promise<string> {
  return utf8In(await readBytes(incoming, maxBytes));
}

/** @throws ProctorError `invalid_utf8` */
export function utf8In(body: Buffer): string {
  if (!isUtf8(body)) throw new ProctorError("invalid_utf8", "a body that is not UTF-8");
  return body.toString("utf8");
}

/**
 * By events: an async iterator over a body of one chunk costs more than all the rest of it.
 *
 * @throws ProctorError `too_large`, `invalid_request` where it breaks off
 */
export function readBytes(incoming: IncomingMessage, maxBytes: number): Promise<Buffer> {
  return new Promise(function collect(resolve, reject) {
    const chunks: Buffer[] = [];
    let bytes = 0;
    function broken(cause?: unknown): void {
      reject(new ProctorError("invalid_request", "the body broke off", { cause }));
    }
    function take(chunk: Buffer): void {
      bytes += chunk.length;
      if (bytes <= maxBytes) {
        chunks.push(chunk);
        return;
      }
      // The rest is not read: the server closes the connection behind its answer.
      incoming.off("data", take).pause();
      reject(new ProctorError("too_large", `a body of more than ${maxBytes} bytes`));
    }
    function whole(): void {
      // Each message closes in the end, and an error costs its stack.
      incoming.off("close", broken);
      resolve(oneOf(chunks));
    }
    incoming.on("data", take).once("end", whole).once("error", broken).once("close", broken);
    // It may have broken off before anybody listened.
    if (incoming.destroyed) broken();
  });
}

/** What is wrong with a request whose body is not read as what it should be. */
export const bodyErrors: readonly ErrorCode[] = [
  "malformed_json",
  "duplicate_key",
  "too_deep",
  "too_large",
  "invalid_utf8",
  "invalid_request",
  "unsupported_media_type",
];

/** @throws ProctorError as `readText` and `parseJson`, and `unsupported_media_type` */
export async function readJson(incoming: IncomingMessage, limits: JsonLimits): Promise<Json> {
  return parseJson(await readJsonText(incoming, limits.maxLength), limits);
}

/** @throws ProctorError as `readText`, and `unsupported_media_type` */
export async function readJsonText(incoming: IncomingMessage, maxBytes: number): Promise<string> {
  const type = incoming.headers["content-type"] ?? "";
  if (!/^application\/([a-z.+-]+\+)?json *(;|$)/i.test(type)) {
    throw new ProctorError("unsupported_media_type", `Content-Type is "${type.slice(0, 64)}"`);
  }
  return readText(incoming, maxBytes);
}

/** A body that is no message of ours, whole. @throws ProctorError `upstream_response_too_large` */
export async function wholeOf(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Buffer> {
  if (body instanceof Readable) return wholeStream(body, maxBytes);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** By events: see `readBytes`. */
function wholeStream(body: Readable, maxBytes: number): Promise<Buffer> {
  return new Promise(function collect(resolve, reject) {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const broken = () => reject(body.errored ?? new Error("the answer broke off"));
    function take(chunk: Buffer): void {
      bytes += chunk.length;
      if (bytes <= maxBytes) return void chunks.push(chunk);
      reject(tooLarge(maxBytes));
      body.destroy();
    }
    function whole(): void {
      body.off("close", broken);
      resolve(oneOf(chunks));
    }
    body.on("data", take).once("end", whole).once("error", reject).once("close", broken);
    if (body.destroyed) broken();
  });
}

function oneOf(chunks: readonly Buffer[]): Buffer {
  const [first] = chunks;
  return chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks);
}

function tooLarge(maxBytes: number): ProctorError {
  return new ProctorError("upstream_response_too_large", `the limit is ${maxBytes} bytes`);
}
