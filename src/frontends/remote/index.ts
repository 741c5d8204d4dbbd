// POST /v1/decide, /v1/report, /v1/task, /v1/hidden and /v1/malformed: for doors in other processes, which carry calls out themselves.

import type { HttpBindings } from "@hono/node-server";
import { type Context, Hono } from "hono";
import { z } from "zod";
import type { Authenticate, SiteRules } from "../../core/access.ts";
import { asProctorError, ProctorError } from "../../core/errors.ts";
import type { JsonLimits } from "../../core/json.ts";
import { problemMediaType } from "../../core/problem.ts";
import type { Gateway, Leave, Naming } from "../../gateway.ts";
import { readJson } from "../body.ts";
import { type Caller, createIdentify } from "../caller.ts";
import { abortedWith, checkSite } from "../connection.ts";
import { problemReply, type Reply, refusal, stepOf } from "../reply.ts";
import { decideBody, hiddenBody, malformedBody, reportBody, taskBody } from "./messages.ts";

export interface RemoteFrontEndParts {
  readonly gateway: Pick<
    Gateway,
    "decide" | "report" | "task" | "hidden" | "offered" | "malformed"
  >;
  readonly authenticate: Authenticate;
  readonly site: SiteRules;
  readonly agents: ReadonlySet<string>;
  readonly limits: JsonLimits;
  readonly nowMs: () => number;
}

type Env = { Bindings: HttpBindings };
type Ctx = Context<Env>;

export function createRemoteFrontEnd(parts: RemoteFrontEndParts): Hono<Env> {
  const { gateway, limits } = parts;
  const identify = createIdentify(parts);
  const app = new Hono<Env>();

  function callerOf(c: Ctx): Caller {
    checkSite(c.env.incoming, parts.site);
    return identify(c.env.incoming, c.req.param("trajectory"));
  }

  async function decide(c: Ctx): Promise<Response> {
    const caller = callerOf(c);
    const {
      session,
      offered: tools,
      ...call
    } = parsed(decideBody, await readJson(c.env.incoming, limits));
    // A door that gives up waiting lets the call be.
    const abort = abortedWith(c.env);
    const { agent } = caller;
    const naming = namingOf(caller, session);
    if (tools !== undefined) {
      const { door, upstream } = call;
      gateway.offered(agent, naming, { door, upstream, tools, pinned: true });
    }
    return send(encode(await gateway.decide({ agent, naming, call, abort })));
  }

  async function report(c: Ctx): Promise<Response> {
    const caller = callerOf(c);
    const body = parsed(reportBody, await readJson(c.env.incoming, limits));
    const { session, step, came, ...call } = body;
    const { agent } = caller;
    const naming = namingOf(caller, session);
    const reported = await gateway.report({ agent, naming, call, step, came });
    return send({ status: 200, body: { kind: reported.kind } });
  }

  async function hidden(c: Ctx): Promise<Response> {
    const caller = callerOf(c);
    const body = parsed(hiddenBody, await readJson(c.env.incoming, limits));
    const { session, context, ...offer } = body;
    const { agent } = caller;
    const asked = { ...offer, pinned: true, contextOf: () => context };
    const names = await gateway.hidden(agent, namingOf(caller, session), asked);
    return send({ status: 200, body: { hidden: [...names] } });
  }

  async function task(c: Ctx): Promise<Response> {
    const caller = callerOf(c);
    const { session, ...news } = parsed(taskBody, await readJson(c.env.incoming, limits));
    const { agent } = caller;
    await gateway.task({ agent, naming: namingOf(caller, session), ...news, told: true });
    return send({ status: 200, body: { kind: "heard" } });
  }

  async function malformed(c: Ctx): Promise<Response> {
    const caller = callerOf(c);
    const body = parsed(malformedBody, await readJson(c.env.incoming, limits));
    const error = new ProctorError("invalid_request", body.detail);
    await gateway.malformed(caller.agent, namingOf(caller, body.session), body.door, error);
    return send({ status: 200, body: { kind: "recorded" } });
  }

  for (const prefix of ["", "/t/:trajectory"]) {
    app.post(`${prefix}/v1/decide`, decide);
    app.post(`${prefix}/v1/report`, report);
    app.post(`${prefix}/v1/hidden`, hidden);
    app.post(`${prefix}/v1/task`, task);
    app.post(`${prefix}/v1/malformed`, malformed);
  }
  app.onError((thrown) => {
    const { code, message } = asProctorError(thrown);
    return send(problemReply(code, message));
  });
  return app;
}

function namingOf({ naming }: Caller, session: Partial<Naming> | undefined): Naming {
  return naming.identifiedBy === "explicit" ? naming : { ...naming, ...session };
}

function encode(leave: Leave): Reply {
  if (leave.kind === "refused") return refusal(leave);
  return { status: 200, body: { allowed: true, ...stepOf(leave) } };
}

function parsed<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw new ProctorError("invalid_request", z.prettifyError(result.error));
}

function send({ status, body }: Reply): Response {
  const type = status >= 400 ? problemMediaType : "application/json";
  return new Response(JSON.stringify(body), { status, headers: { "content-type": type } });
}
