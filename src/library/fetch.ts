// The applications for servers that speak fetch: a Request in, a Response out.

import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import type { HttpBindings } from "@hono/node-server";
import type { Hono } from "hono";

export type FetchHandler = (request: Request) => Promise<Response>;

/** The admin listener's application reads of Node's message no more than its headers. */
export function createAdminFetchHandler(app: Hono<{ Bindings: HttpBindings }>): FetchHandler {
  return async function adminFetchHandler(request) {
    const { incoming, outgoing } = messagesOf(request);
    return app.fetch(request, { incoming, outgoing });
  };
}

/**
 * The front ends read Node's messages, since what a router has normalised is not what was sent: each
 * request becomes one. There is no connection here, so a trajectory that nobody names is one request.
 */
export function createFetchHandler(app: Hono<{ Bindings: HttpBindings }>): FetchHandler {
  return async function fetchHandler(request) {
    const { incoming, outgoing } = messagesOf(request);
    const pouring = pour(request, incoming);
    const response = await app.fetch(request, { incoming, outgoing });
    // Whoever answers has read what it wanted.
    incoming.destroy();
    await pouring;
    return response;
  };
}

function messagesOf(request: Request): HttpBindings {
  const incoming = new IncomingMessage(new Socket());
  const { pathname, search, host } = new URL(request.url);
  incoming.method = request.method;
  incoming.url = pathname + search;
  incoming.headers = { host, ...Object.fromEntries(request.headers) };
  const outgoing = new ServerResponse(incoming);
  request.signal.addEventListener("abort", () => outgoing.emit("close"), { once: true });
  return { incoming, outgoing };
}

/** As fast as it is read. What breaks off is an error of the message, which its reader meets. */
async function pour(request: Request, incoming: IncomingMessage): Promise<void> {
  let wanted = () => {};
  incoming._read = () => wanted();
  try {
    for await (const chunk of request.body ?? []) {
      if (incoming.destroyed) return;
      if (incoming.push(chunk)) continue;
      await new Promise<void>((resolve) => {
        wanted = resolve;
        incoming.once("close", resolve);
      });
    }
    incoming.push(null);
  } catch (error) {
    incoming.destroy(error instanceof Error ? error : new Error(String(error)));
  }
}
