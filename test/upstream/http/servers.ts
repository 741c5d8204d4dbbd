// Servers that misbehave, on a raw socket.

import { createServer, type Server, type Socket } from "node:net";
import { onTestFinished } from "vitest";

export interface RawServer {
  readonly port: number;
  /** Every byte that came in, of all connections. */
  received(): string;
  connections(): number;
}

/** `onRequest` runs once the head of a request is there, and at each one on the connection. */
export async function rawServer(onRequest: (socket: Socket) => void): Promise<RawServer> {
  let received = "";
  let connections = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      received += chunk.toString("latin1");
      if (chunk.includes("\r\n\r\n")) onRequest(socket);
    });
  });
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: await listen(server), received: () => received, connections: () => connections };
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (typeof address === "object" && address !== null) resolve(address.port);
    });
  });
}

export function answer(head: string, body = ""): string {
  return `HTTP/1.1 ${head}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}
