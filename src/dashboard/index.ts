// The admin listener's application: metrics, health, approvals, and the pages for people.

import type { HttpBindings } from "@hono/node-server";
import { type Context, Hono } from "hono";
import {
  type Authenticate,
  hostAllowed,
  isOwnOrigin,
  originAllowed,
  type SiteRules,
} from "../core/access.ts";
import type { Principal, TokenKind } from "../core/agent.ts";
import { asProctorError, ProctorError } from "../core/errors.ts";
import { problemMediaType, problemOf } from "../core/problem.ts";
import { type ApprovalRoutesParts, createApprovalRoutes } from "./approvals.ts";
import { createRedefinitionRoutes, type RedefinitionRoutesParts } from "./redefinitions.ts";
import { createSite, type SiteParts } from "./site.tsx";

/** What `/metrics` serves; `accept` picks between plain text and OpenMetrics. */
export type RenderMetrics = (accept: string) => Promise<{ contentType: string; body: string }>;

/** One part's health: empty when it is well, else one sentence. */
export interface Health {
  readonly ready: boolean;
  readonly parts: { readonly [part: string]: string };
  readonly policy: string;
}

export interface AdminParts
  extends Omit<ApprovalRoutesParts, "allow">,
    Omit<RedefinitionRoutesParts, "allow"> {
  readonly authenticate: Authenticate;
  readonly pages: Omit<
    SiteParts,
    "approvals" | "redefinitions" | "viewOf" | "wholeViewOf" | "authenticate"
  >;
  readonly site: SiteRules;
  /** Serve /metrics to whoever reaches the listener. */
  readonly openMetrics: boolean;
  readonly renderMetrics: RenderMetrics;
  readonly health: () => Promise<Health>;
}

type Env = { Bindings: HttpBindings };

export function createAdminApp(parts: AdminParts): Hono<Env> {
  const app = new Hono<Env>();

  app.use(async function checkSite(c, next) {
    const { host, origin } = c.env.incoming.headers;
    if (!hostAllowed(host, parts.site)) throw new ProctorError("foreign_host", String(host));
    if (!originAllowed(origin, parts.site) && !isOwnOrigin(origin, host))
      throw new ProctorError("foreign_origin", String(origin));
    await next();
  });

  function allow(c: Context<Env>, kinds: readonly TokenKind[]): Principal {
    const principal = parts.authenticate(c.env.incoming.headers.authorization);
    if (principal === undefined) throw new ProctorError("unauthenticated", "no known bearer token");
    if (!kinds.includes(principal.kind)) {
      throw new ProctorError("forbidden", `needs a token of kind ${kinds.join(" or ")}`);
    }
    return principal;
  }

  app.get("/metrics", async (c) => {
    if (!parts.openMetrics) allow(c, ["admin", "metrics"]);
    const { contentType, body } = await parts.renderMetrics(c.req.header("accept") ?? "");
    return new Response(body, { headers: { "content-type": contentType } });
  });
  app.route("/v1/approvals", createApprovalRoutes({ ...parts, allow }));
  app.route("/v1/redefinitions", createRedefinitionRoutes({ ...parts, allow }));
  // Liveness: the process answers. Readiness: it can take calls.
  app.get("/healthz", (c) => c.json({ alive: true }));
  app.get("/readyz", async (c) => {
    const health = await parts.health();
    return c.json(health, health.ready ? 200 : 503);
  });

  app.route("/", createSite({ ...parts, ...parts.pages }));

  app.notFound((c) =>
    problem(problemOf("route_not_found", `${c.req.method} ${c.req.path.slice(0, 256)}`)),
  );
  app.onError((thrown) => {
    const { code, message } = asProctorError(thrown);
    return problem(problemOf(code, message));
  });
  return app;
}

function problem(body: ReturnType<typeof problemOf>): Response {
  return new Response(JSON.stringify(body), {
    status: body.status,
    headers: { "content-type": problemMediaType },
  });
}
