// The MCP front end: Streamable HTTP at /mcp/{upstream}, in both eras of the protocol.

import type { HttpBindings } from "@hono/node-server";
import { type Context, Hono } from "hono";
import type { Authenticate, SiteRules } from "../../core/access.ts";
import { asProctorError, ProctorError } from "../../core/errors.ts";
import type { JsonLimits } from "../../core/json.ts";
import { problemMediaType } from "../../core/problem.ts";
import type { Gateway } from "../../gateway.ts";
import type { McpUpstream } from "../../upstream/upstream.ts";
import { createIdentify } from "../caller.ts";
import { checkSite } from "../connection.ts";
import type { LocalTools } from "../local-tools.ts";
import { problemReply } from "../reply.ts";
import type { Exchange, Serve } from "./exchange.ts";
import { createLocalServer } from "./local.ts";
import { createRelay } from "./relay.ts";
import { json } from "./reply.ts";
import { createSessions } from "./sessions.ts";

export interface McpFrontEndParts {
  readonly gateway: Gateway;
  readonly authenticate: Authenticate;
  readonly site: SiteRules;
  readonly agents: ReadonlySet<string>;
  readonly local: LocalTools;
  readonly servers: readonly McpUpstream[];
  readonly limits: JsonLimits;
  readonly nowMs: () => number;
  readonly version: string;
}

type Env = { Bindings: HttpBindings };
type Ctx = Context<Env>;

export function createMcpFrontEnd(parts: McpFrontEndParts): Hono<Env> {
  const identify = createIdentify(parts);
  const sessions = createSessions(parts.nowMs);
  const servers = new Map<string, Serve>([
    [parts.local.name, createLocalServer({ ...parts, sessions })],
    ...parts.servers.map(
      (upstream) => [upstream.name, createRelay({ ...parts, upstream })] as const,
    ),
  ]);
  const app = new Hono<Env>();

  function exchangeOf(c: Ctx): Exchange {
    checkSite(c.env.incoming, parts.site);
    return { caller: identify(c.env.incoming, c.req.param("trajectory")), env: c.env };
  }

  async function serve(c: Ctx): Promise<Response> {
    const exchange = exchangeOf(c);
    const name = c.req.param("upstream") ?? "";
    const server = servers.get(name);
    if (server === undefined) {
      throw new ProctorError("route_not_found", `no MCP server "${name.slice(0, 64)}"`);
    }
    return server(exchange);
  }

  for (const prefix of ["", "/t/:trajectory"]) app.all(`${prefix}/mcp/:upstream`, serve);
  app.onError((thrown) => {
    const { code, message } = asProctorError(thrown);
    const { status, body } = problemReply(code, message);
    return json(status, body, { "content-type": problemMediaType });
  });
  return app;
}
