// Routes, compiled once: a request to a named tool and its arguments, and back to the request.

import type { IncomingHttpHeaders } from "node:http";
import { ProctorError } from "../../core/errors.ts";
import {
  isJsonObject,
  type Json,
  type JsonLimits,
  type JsonObject,
  parseJson,
} from "../../core/json.ts";
import { overrideIn } from "./headers.ts";
import {
  formatTarget,
  isMethodOverride,
  parseTarget,
  type RequestTarget,
} from "./request-target.ts";
import type { BodyRule, HttpUpstreamConfig, Route } from "./schema.ts";
import { fillTemplate, isMoreConcrete, matchTemplate } from "./template.ts";

export interface IncomingRequest {
  readonly method: string;
  /** Raw path and query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface OutgoingRequest {
  readonly method: string;
  readonly target: string;
  readonly body?: { readonly text: string; readonly type: string };
}

export interface RouteMatch {
  readonly tool: string;
  readonly arguments: JsonObject;
  /** The request that these arguments stand for, made of nothing but them. */
  rebuild(given: JsonObject): OutgoingRequest;
}

/** The tool that calls of no route bear, where they are passed. */
const unmatchedTool = "unmatched_request";

type RoutesConfig = Pick<HttpUpstreamConfig, "routes" | "dangerouslyPassUnmatched">;

/**
 * Matches requests, purely.
 *
 * @throws ProctorError `route_not_allowed`, `ambiguous_path`, `invalid_request`,
 *   `unsupported_media_type`, and those of `parseJson`
 */
export function compileRoutes(
  { routes, dangerouslyPassUnmatched }: RoutesConfig,
  limits: JsonLimits,
): { match(request: IncomingRequest): RouteMatch } {
  return {
    match(request) {
      const override = overrideIn(request.headers);
      if (override !== undefined) throw ambiguous(`the header ${override} is set`);
      const target = parseTarget(request.path);
      const found = findRoute(routes, request.method, target.segments);
      if (found !== undefined) return matched(found, target, request, limits);
      if (dangerouslyPassUnmatched) return unmatched(target, request);
      throw new ProctorError("route_not_allowed", `no route for ${shown(request, target)}`);
    },
  };
}

interface Found {
  readonly route: Route;
  readonly parameters: ReadonlyMap<string, string>;
}

function findRoute(
  routes: readonly Route[],
  method: string,
  segments: readonly string[],
): Found | undefined {
  const found = routes.flatMap((route): Found[] => {
    if (route.template.method !== method) return [];
    const parameters = matchTemplate(route.template, segments);
    return parameters === undefined ? [] : [{ route, parameters }];
  });
  const best = found.find(({ route }) =>
    found.every((other) => isMoreConcrete(route.template, other.route.template)),
  );
  if (best === undefined && found.length > 0) {
    const texts = found.map(({ route }) => `"${route.text}"`).join(" and ");
    throw ambiguous(`${texts} both match, and neither is the more concrete`);
  }
  return best;
}

function matched(
  { route, parameters }: Found,
  { query }: RequestTarget,
  request: IncomingRequest,
  limits: JsonLimits,
): RouteMatch {
  const body = readBody(route.body, request, limits);
  const sources = [parameters, query, body.members];
  return {
    tool: route.tool,
    arguments: merge(sources),
    rebuild: (given) => ({
      method: route.template.method,
      target: formatTarget({
        segments: fillTemplate(route.template, (name) => textOf(given, name)),
        query: new Map([...query.keys()].map((name) => [name, textOf(given, name)])),
      }),
      ...body.rebuild(given),
    }),
  };
}

/** One argument from two places could be read as either. */
function merge(sources: readonly ReadonlyMap<string, Json>[]): JsonObject {
  const merged = new Map<string, Json>();
  for (const [name, value] of sources.flatMap((source) => [...source])) {
    if (merged.has(name)) throw invalid(`${JSON.stringify(name)} is given in two places`);
    merged.set(name, value);
  }
  return Object.fromEntries(merged);
}

