// What becomes of a call when a server over stdio misbehaves: the client is answered in its protocol and
// in time, the record says what is known, and the session goes on.

import { afterEach, describe, expect, it } from "vitest";
import { createMcpUpstream } from "../../../src/upstream/mcp/index.ts";
import { mcpUpstreamSchema } from "../../../src/upstream/mcp/schema.ts";
import type { McpUpstream } from "../../../src/upstream/upstream.ts";
import { type Door, openDoor, openSession, request } from "./door.ts";
import { expectGolden } from "./golden.ts";

const result = '{"jsonrpc":"2.0","id":1,"result":{"content":[]}}';
const path = "/t/t/mcp/faulty";

/** What the server does with the call of id 1, in sh. What comes of it stands in the golden file. */
const faults: readonly [string, string][] = [
  ["dies before the answer", "exit 3"],
  ["is killed before the answer", "kill -9 $$"],
  ["dies within the answer", `printf '{"jsonrpc":"2.0","id":1,'; exit 3`],
  ["dies after the answer", `echo '${result}'; exit 3`],
  ["dies after it has begun to tell of it", `echo '{"jsonrpc":"2.0","method":"x"}'; exit 3`],
  ["hangs", "sleep 60"],
  ["closes its output", "exec 1>&-; sleep 60"],
  ["sends what is no JSON", "echo nonsense; sleep 60"],
  ["sends a result that is too large", "head -c 200000 /dev/zero | tr '\\0' x; sleep 60"],
  ["floods with messages", `yes '{"jsonrpc":"2.0","method":"notifications/message","params":{}}'`],
  ["answers another id", `echo '{"jsonrpc":"2.0","id":2,"result":{}}'; sleep 60`],
  ["answers twice: the first counts", `echo '${result}'; echo '${result.replace("[]", "[2]")}'`],
  [
    "answers with an error of the protocol",
    `echo '{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"m"}}'`,
  ],
  ["answers in a batch", `echo '[${result}]'`],
];

const script = (fault: string) => `
while read -r line; do
  case $line in
    *'"method":"tools/call"'*) ${fault} ;;
    *'"method":"notifications/'*) ;;
    *) id=\${line#*'"id":'}; id=\${id%%[,\\}]*}
       printf '{"jsonrpc":"2.0","id":%s,"result":{}}\\n' "$id" ;;
  esac
done`;

describe("a server over stdio that misbehaves", () => {
  let door: Door;
  let upstream: McpUpstream;
  afterEach(async () => {
    await door.close();
    await upstream.close();
  });

  it.each(faults)("%s", async (what, fault) => {
    const config = mcpUpstreamSchema.parse({
      command: "/bin/sh",
      args: ["-c", script(fault)],
      callTimeoutMs: 1_500,
      maxMessageBytes: 65_536,
    });
    const world = { nowMs: () => 0, env: { PATH: process.env.PATH } };
    upstream = createMcpUpstream("faulty", config, world);
    door = await openDoor({ parts: { servers: [upstream] } });
    const session = await openSession(door, path);
    const call = request(1, "tools/call", { name: "write", arguments: { path: "/w/x" } });
    const answer = await door.post(path, call, session);
    const outcomes = (await door.rig.records()).flatMap((record) =>
      record.type === "outcome" ? [record.outcome] : [],
    );
    // How much of a flood was passed on is chance.
    const text = answer.text.replace(/^(?:event: message\ndata: \{.*?"params":\{\}\}\n\n)+/s, "");
    expectGolden(`over stdio: ${what}`, { ...answer, text }, outcomes);
    // One that hangs or floods has no ear for anything else.
    if (/sleep|yes/.test(fault)) return;
    expect((await door.post(path, request(7, "ping"), session)).json.id).toBe(7);
  });
});
