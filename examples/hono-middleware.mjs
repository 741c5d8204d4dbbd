// Routes of a hono application behind the guard: each is a tool, each request a call.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Hono } from "hono";
import { createGuard } from "proctor";

const folder = mkdtempSync(join(tmpdir(), "proctor-example-"));
const guard = await createGuard({
  folder,
  config: { agents: [{ id: "robot" }], approvals: { maxHoldMs: 0 } },
  tools: {
    files: {
      // Policies speak of the workspace: this is where these files are.
      cwd: join(folder, "workspace"),
      routes: { "GET /files/{path}": "read_file", "DELETE /files/{path}": "delete_file" },
      tools: { read_file: { read: "$.path" }, delete_file: { delete: "$.path" } },
    },
  },
});

const app = new Hono();
app.use(
  "/files/*",
  guard.middleware("files", {
    agent: "robot",
    trajectory: (c) => c.req.header("x-task") ?? "none",
  }),
);
app.get("/files/:path", (c) => c.text(`content of ${c.req.param("path")}`));
app.delete("/files/:path", (c) => c.text("gone"));

const ask = async (method, path) => {
  const response = await app.request(path, { method, headers: { "x-task": "t1" } });
  const text = await response.text();
  console.log(method, response.status, text.startsWith("{") ? JSON.parse(text).code : text);
};
await ask("DELETE", "/files/a.txt");
await ask("GET", "/files/a.txt");
await ask("DELETE", "/files/a.txt");
await ask("GET", "/files/..%2fsecret");

await guard.close();
rmSync(folder, { recursive: true });

// prints: DELETE 409 approval_pending
// prints: GET 200 content of a.txt
// prints: DELETE 200 gone
// prints: GET 400 ambiguous_path
