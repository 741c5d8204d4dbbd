// A REST tool API that does nothing, what its routes are in the config of a guard, and a policy for it.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** What is in `keep` stays; all else that is not doubtful is allowed. */
export const keepPolicy = `
version: 1
defaults: { read: allow, list: allow, write: allow, truncate: allow, delete: allow, move: allow,
  permission: allow, execute: allow, connect: allow, privilege: ask, discard: ask, unknown: ask }
rules:
  - id: keep
    verdict: deny
    reason: What is in keep/ stays there. Archive it instead.
    match: { effect: delete, path: "\${workspace}/keep/**" }
    examples:
      match: [{ effect: delete, path: "\${workspace}/keep/a" }]
      not: [{ effect: delete, path: "\${workspace}/a" }]
`;

/** Listens until the end of the test; `upstream` is what a config says of it. */
export async function startToolApi() {
  const server = createServer((request, response) => {
    request.resume().on("end", () => response.end("{}"));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const upstream = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cwd: "/srv",
    routes: {
      "GET /files/{path}": "read",
      "DELETE /files/{path}": "remove",
      "PUT /archive/{path}": "archive",
      "PUT /modes/{path}": "set_mode",
      "PUT /owners/{path}": "set_owner",
      "POST /odd": "odd",
    },
    tools: {
      read: { read: "$.path" },
      remove: { delete: "$.path" },
      archive: { write: "$.path" },
      set_mode: { permission: { path: "$.path", family: "chmod", change: "$.mode" } },
      set_owner: { permission: { path: "$.path", family: "chown", change: "$.owner" } },
    },
  };
  return { upstream, close: () => server.close() };
}
