// An existing HTTP tool API behind the guard.

import type { ExecutionContext } from "../../core/call.ts";
import type { JsonLimits, JsonObject } from "../../core/json.ts";
import type { Forward } from "../upstream.ts";
import { retry, timeout } from "../wrappers/index.ts";
import { type HttpAnswer, observe, recordOf, toAnswer } from "./answer.ts";
import { createExchanger, type ExchangeRequest } from "./exchange.ts";
import { createRequestHeaders, type Headers } from "./headers.ts";
import { compileRoutes, type IncomingRequest, type OutgoingRequest } from "./routes.ts";
import type { HttpUpstreamConfig } from "./schema.ts";

export { recordOf } from "./answer.ts";
export { httpUpstreamSchema } from "./schema.ts";

/** A request that was matched to a tool. */
interface HttpCall {
  readonly tool: string;
  readonly arguments: JsonObject;
  readonly forward: Forward<HttpAnswer>;
}

export interface HttpUpstream {
  readonly name: string;
  readonly context: ExecutionContext;
  /** @throws ProctorError as `compileRoutes` says */
  match(request: IncomingRequest): HttpCall;
  /** Breaks off what is under way. */
  close(): Promise<void>;
}

/** Of the calls' JSON; the front end has limits of its own before. */
const defaultLimits: JsonLimits = { maxLength: 16 * 1024 * 1024, maxDepth: 64 };

export function createHttpUpstream(
  name: string,
  config: HttpUpstreamConfig,
  limits: JsonLimits = defaultLimits,
): HttpUpstream {
  const { origin, pathname } = new URL(config.url);
  const base = pathname.replace(/\/+$/, "");
  const routes = compileRoutes(config, limits);
  const requestHeaders = createRequestHeaders(config.forwardHeaders, config.headers);
  const { exchange, close } = createExchanger(origin, config);
  const limited = timeout(config.timeoutMs);
  const repeated = retry({ retries: config.retries, delayMs: config.retryDelayMs });

  function forwardOf(headers: Headers, rebuild: (given: JsonObject) => OutgoingRequest) {
    return limited<HttpAnswer>(
      repeated(async function forwardHttp(call, signal) {
        const request = toExchange(base, headers, rebuild(call.arguments));
        const answer = await toAnswer(await exchange(request, signal), config.maxResponseBytes);
        return { answer, observed: observe(answer), result: recordOf(answer) };
      }),
    );
  }

  return {
    name,
    context: contextOf(config),
    match(request) {
      const { tool, arguments: given, rebuild } = routes.match(request);
      const forward = forwardOf(requestHeaders(request.headers), rebuild);
      return { tool, arguments: given, forward };
    },
    close,
  };
}

/** Requests to tools, for routes that are carried out in this process. */
export function createMatch(routes: HttpUpstreamConfig["routes"], limits: JsonLimits) {
  return compileRoutes({ routes, dangerouslyPassUnmatched: false }, limits).match;
}

function toExchange(
  base: string,
  headers: Headers,
  { method, target, body }: OutgoingRequest,
): ExchangeRequest {
  const common = { method, target: base + target };
  if (body === undefined) return { ...common, headers };
  return { ...common, headers: { ...headers, "content-type": body.type }, body: body.text };
}

/** Whose shell and whose variables are not known. */
function contextOf({ cwd, filesystem }: HttpUpstreamConfig): ExecutionContext {
  return {
    ...(cwd === undefined ? {} : { cwd }),
    shell: "fresh",
    environment: "inherited",
    filesystem,
  };
}
