// The HTTP front end: the agent listener's application.

import type { HttpBindings } from "@hono/node-server";
import { type Context, Hono } from "hono";
import type { Authenticate, SiteRules } from "../../core/access.ts";
import { asProctorError, ProctorError } from "../../core/errors.ts";
import type { JsonLimits } from "../../core/json.ts";
import { problemMediaType } from "../../core/problem.ts";
import type { Trajectories } from "../../gateway/trajectories.ts";
import type { Gateway } from "../../gateway.ts";
import { bodyErrors, readJson } from "../body.ts";
import { type Caller, createIdentify } from "../caller.ts";
import { abortedWith, checkSite, pathBehind } from "../connection.ts";
import { type LocalTools, listedFor } from "../local-tools.ts";
import { problemReply } from "../reply.ts";
import { createCallRest, type RestReply, type RestUpstream } from "./rest.ts";
import { createCallTool } from "./tools.ts";
import { createTrajectoryRoutes } from "./trajectories.ts";

export interface HttpFrontEndParts {
  readonly gateway: Gateway;
  readonly trajectories: Trajectories;
  readonly authenticate: Authenticate;
  readonly site: SiteRules;
  readonly agents: ReadonlySet<string>;
  readonly taskClasses: ReadonlySet<string>;
  readonly conditions: ReadonlySet<string>;
  readonly local: LocalTools;
  readonly rest: ReadonlyMap<string, RestUpstream>;
  readonly limits: JsonLimits;
  readonly nowMs: () => number;
}

type Env = { Bindings: HttpBindings };
type Ctx = Context<Env>;

export function createHttpFrontEnd(parts: HttpFrontEndParts): Hono<Env> {
  const { gateway, trajectories, limits } = parts;
  const identify = createIdentify(parts);
  const callTool = createCallTool(gateway, parts.local);
  const callRest = createCallRest(gateway, limits);
  const routes = createTrajectoryRoutes(trajectories, parts);
  const app = new Hono<Env>();

  function callerOf(c: Ctx): Caller {
    checkSite(c.env.incoming, parts.site);
    return identify(c.env.incoming, c.req.param("trajectory"));
  }

  /** Runs `work`; what throws before it became a step is recorded as malformed. */
  async function answerCall(
    c: Ctx,
    work: (caller: Caller) => Promise<RestReply>,
  ): Promise<Response> {
    const caller = callerOf(c);
    try {
      return send(await work(caller));
    } catch (thrown) {
      const error = asProctorError(thrown);
      if (requestErrors.has(error.code)) {
        await gateway.malformed(caller.agent, caller.naming, "http", error);
      }
      throw error;
    }
  }

  async function postTool(c: Ctx): Promise<Response> {
    return answerCall(c, async (caller) =>
      callTool({
        caller,
        tool: c.req.param("tool") ?? "",
        body: await readJson(c.env.incoming, limits),
        idempotencyKey: idempotencyKeyOf(c),
        abort: abortedWith(c.env),
      }),
    );
  }

  async function listTools(c: Ctx): Promise<Response> {
    const tools = await listedFor(callerOf(c), { ...parts, door: "http" });
    return send({ status: 200, body: { tools } });
  }

  async function throughRest(c: Ctx): Promise<Response> {
    const name = c.req.param("upstream") ?? "";
    return answerCall(c, async (caller) => {
      const upstream = parts.rest.get(name);
      if (upstream === undefined)
        throw new ProctorError("route_not_found", `no upstream "${name}"`);
      return callRest({
        caller,
        upstream,
        path: pathBehind(c.env.incoming.url ?? "/", `/http/${name}`),
        incoming: c.env.incoming,
        idempotencyKey: idempotencyKeyOf(c),
        abort: abortedWith(c.env),
      });
    });
  }

  app.post("/v1/trajectories", async (c) => {
    const { principal } = principalOf(c);
    return send(await routes.open(principal, await readJson(c.env.incoming, limits)));
  });
  app.post("/v1/trajectories/:name/end", async (c) => {
    const { principal } = principalOf(c);
    const hasBody = (c.env.incoming.headers["content-length"] ?? "0") !== "0";
    const body = hasBody ? await readJson(c.env.incoming, limits) : {};
    return send(await routes.end(principal, c.req.param("name"), body));
  });
  for (const prefix of ["", "/t/:trajectory"]) {
    app.get(`${prefix}/v1/tools`, listTools);
    app.post(`${prefix}/v1/tools/:tool`, postTool);
    app.all(`${prefix}/http/:upstream/*`, throughRest);
  }

  function principalOf(c: Ctx) {
    checkSite(c.env.incoming, parts.site);
    const principal = parts.authenticate(c.env.incoming.headers.authorization);
    if (principal === undefined) throw new ProctorError("unauthenticated", "no known bearer token");
    return { principal };
  }

  app.notFound((c) => {
    checkSite(c.env.incoming, parts.site);
    return send(problemReply("route_not_found", `${c.req.method} ${c.req.path.slice(0, 256)}`));
  });
  app.onError((thrown) => {
    const { code, message } = asProctorError(thrown);
    return send(problemReply(code, message));
  });
  return app;
}

/** Errors of the request itself: the agent asked for something, and it was no call. */
const requestErrors: ReadonlySet<string> = new Set([
  ...bodyErrors,
  "unknown_tool",
  "invalid_arguments",
  "route_not_found",
  "route_not_allowed",
  "ambiguous_path",
  "trajectory_busy",
]);

function send(reply: RestReply): Response {
  if ("raw" in reply) {
    const { status, headers, body } = reply.raw;
    return new Response(bodiless.has(status) ? null : Buffer.from(body), {
      status,
      headers: {
        ...headers,
        "proctor-trajectory": reply.trajectory,
        "proctor-step": String(reply.step),
      },
    });
  }
  const { status, body } = reply;
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": status >= 400 ? problemMediaType : "application/json" },
  });
}

/** A Response with one of these and a body, even an empty one, is a TypeError (fetch, "null body status"). */
const bodiless: ReadonlySet<number> = new Set([101, 204, 205, 304]);

const maxIdempotencyKeyLength = 255;

function idempotencyKeyOf(c: Ctx): string | undefined {
  const key = c.env.incoming.headers["idempotency-key"];
  if (key === undefined) return undefined;
  if (Array.isArray(key) || key.length === 0 || key.length > maxIdempotencyKeyLength) {
    throw new ProctorError(
      "invalid_request",
      `Idempotency-Key must be one value of 1 to ${maxIdempotencyKeyLength} characters`,
    );
  }
  return key;
}
