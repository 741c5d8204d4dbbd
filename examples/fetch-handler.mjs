// The whole agent API as a fetch handler, for whatever server speaks fetch.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createGuard } from "proctor";

const folder = mkdtempSync(join(tmpdir(), "proctor-example-"));
const guard = await createGuard({ folder });
const token = readFileSync(join(folder, ".proctor/agent.token"), "utf8").trim();

// In a server: Bun.serve({ fetch: guard.fetch }), Deno.serve(guard.fetch), app.mount("/guard", guard.fetch).
const call = (path, init) =>
  guard.fetch(
    new Request(`http://127.0.0.1${path}`, {
      ...init,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    }),
  );

const written = await call("/t/example/v1/tools/write_file", {
  method: "POST",
  body: JSON.stringify({ arguments: { path: "hello.txt", content: "hello" } }),
});
console.log(written.status, (await written.json()).trajectory);
console.log(readFileSync(join(folder, "workspace/hello.txt"), "utf8"));
console.log((await guard.fetch(new Request("http://127.0.0.1/v1/tools"))).status);
console.log((await guard.adminFetch(new Request("http://127.0.0.1/readyz"))).status);

await guard.close();
rmSync(folder, { recursive: true });

// prints: 200 default/example
// prints: hello
// prints: 401
// prints: 200
