// Listeners on sockets: opened, and closed in order.

import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer, type HttpBindings } from "@hono/node-server";
import type { Hono } from "hono";
import { ProctorError } from "./core/errors.ts";
import { systemSentence } from "./core/system-fault.ts";

/** Time for the headers of a request, and for the whole of it. */
const headersTimeoutMs = 10_000;
const requestTimeoutMs = 60_000;

export function serverFor(app: Hono<{ Bindings: HttpBindings }>): Server {
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  server.headersTimeout = headersTimeoutMs;
  server.requestTimeout = requestTimeoutMs;
  return server;
}

/** The URL. @throws ProctorError `invalid_config` where the address cannot be had */
export async function listen(
  server: Server,
  { host, port }: { host: string; port: number },
): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const why = systemSentence(cause) ?? cause.message;
      reject(
        new ProctorError("invalid_config", `cannot listen on ${host}:${port}: ${why}`, { cause }),
      );
    });
    server.listen(port, host, resolve);
  });
  const { address, port: actual, family } = server.address() as AddressInfo;
  return `http://${family === "IPv6" ? `[${address}]` : address}:${actual}`;
}

/**
 * Connections that are idle are closed; one with a call under way ends with its answer, since a
 * client that goes on calling on it would hold up the end for ever.
 */
export function closed(server: Server): Promise<void> {
  server.prependListener("request", (_, response) => {
    response.shouldKeepAlive = false;
  });
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}
