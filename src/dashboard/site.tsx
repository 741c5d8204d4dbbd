// The pages for people: log-in, and an address for every view.

import type { HttpBindings } from "@hono/node-server";
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import type { JSX } from "hono/jsx/jsx-runtime";
import { type Authenticate, actsFor } from "../core/access.ts";
import type { Principal, TokenKind } from "../core/agent.ts";
import { visibleLines } from "../core/display.ts";
import { asProctorError, errorTable, ProctorError } from "../core/errors.ts";
import { loadAssets } from "./assets.ts";
import type { Frame } from "./pages/layout.tsx";
import { ErrorPage, LoginPage } from "./pages/login.tsx";
import { createSessions, isCsrf, maxSessionMs, type Session, sessionCookie } from "./sessions.ts";
import { createViews, type ViewParts } from "./views.tsx";

export interface SiteParts extends ViewParts {
  readonly authenticate: Authenticate;
}

type Env = { Bindings: HttpBindings };

/** Those who may look; an agent's, a harness's or a scraper's token opens no page. */
const mayLook: readonly TokenKind[] = ["viewer", "approver", "admin"];
const maxFormBytes = 64 * 1024;

/**
 * Only what this listener serves is loaded or run, nothing inline; no page frames it, and forms go
 * nowhere else. `same-origin` and not `no-referrer`: else browsers send `Origin: null` with forms.
 */
const headers = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  "cache-control": "no-store",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "same-origin",
  "x-content-type-options": "nosniff",
} as const;

export function createSite(parts: SiteParts): Hono<Env> {
  const app = new Hono<Env>();
  const sessions = createSessions(parts.clock.nowMs);
  let assets: ReturnType<typeof loadAssets> | undefined;

  function assetPaths(): Frame["assets"] {
    assets ??= loadAssets();
    const path = (name: string) => assets?.get(name)?.path ?? "";
    return { styles: [path("style.css")], script: path("main.js") };
  }

  async function frameOf(session: Session | undefined): Promise<Frame> {
    const assetsOf = assetPaths();
    if (session === undefined) return { assets: assetsOf, waiting: 0 };
    const { principal } = session;
    const waiting = (await parts.approvals.list()).filter(
      ({ status, key }) =>
        status === "waiting" && (principal.kind === "admin" || actsFor(principal, key.agent)),
    ).length;
    return { assets: assetsOf, session, waiting };
  }

  app.use(async function setHeaders(c, next) {
    await next();
    for (const [name, value] of Object.entries(headers)) {
      if (!c.res.headers.has(name)) c.res.headers.set(name, value);
    }
  });
  app.use(
    bodyLimit({
      maxSize: maxFormBytes,
      onError() {
        throw new ProctorError("too_large", `a form of more than ${maxFormBytes} bytes`);
      },
    }),
  );

  app.get("/assets/:digest/:name", (c) => {
    assetPaths();
    const asset = assets?.get(c.req.param("name"));
    if (asset === undefined) throw new ProctorError("route_not_found", c.req.path.slice(0, 256));
    return c.body(asset.bytes, 200, {
      "content-type": asset.contentType,
      "cache-control": "private, max-age=31536000, immutable",
    });
  });

  app.get("/login", async (c) => {
    const next = ownPath(c.req.query("next"));
    if (sessionOf(c) !== undefined) return c.redirect(next, 303);
    return page(<LoginPage frame={await frameOf(undefined)} next={next} />);
  });

  app.post("/login", async (c) => {
    const form = await formOf(c);
    const next = ownPath(form.get("next"));
    const principal = parts.authenticate(`Bearer ${form.get("token")?.trim() ?? ""}`);
    if (principal === undefined || !mayLook.includes(principal.kind)) {
      const problem =
        principal === undefined
          ? "No such token."
          : `A token of kind ${principal.kind} opens no page: take one of kind viewer, approver or admin.`;
      const frame = await frameOf(undefined);
      return page(<LoginPage frame={frame} next={next} problem={problem} />, 403);
    }
    setCookie(c, sessionCookie, sessions.begin(principal), {
      httpOnly: true,
      sameSite: "Strict",
      path: "/",
      maxAge: maxSessionMs / 1000,
      secure: c.env.incoming.headers.origin?.startsWith("https://") ?? false,
    });
    return c.redirect(next, 303);
  });

  app.post("/logout", async (c) => {
    await signed(c, mayLook);
    sessions.end(getCookie(c, sessionCookie));
    deleteCookie(c, sessionCookie, { path: "/" });
    return c.redirect("/login", 303);
  });

  function sessionOf(c: Context<Env>): Session | undefined {
    return sessions.find(getCookie(c, sessionCookie));
  }

  /** A form that a page of this session sent. @throws ProctorError `unauthenticated`, `forbidden` */
  async function signed(
    c: Context<Env>,
    kinds: readonly TokenKind[],
  ): Promise<{ session: Session; form: URLSearchParams }> {
    const session = sessionOf(c);
    if (session === undefined) throw new ProctorError("unauthenticated", "the session has ended");
    const form = await formOf(c);
    if (!isCsrf(session, form.get("csrf") ?? undefined)) {
      throw new ProctorError("forbidden", "the form was not sent by a page of this session");
    }
    if (!kinds.includes(session.principal.kind)) {
      throw new ProctorError("forbidden", `needs a token of kind ${kinds.join(" or ")}`);
    }
    return { session, form };
  }

  /** @throws ProctorError `unauthenticated` */
  function viewer(c: Context<Env>): { session: Session; principal: Principal } {
    const session = sessionOf(c);
    if (session === undefined) throw new ProctorError("unauthenticated", "nobody is logged in");
    return { session, principal: session.principal };
  }

  app.route("/", createViews(parts, { viewer, signed, frameOf, page }));

  app.onError(async (thrown, c) => {
    const { code, message } = asProctorError(thrown);
    if (code === "unauthenticated" && c.req.method === "GET") {
      const { pathname, search } = new URL(c.req.url);
      return c.redirect(`/login?next=${encodeURIComponent(pathname + search)}`, 303);
    }
    const frame = await frameOf(sessionOf(c)).catch(() => ({ assets: assetPaths(), waiting: 0 }));
    const body = <ErrorPage frame={frame} code={code} detail={message} />;
    return page(body, errorTable[code].status);
  });
  return app;
}

/**
 * The one place where a page becomes text. Markup is escaped by JSX; here characters that cannot be
 * seen, or that reorder what is seen, become visible, whoever wrote them and wherever they stand.
 */
async function page(content: JSX.Element, status = 200): Promise<Response> {
  const markup = visibleLines(String(await content.toString()));
  return new Response(`<!doctype html>\n${markup}`, {
    status,
    headers: { "content-type": "text/html; charset=utf-8" },
  });
}

async function formOf(c: Context<Env>): Promise<URLSearchParams> {
  const type = c.req.header("content-type") ?? "";
  if (!/^application\/x-www-form-urlencoded\b/i.test(type)) {
    throw new ProctorError(
      "invalid_request",
      "a form is sent as application/x-www-form-urlencoded",
    );
  }
  return new URLSearchParams(await c.req.text());
}

/** Where to go on after a log-in: a path here, never another host's. */
function ownPath(next: string | null | undefined): string {
  const isOwn = next !== null && next !== undefined && /^\/(?![/\\])[\x21-\x7e]*$/.test(next);
  return isOwn ? next : "/";
}
