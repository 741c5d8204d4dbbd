// A request to a model provider: which of its endpoints, and what it says.

import type { IncomingMessage } from "node:http";
import { promisify } from "node:util";
import { brotliDecompress, gunzip, inflate } from "node:zlib";
import { ProctorError } from "../../core/errors.ts";
import { isJsonObject, type JsonLimits, type JsonObject, parseJson } from "../../core/json.ts";
import { readBytes, utf8In } from "../body.ts";
import { wires } from "./wires/index.ts";
import type { Wire } from "./wires/wire.ts";

export type Endpoint =
  | { readonly kind: "model"; readonly wire: Wire }
  /** Neither conversation nor calls: passed on as it is. */
  | { readonly kind: "aside" };

const asides: readonly { readonly method: string; readonly path: RegExp }[] = [
  { method: "GET", path: /^\/v1\/models(?:\/[\w.:@-]+)?$/ },
  { method: "POST", path: /^\/v1\/messages\/count_tokens$/ },
];

/**
 * By the path as it was sent, without its query. What else a provider offers would pass by what is
 * judged here: stored answers, batches, agents that run there.
 *
 * @throws ProctorError `route_not_allowed`
 */
export function endpointOf(method: string, path: string): Endpoint {
  const [bare = ""] = path.split("?");
  const wire = method === "POST" ? wires.find((one) => one.path === bare) : undefined;
  if (wire !== undefined) return { kind: "model", wire };
  if (asides.some((aside) => aside.method === method && aside.path.test(bare))) {
    return { kind: "aside" };
  }
  const shown = JSON.stringify(`${method} ${bare}`.slice(0, 128));
  throw new ProctorError("route_not_allowed", `${shown} is not passed on to the provider`);
}

const decoders = new Map([
  ["gzip", promisify(gunzip)],
  ["x-gzip", promisify(gunzip)],
  ["deflate", promisify(inflate)],
  ["br", promisify(brotliDecompress)],
]);

/**
 * The body, decompressed: what the provider reads has to be what was read here.
 *
 * @throws ProctorError `too_large`, `unsupported_media_type`, `invalid_request`
 */
export async function bodyOf(incoming: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const body = await readBytes(incoming, maxBytes);
  const encoding = (incoming.headers["content-encoding"] ?? "identity").trim().toLowerCase();
  if (encoding === "identity" || encoding === "") return body;
  const decoder = decoders.get(encoding);
  if (decoder === undefined) {
    const detail = `Content-Encoding is "${encoding.slice(0, 32)}"; gzip, deflate and br are read`;
    throw new ProctorError("unsupported_media_type", detail);
  }
  try {
    return await decoder(body, { maxOutputLength: maxBytes });
  } catch (cause) {
    if (cause instanceof RangeError) {
      throw new ProctorError("too_large", `a body of more than ${maxBytes} bytes`, { cause });
    }
    throw new ProctorError("invalid_request", `the body is no ${encoding}`, { cause });
  }
}

/** @throws ProctorError as `parseJson`, `invalid_utf8`, `invalid_request` */
export function objectOf(body: Buffer, limits: JsonLimits): JsonObject {
  const value = parseJson(utf8In(body), limits);
  if (!isJsonObject(value)) throw new ProctorError("invalid_request", "the body is no object");
  return value;
}
