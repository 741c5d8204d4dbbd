// The guard as a hono middleware: the routes behind it are tools, and requests to them are calls.

import type { Context, MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { ExecutionContext } from "../core/call.ts";
import { asProctorError, ProctorError } from "../core/errors.ts";
import type { Json, JsonObject } from "../core/json.ts";
import { problemMediaType, problemOf } from "../core/problem.ts";
import { namePattern } from "../core/trajectory.ts";
import type { Gateway, Naming } from "../gateway.ts";

/** Finds the tool that a request stands for. */
export type Match = (request: {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string;
}) => { readonly tool: string; readonly arguments: JsonObject };

export interface MiddlewareParts {
  readonly gateway: Pick<Gateway, "handle" | "malformed">;
  readonly agents: ReadonlySet<string>;
  readonly upstream: string;
  readonly context: ExecutionContext;
  readonly match: Match;
  /** What is recorded of an answer. */
  readonly recordOf: (answer: {
    status: number;
    headers: Record<string, string>;
    body: Uint8Array;
  }) => Json;
  readonly maxBodyBytes: number;
}

export interface MiddlewareOptions {
  /** The agent that calls: your own authentication says so. */
  readonly agent: string | ((c: Context) => string);
  /** Name of its trajectory, 1 to 128 characters. */
  readonly trajectory: (c: Context) => string;
}

export function createMiddleware(
  parts: MiddlewareParts,
  options: MiddlewareOptions,
): MiddlewareHandler {
  const { gateway } = parts;
  const tooLarge = () => new ProctorError("too_large", `more than ${parts.maxBodyBytes} bytes`);
  /** Stops reading a body without a length where it gets too long; handlers can read it afterwards. */
  const limited = bodyLimit({
    maxSize: parts.maxBodyBytes,
    onError() {
      throw tooLarge();
    },
  });

  function callerOf(c: Context): { agent: string; naming: Naming } {
    const agent = typeof options.agent === "string" ? options.agent : options.agent(c);
    if (!parts.agents.has(agent)) throw new ProctorError("forbidden", `no agent "${agent}"`);
    const name = options.trajectory(c);
    if (!namePattern.test(name)) {
      throw new ProctorError("invalid_request", `a trajectory's name must match ${namePattern}`);
    }
    return { agent, naming: { name, identifiedBy: "explicit" } };
  }

  async function matched(c: Context): Promise<ReturnType<Match>> {
    const { pathname, search } = new URL(c.req.url);
    let body = "";
    const read = async () => {
      body = c.req.raw.body === null ? "" : await c.req.text();
    };
    // Somebody before may have read it already, and then it is there whole.
    if (c.req.raw.bodyUsed) await read();
    else await limited(c, read);
    // A length that was announced is what hono goes by, and a text may have been another's.
    if (Buffer.byteLength(body) > parts.maxBodyBytes) throw tooLarge();
    return parts.match({
      method: c.req.method,
      path: pathname + search,
      headers: c.req.header(),
      body,
    });
  }

  return async function proctor(c, next) {
    try {
      const caller = callerOf(c);
      const { tool, arguments: given } = await matched(c).catch(async (thrown: unknown) => {
        await gateway.malformed(caller.agent, caller.naming, "library", asProctorError(thrown));
        throw thrown;
      });
      const abort = new AbortController();
      const gone = () => abort.abort(new Error("the client closed the connection"));
      c.req.raw.signal.addEventListener("abort", gone, { once: true });
      const { upstream, context } = parts;
      const call = { door: "library", upstream, tool, arguments: given, context } as const;
      const answer = await gateway.handle({ ...caller, call, abort }, async () => {
        await next();
        return answered(c, parts);
      });
      if (answer.kind === "carried_out" || answer.kind === "replayed") return;
      const detail = answer.detail ?? answer.decision.reason;
      return problem(problemOf(answer.code, detail));
    } catch (thrown) {
      const { code, message } = asProctorError(thrown);
      return problem(problemOf(code, message));
    }
  };
}

/** A stream is not waited for: of that only the status is recorded. */
async function answered(c: Context, { recordOf }: MiddlewareParts) {
  const { status } = c.res;
  const type = c.res.headers.get("content-type") ?? "";
  const streams = type.startsWith("text/event-stream");
  const body = streams ? new Uint8Array() : new Uint8Array(await c.res.clone().arrayBuffer());
  const isError = status >= 400;
  return {
    answer: undefined,
    observed: { transport: "in process", protocol: { status }, tool: { isError } },
    result: recordOf({ status, headers: { "content-type": type }, body }),
  } as const;
}

function problem(body: ReturnType<typeof problemOf>): Response {
  return new Response(JSON.stringify(body), {
    status: body.status,
    headers: { "content-type": problemMediaType },
  });
}
