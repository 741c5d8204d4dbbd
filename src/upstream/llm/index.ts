// The API of a model provider: its answers as they come, decompressed.

import type { IncomingHttpHeaders } from "node:http";
import { pipeline, type Readable, type Transform } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import { messageOf, ProctorError } from "../../core/errors.ts";
import { createStreamer, type StreamAnswer } from "../http/exchange.ts";
import { type Headers, passedHeaders, responseHeaders } from "../http/headers.ts";
import type { LlmRequest, LlmUpstream } from "../upstream.ts";
import { type LlmUpstreamConfig, usualProviders } from "./schema.ts";

export { checkLlmUpstream, llmUpstreamSchema, usualProviders } from "./schema.ts";

/** `key`: of the provider, where proctor has it. @throws ProctorError `invalid_config` without a URL */
export function createLlmUpstream(
  name: string,
  config: LlmUpstreamConfig,
  key: string | undefined,
): LlmUpstream {
  const url = config.url ?? usualProviders.get(name);
  if (url === undefined) throw new ProctorError("invalid_config", `llm.${name} needs \`url\``);
  const { origin, pathname } = new URL(url);
  const base = pathname.replace(/\/+$/, "");
  const { stream, close } = createStreamer(origin, config);
  const { maxRequestBytes, maxAnswerBytes, keepAliveMs, cwd, filesystem } = config;

  return {
    name,
    context: {
      ...(cwd === undefined ? {} : { cwd }),
      shell: "persistent",
      environment: "inherited",
      filesystem,
    },
    holdsKey: key !== undefined || holdsCredentials(config),
    limits: { maxRequestBytes, maxAnswerBytes, keepAliveMs },
    async send({ method, path, headers, body }: LlmRequest, signal) {
      const sent = { method, target: base + path, headers: headersFor(headers, config, key), body };
      const answer = await stream(sent, signal);
      // Also of an answer that nobody reads: without a listener it would end the process.
      answer.body.on("error", () => undefined);
      return {
        status: answer.status,
        headers: responseHeaders(answer.headers),
        body: chunksOf(answer, signal),
        release: () => void answer.body.destroy(),
      };
    },
    close,
  };
}

const credentials = ["authorization", "x-api-key"];

function holdsCredentials({ headers }: LlmUpstreamConfig): boolean {
  return Object.keys(headers).some((name) => credentials.includes(name.toLowerCase()));
}

/** A key of proctor's own goes into the header that the client had its in, and the client's nowhere. */
function headersFor(
  client: IncomingHttpHeaders,
  config: LlmUpstreamConfig,
  key: string | undefined,
): Headers {
  const passed = Object.entries(passedHeaders(client));
  const isOwn = key !== undefined || holdsCredentials(config);
  const kept = isOwn ? passed.filter(([name]) => !credentials.includes(name)) : passed;
  const own = Object.entries(config.headers).map(([name, value]) => [name.toLowerCase(), value]);
  const named = client["x-api-key"] === undefined ? "authorization" : "x-api-key";
  const held = key === undefined ? [] : [[named, named === "x-api-key" ? key : `Bearer ${key}`]];
  // What comes back is read and may be changed; a compressed stream would also arrive in lumps.
  return Object.fromEntries([...kept, ["accept-encoding", "identity"], ...held, ...own]);
}

const decoders: ReadonlyMap<string, () => Transform> = new Map([
  ["gzip", createGunzip],
  ["x-gzip", createGunzip],
  ["deflate", createInflate],
  ["br", createBrotliDecompress],
]);

async function* chunksOf(
  { headers, body }: StreamAnswer,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  try {
    yield* decoded(body, headers["content-encoding"]);
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    if (cause instanceof ProctorError) throw cause;
    throw new ProctorError("upstream_failed", messageOf(cause), { cause });
  }
}

function decoded(body: Readable, contentEncoding = "identity"): AsyncIterable<Uint8Array> {
  const encoding = contentEncoding.trim().toLowerCase();
  if (encoding === "identity" || encoding === "") return body;
  const decoder = decoders.get(encoding)?.();
  if (decoder === undefined) {
    body.destroy();
    throw new ProctorError("upstream_failed", `the answer's Content-Encoding is ${encoding}`);
  }
  // The reader meets the errors.
  return pipeline(body, decoder, () => undefined);
}
