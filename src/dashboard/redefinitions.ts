// /v1/redefinitions on the admin listener: tools that changed under running trajectories.

import type { HttpBindings } from "@hono/node-server";
import { type Context, Hono } from "hono";
import type { Principal, TokenKind } from "../core/agent.ts";
import type { Redefinitions } from "../gateway/redefinitions.ts";
import { limitedBody, noteIn } from "./note.ts";

export interface RedefinitionRoutesParts {
  readonly redefinitions: Pick<Redefinitions, "list" | "show" | "acknowledge">;
  /** @throws ProctorError `unauthenticated`, `forbidden` */
  readonly allow: (c: Context<Env>, kinds: readonly TokenKind[]) => Principal;
}

type Env = { Bindings: HttpBindings };

const mayLook: readonly TokenKind[] = ["admin", "approver", "viewer"];
/** It holds for every agent, so no approver's word is enough. */
const mayAcknowledge: readonly TokenKind[] = ["admin"];

export function createRedefinitionRoutes(parts: RedefinitionRoutesParts): Hono<Env> {
  const { redefinitions, allow } = parts;
  const app = new Hono<Env>();
  app.use(limitedBody);

  app.get("/", async (c) => {
    allow(c, mayLook);
    return c.json({ redefinitions: await redefinitions.list() });
  });

  app.get("/:id", async (c) => {
    allow(c, mayLook);
    return c.json(await redefinitions.show(c.req.param("id")));
  });

  app.post("/:id/acknowledge", async (c) => {
    const { token: by } = allow(c, mayAcknowledge);
    const note = noteIn(await c.req.text());
    return c.json(await redefinitions.acknowledge(c.req.param("id"), { by, note }));
  });
  return app;
}
