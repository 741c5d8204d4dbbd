// What becomes of a call when a server over stdio misbehaves: the client is answered in its protocol and
// in time, the record says what is known, and the session goes on.

import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createMcpUpstream } from "../../../src/upstream/mcp/index.ts";
import { mcpUpstreamSchema } from "../../../src/upstream/mcp/schema.ts";
import type { McpUpstream } from "../../../src/upstream/upstream.ts";
import { stopTimers } from "../../timers.ts";
import { type Door, openDoor, openSession, type Reply, replyOf, request } from "./door.ts";
import { expectGolden } from "./golden.ts";

const result = '{"jsonrpc":"2.0","id":1,"result":{"content":[]}}';
const path = "/t/t/mcp/faulty";
/** Long after the test has failed. */
const never = 3_600_000;

const told = '{"jsonrpc":"2.0","method":"notifications/message","params":{}}';

/** What the server does with the call of id 1, in sh. What comes of it stands in the golden file. */
const faults: readonly [string, string][] = [
  ["dies before the answer", "exit 3"],
  ["is killed before the answer", "kill -9 $$"],
  ["dies within the answer", `printf '{"jsonrpc":"2.0","id":1,'; exit 3`],
  ["dies after the answer", `echo '${result}'; exit 3`],
  ["dies after it has begun to tell of it", `echo '{"jsonrpc":"2.0","method":"x"}'; exit 3`],
  ["sends a result that is too large", "head -c 200000 /dev/zero | tr '\\0' x; sleep 60"],
  ["answers twice: the first counts", `echo '${result}'; echo '${result.replace("[]", "[2]")}'`],
  [
    "answers with an error of the protocol",
    `echo '{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"m"}}'`,
  ],
  ["answers in a batch", `echo '[${result}]'`],
];

/** Nothing but the time limit ends these, so it can be short however slow the machine is. */
const silences: readonly [string, string][] = [
  ["hangs", "sleep 60"],
  ["closes its output", "exec 1>&-; sleep 60"],
  ["sends what is no JSON", "echo nonsense; sleep 60"],
  ["answers another id", `echo '{"jsonrpc":"2.0","id":2,"result":{}}'; sleep 60`],
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
    vi.useRealTimers();
    await door.close();
    await upstream.close();
  });

  async function open(fault: string, callTimeoutMs: number) {
    const config = mcpUpstreamSchema.parse({
      command: "/bin/sh",
      args: ["-c", script(fault)],
      callTimeoutMs,
      maxMessageBytes: 65_536,
    });
    const world = { nowMs: () => 0, env: { PATH: process.env.PATH } };
    upstream = createMcpUpstream("faulty", config, world);
    door = await openDoor({ parts: { servers: [upstream] } });
    return openSession(door, path);
  }
  const outcomes = async () =>
    (await door.rig.records()).flatMap((record) =>
      record.type === "outcome" ? [record.outcome] : [],
    );
  const call = request(1, "tools/call", { name: "write", arguments: { path: "/w/x" } });

  it.each(faults)("%s", async (what, fault) => {
    const session = await open(fault, never);
    expectGolden(`over stdio: ${what}`, await door.post(path, call, session), await outcomes());
    expect((await door.post(path, request(7, "ping"), session)).json.id).toBe(7);
  });

  it.each(silences)("%s", async (what, fault) => {
    const session = await open(fault, 300);
    expectGolden(`over stdio: ${what}`, await door.post(path, call, session), await outcomes());
  });

  /** What it told before it was given up is passed on; how much that is, is chance. */
  const toldUntil = /^(?:event: message\ndata: \{.*?"method":"notifications\/message".*?\}\n\n)+/s;
  async function lastWord(response: Response): Promise<Reply> {
    const reply = await replyOf(response);
    return { ...reply, text: reply.text.replace(toldUntil, "") };
  }

  it("floods with messages while the client takes none: their number ends it, not the time", async () => {
    const folder = mkdtempSync(join(tmpdir(), "proctor-flood-"));
    const flooded = join(folder, "flooded");
    try {
      // 40 MB: more than sockets take that nobody reads from, and then more messages than may wait.
      const long = told.replace("{}", `{"data":"${"x".repeat(1_000)}"}`);
      const session = await open(`yes '${long}' | head -n 40000; : >${flooded}; sleep 60`, never);
      const response = await door.begin(path, call, session);
      await expect.poll(() => existsSync(flooded)).toBe(true);
      const answer = await lastWord(response);
      expectGolden("over stdio: floods with messages", answer, await outcomes());
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("tells on and on: the time ends it, not the number of messages", async () => {
    const callTimeoutMs = 600_000;
    const session = await open(`while :; do echo '${told}'; sleep 0.05; done`, callTimeoutMs);
    const clock = stopTimers();
    const response = await door.begin(path, call, session);
    // The stream has begun.
    const word = lastWord(response);
    await clock.pass(callTimeoutMs - 1);
    expect(await outcomes()).toEqual([]);
    await clock.pass(1);
    expectGolden("over stdio: tells on and on", await word, await outcomes());
  });
});