interface ReadBody {
  readonly members: ReadonlyMap<string, Json>;
  rebuild(given: JsonObject): Pick<OutgoingRequest, "body">;
}

const noBody: ReadBody = { members: new Map(), rebuild: () => ({}) };

function readBody(rule: BodyRule, request: IncomingRequest, limits: JsonLimits): ReadBody {
  const { headers, body } = request;
  const encoding = headers["content-encoding"] ?? "identity";
  if (encoding !== "identity") throw unsupported(`Content-Encoding is ${encoding}`);
  if (body === "") return noBody;
  if (rule === "none") throw invalid("the route takes no body");
  if (typeof rule === "object" && "text" in rule) return readTextBody(rule.text, request);
  if (!isJsonType(headers["content-type"])) throw unsupported("the route takes JSON");
  const value = parseJson(body, limits);
  return rule === "members" ? readMembers(value) : readWhole(rule.json, value);
}

function readMembers(value: Json): ReadBody {
  if (!isJsonObject(value)) throw invalid("the body is no JSON object");
  const names = Object.keys(value);
  const override = names.find(isMethodOverride);
  if (override !== undefined) throw ambiguous(`the body has ${override}`);
  return {
    members: new Map(Object.entries(value)),
    rebuild(given) {
      const members = names.map((name) => [name, given[name] ?? null]);
      return { body: jsonBody(Object.fromEntries(members)) };
    },
  };
}

function readWhole(name: string, value: Json): ReadBody {
  return {
    members: new Map([[name, value]]),
    rebuild: (given) => ({ body: jsonBody(given[name] ?? null) }),
  };
}

function jsonBody(value: Json): OutgoingRequest["body"] {
  return { text: JSON.stringify(value), type: "application/json" };
}

/** Read as UTF-8, so no other character set is passed on. */
const textType = /^[a-z]+\/[\w.+-]+(?:\s*;\s*charset="?utf-8"?)?$/i;

function readTextBody(name: string, { headers, body }: IncomingRequest): ReadBody {
  const type = headers["content-type"] ?? "text/plain; charset=utf-8";
  // A form can hold a method of its own.
  if (!textType.test(type) || /form/i.test(type)) throw unsupported(`Content-Type is ${type}`);
  return {
    members: new Map([[name, body]]),
    rebuild: (given) => ({ body: { text: textOf(given, name), type } }),
  };
}

function isJsonType(type: string | undefined): boolean {
  return /^application\/(?:[\w.-]+\+)?json(?:\s*;\s*charset="?utf-8"?)?$/i.test(type ?? "");
}

function unmatched({ segments, query }: RequestTarget, request: IncomingRequest): RouteMatch {
  const { method, body, headers } = request;
  if (!/^[A-Z]{1,20}$/.test(method) || method === "CONNECT" || method === "TRACE") {
    throw new ProctorError("route_not_allowed", `${method} is not forwarded`);
  }
  const type = headers["content-type"] ?? "application/octet-stream";
  const given = { method, path: `/${segments.join("/")}`, query: Object.fromEntries(query) };
  const sent = body === "" ? {} : { body: { text: body, type } };
  return {
    tool: unmatchedTool,
    arguments: body === "" ? given : { ...given, type, body },
    rebuild: () => ({ method, target: formatTarget({ segments, query }), ...sent }),
  };
}

function textOf(given: JsonObject, name: string): string {
  const value = given[name];
  if (typeof value === "string") return value;
  throw new ProctorError("internal", `argument ${name} is no text any more`);
}

function shown({ method }: IncomingRequest, { segments }: RequestTarget): string {
  return `${method} /${segments.join("/")}`.slice(0, 256);
}

function ambiguous(why: string): ProctorError {
  return new ProctorError("ambiguous_path", why);
}

function invalid(why: string): ProctorError {
  return new ProctorError("invalid_request", why);
}

function unsupported(why: string): ProctorError {
  return new ProctorError("unsupported_media_type", why);
}
