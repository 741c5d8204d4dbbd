// Which headers pass, and which requests are refused for theirs.

import type { IncomingHttpHeaders } from "node:http";

/** RFC 9110, section 7.6.1: they speak of one connection. Beside them go those that Connection names. */
const hopByHop = [
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authentication-info",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

/** Made anew for the forwarded message. */
const framing = ["content-encoding", "content-length", "expect", "host"];

/** Servers take them for another method or path than the request line's. */
const overrides = [
  "x-http-method",
  "x-http-method-override",
  "x-method-override",
  "x-original-method",
  "x-original-uri",
  "x-original-url",
  "x-rewrite-url",
];

/** What says nothing of who asks and for what. Everything else passes only where the config says so. */
const passing = [
  "accept",
  "accept-language",
  "if-match",
  "if-modified-since",
  "if-none-match",
  "if-range",
  "if-unmodified-since",
  "prefer",
  "range",
  "traceparent",
  "tracestate",
  "user-agent",
];

/** Why a header may stand neither under `headers` nor under `forwardHeaders`; undefined: it may. */
export function unfitHeader(name: string): string | undefined {
  const lower = name.toLowerCase();
  if (!/^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(lower)) return "is no header name";
  if (hopByHop.includes(lower)) return "speaks of one connection only";
  if (framing.includes(lower) || lower === "content-type") return "is set by proctor";
  if (overrides.includes(lower)) return "would override what was judged";
  return lower.startsWith("proctor-") ? "is proctor's own" : undefined;
}

export function overrideIn(headers: IncomingHttpHeaders): string | undefined {
  return overrides.find((name) => headers[name] !== undefined);
}

export type Headers = Readonly<Record<string, string>>;

/** What of a client's headers goes on; never Authorization, which is for proctor. */
export function createRequestHeaders(
  forwardHeaders: readonly string[],
  own: Headers,
): (client: IncomingHttpHeaders) => Headers {
  const names = [...passing, ...forwardHeaders.map((name) => name.toLowerCase())];
  const ownLower = Object.entries(own).map(([name, value]) => [name.toLowerCase(), value]);
  return function requestHeaders(client) {
    const kept = names.flatMap((name) => {
      const value = headerOf(client, name);
      return value === undefined ? [] : [[name, value] as const];
    });
    // What comes back is looked at and redacted, so it should not be compressed.
    return Object.fromEntries([...kept, ["accept-encoding", "identity"], ...ownLower]);
  };
}

/** Whatever of a client's headers speaks neither of this connection nor to proctor. */
export function passedHeaders(client: IncomingHttpHeaders): Headers {
  return endToEnd(client, ["accept-encoding", "cookie", ...framing]);
}

/** What of the answer's headers goes on to the client. A cookie would be proctor's credential. */
export function responseHeaders(upstream: IncomingHttpHeaders): Headers {
  return endToEnd(upstream, [...framing, "alt-svc", "set-cookie"]);
}

function endToEnd(headers: IncomingHttpHeaders, without: readonly string[]): Headers {
  const named = (headerOf(headers, "connection") ?? "").toLowerCase().split(/\s*,\s*/);
  const dropped = new Set([...hopByHop, ...named, ...without]);
  const kept: [string, string][] = [];
  for (const name of Object.keys(headers)) {
    const value = headerOf(headers, name);
    const lower = name.toLowerCase();
    if (value === undefined || dropped.has(lower) || lower.startsWith("proctor-")) continue;
    kept.push([lower, value]);
  }
  return Object.fromEntries(kept);
}

function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(", ") : value;
}
