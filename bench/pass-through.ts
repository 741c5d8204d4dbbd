// The measure of a guard's cost: the same server and client without a guard between them.

import { type HttpBindings, serve } from "@hono/node-server";
import { Hono } from "hono";
import { Pool } from "undici";

const pool = new Pool(process.argv[2] ?? "", { connections: 128, pipelining: 1 });
const app = new Hono<{ Bindings: HttpBindings }>();

app.all("*", async (c) => {
  const body = await c.req.text();
  const answer = await pool.request({
    method: "POST",
    path: new URL(c.req.url).pathname,
    headers: { "content-type": "application/json" },
    body,
  });
  return new Response(await answer.body.text(), {
    status: answer.statusCode,
    headers: { "content-type": "application/json" },
  });
});

serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) => {
  console.log(JSON.stringify({ event: "ready", agent: `http://127.0.0.1:${port}` }));
});
