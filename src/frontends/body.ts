// Reads a request body: bounded while it streams, and valid UTF-8.

import { isUtf8 } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { ProctorError } from "../core/errors.ts";
import { type Json, type JsonLimits, parseJson } from "../core/json.ts";

/**
 * The body as text.
 *
 * @throws ProctorError `too_large`, `invalid_utf8`, `invalid_request` where it breaks off
 */
export async function readText(incoming: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of incoming) {
      bytes += chunk.length;
      if (bytes > maxBytes)
        throw new ProctorError("too_large", `a body of more than ${maxBytes} bytes`);
      chunks.push(chunk);
    }
  } catch (cause) {
    if (cause instanceof ProctorError) throw cause;
    throw new ProctorError("invalid_request", "the body broke off", { cause });
  }
  const [first] = chunks;
  const body = chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks);
  if (!isUtf8(body)) throw new ProctorError("invalid_utf8", "a body that is not UTF-8");
  return body.toString("utf8");
}

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
