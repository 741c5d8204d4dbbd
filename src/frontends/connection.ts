// What every front end on a socket asks of a connection: may this site call, and is the caller still there?

import type { IncomingMessage } from "node:http";
import type { HttpBindings } from "@hono/node-server";
import { hostAllowed, originAllowed, type SiteRules } from "../core/access.ts";
import { ProctorError } from "../core/errors.ts";

/** @throws ProctorError `foreign_host`, `foreign_origin` */
export function checkSite({ headers }: IncomingMessage, site: SiteRules): void {
  if (!hostAllowed(headers.host, site)) {
    throw new ProctorError("foreign_host", `Host is ${JSON.stringify(headers.host ?? "")}`);
  }
  if (!originAllowed(headers.origin, site)) {
    throw new ProctorError("foreign_origin", `Origin is ${JSON.stringify(headers.origin ?? "")}`);
  }
}

/** Aborts when the client closes the connection before it has its answer. */
export function abortedWith({ outgoing }: HttpBindings): AbortController {
  const gone = new AbortController();
  outgoing.once("close", () => {
    if (!outgoing.writableFinished) gone.abort(new Error("the client closed the connection"));
  });
  return gone;
}

/** Breaks off an answer that has begun; false: there is no connection, but a program that reads it. */
export function cutOff({ outgoing }: HttpBindings): boolean {
  if (outgoing.socket === null) return false;
  outgoing.destroy();
  return true;
}

/** The raw path: what a router decoded or normalised is not what the client sent. */
export function pathBehind(url: string, prefix: string): string {
  const at = url.indexOf(prefix);
  return at < 0 ? "/" : url.slice(at + prefix.length);
}
