// A guard that is none: it answers every request in one wrong way.

import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

const step = { trajectory: "a/t", step: 1 };
const json = (response: ServerResponse, status: number, body: unknown) => {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
};

/** How it answers. None of it is a decision. */
export const faults: Record<string, (response: ServerResponse) => void> = {
  "never answers": () => {},
  "breaks off": (response) => response.destroy(),
  "breaks off in the middle": (response) => {
    response.writeHead(200, { "content-length": "100" });
    response.write('{"allowed":true', () => response.destroy());
  },
  "answers a page": (response) => {
    response.writeHead(200, { "content-type": "text/html" });
    response.end("<html>welcome</html>");
  },
  "answers nothing": (response) => response.writeHead(204).end(),
  "allows without a step": (response) => json(response, 200, { allowed: true }),
  "allows with a word": (response) => json(response, 200, { ...step, allowed: "true" }),
  "allows and fails": (response) => json(response, 500, { ...step, allowed: true }),
  "refuses without a code": (response) => json(response, 403, { ...step, detail: "no" }),
  "sends elsewhere": (response) =>
    response.writeHead(302, { location: "http://127.0.0.1:9/" }).end(),
  "answers without end": (response) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.write(`{"allowed":true,"more":"${"x".repeat(2 * 1024 * 1024)}`);
  },
};

export interface FaultyGuard {
  readonly url: string;
  close(): void;
}

export async function startFaultyGuard(
  answer: (response: ServerResponse) => void,
): Promise<FaultyGuard> {
  const server = createServer((request, response) => {
    request.resume();
    request.once("end", () => answer(response));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
