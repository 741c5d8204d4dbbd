// The measure of a guard's cost before an MCP server over stdio: a child for each session behind
// Streamable HTTP, messages as lines, and nothing else. It knows of calls with one answer only.

import { spawn } from "node:child_process";
import { type HttpBindings, serve } from "@hono/node-server";
import { Hono } from "hono";
import { createLines } from "../src/core/lines.ts";

const [command = "", ...args] = process.argv.slice(2);
const headers = { "content-type": "application/json" };

function startServer() {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
  const waiting = new Map<unknown, (line: string) => void>();
  function onLine(line: string): void {
    const { id } = JSON.parse(line);
    waiting.get(id)?.(line);
    waiting.delete(id);
  }
  const onTooLong = () => child.kill();
  const take = createLines({ maxLength: 8 * 1024 * 1024, onLine, onTooLong });
  child.stdout.setEncoding("utf8").on("data", take);
  return {
    tell: (text: string) => child.stdin.write(`${text}\n`),
    ask(id: unknown, text: string): Promise<string> {
      child.stdin.write(`${text}\n`);
      return new Promise((resolve) => waiting.set(id, resolve));
    },
  };
}

const sessions = new Map<unknown, ReturnType<typeof startServer>>();
const app = new Hono<{ Bindings: HttpBindings }>();

app.post("/mcp", async (c) => {
  const text = await c.req.text();
  const { id, method } = JSON.parse(text);
  if (method === "initialize") {
    const session = `session-${sessions.size}`;
    const server = startServer();
    sessions.set(session, server);
    const opened = { ...headers, "mcp-session-id": session };
    return new Response(await server.ask(id, text), { headers: opened });
  }
  const server = sessions.get(c.env.incoming.headers["mcp-session-id"]);
  if (server === undefined) return new Response(null, { status: 404 });
  if (id !== undefined) return new Response(await server.ask(id, text), { headers });
  server.tell(text);
  return new Response(null, { status: 202 });
});

serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) => {
  console.log(JSON.stringify({ event: "ready", agent: `http://127.0.0.1:${port}` }));
});
