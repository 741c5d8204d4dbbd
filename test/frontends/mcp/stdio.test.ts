// Servers over stdio: one child per session, started again unseen, and none that is left behind.

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createMcpUpstream } from "../../../src/upstream/mcp/index.ts";
import { mcpUpstreamSchema } from "../../../src/upstream/mcp/schema.ts";
import type { McpUpstream } from "../../../src/upstream/upstream.ts";
import { stopTimers } from "../../timers.ts";
import { type Door, openDoor, openSession, request } from "./door.ts";

/**
 * A server in a few lines of sh: quick to start, with a child of its own, and deaf to SIGTERM. It
 * answers whatever has an id with its process id; `crash` ends it, of `hang` it tells but has no
 * answer. One that is `mute` says nothing.
 */
const script = `
trap '' TERM
sleep "$1" &
while read -r line; do
  [ "$2" = mute ] && continue
  [ "$2" = forgetful ] && case $line in *'"proctor-initialize"'*) continue ;; esac
  id=\${line#*'"id":'}; id=\${id%%[,\\}]*}
  case $line in
    *'"method":"notifications/'*) ;;
    *'"method":"crash"'*) exit 3 ;;
    *'"method":"hang"'*) printf '{"jsonrpc":"2.0","method":"notifications/message","params":{}}\\n' ;;
    *'"method":"ignore"'*) ;;
    *'"method":"server/discover"'*)
      printf '{"jsonrpc":"2.0","id":%s,"error":{"code":-32601,"message":"no"}}\\n' "$id" ;;
    *'"method":"noisy"'*)
      printf 'not a message\\n{"jsonrpc":"2.0","method":"notifications/message","params":{}}\\n'
      printf '{"jsonrpc":"2.0","id":%s,"result":{}}\\n' "$id" ;;
    *) printf '{"jsonrpc":"2.0","id":%s,"result":{"pid":%s}}\\n' "$id" $$ ;;
  esac
done
[ "$2" = polite ] && exit 0
# Deaf to the end of its input as well.
while :; do sleep 1; done
`;

const path = "/t/t/mcp/child";
const hasProc = existsSync("/proc/self/cmdline");
let marks = 7_000_000 + (process.pid % 100_000) * 100;

/** Of those that bear the mark the servers themselves, and not what they started. */
function serversOf(mark: string): string[] {
  return processesOf(mark).filter((pid) => parentOf(pid) === process.pid);
}

function parentOf(pid: string): number {
  try {
    return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
  } catch {
    return Number.NaN;
  }
}

/** Processes that bear the mark: the servers and what they started. */
function processesOf(mark: string): string[] {
  return readdirSync("/proc").filter((pid) => {
    if (!/^[0-9]+$/.test(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").includes(mark);
    } catch {
      return false;
    }
  });
}

setFlagsFromString("--expose-gc");
const collect: unknown = runInNewContext("gc");

/** What is left when everything that can go has gone. */
function heapBytes(): number {
  for (let round = 0; round < 4 && typeof collect === "function"; round += 1) collect();
  return process.memoryUsage().heapUsed;
}

describe.skipIf(!hasProc)("a server over stdio", () => {
  let door: Door;
  let upstream: McpUpstream;
  let mark: string;
  let now = 0;
  afterEach(async () => {
    vi.useRealTimers();
    await door.close();
    await upstream.close();
    // What was killed is gone when the kernel has come to it.
    await expect.poll(() => processesOf(mark)).toEqual([]);
  });

  async function open(more: object = {}, manners = "rude") {
    mark = String(++marks);
    const config = mcpUpstreamSchema.parse({
      command: "/bin/sh",
      args: ["-c", script, "server", mark, manners],
      ...more,
    });
    const world = { nowMs: () => now, env: { PATH: process.env.PATH } };
    upstream = createMcpUpstream("child", config, world);
    door = await openDoor({ parts: { servers: [upstream] } });
  }
  const pidOf = async (session: Record<string, string>) =>
    (await door.post(path, request(9, "ping"), session)).json.result?.pid;

  it("has a child for each session, and ends it on DELETE with all that it started", async () => {
    await open();
    const [one, two] = [await openSession(door, path), await openSession(door, path)];
    const pids = [await pidOf(one), await pidOf(two)];
    expect(new Set(pids).size).toBe(2);
    expect((await door.send("DELETE", path, one)).status).toBe(204);
    // What was killed is gone when the kernel has come to it.
    await expect.poll(() => processesOf(mark)).not.toContain(String(pids[0]));
    expect(await pidOf(two)).toBe(pids[1]);
    expect((await door.post(path, request(1, "ping"), one)).status).toBe(404);
  });

  it("that crashes is an answer in time, and is started again unseen", async () => {
    await open();
    const session = await openSession(door, path);
    const before = await pidOf(session);
    const { status, json } = await door.post(path, request(2, "crash"), session);
    expect([status, json.error?.message]).toEqual([502, expect.stringContaining("ended (3)")]);
    const after = await pidOf(session);
    expect(after).toEqual(expect.any(Number));
    expect(after).not.toBe(before);
  });

  it("that does not start is an answer of the protocol", async () => {
    await open({ command: "/nonexistent/server" });
    const { status, json } = await door.post(path, request(0, "initialize"));
    expect([status, json.error?.message]).toEqual([502, expect.stringContaining("not start")]);
  });

  it("that hangs is answered in time", async () => {
    await open();
    const session = await openSession(door, path);
    const clock = stopTimers();
    let status: number | undefined;
    void door.post(path, request(2, "ignore"), session).then((answer) => (status = answer.status));
    await clock.until(() => status !== undefined, 60_000);
    expect(status).toBe(504);
  });

  it("that says nothing when it is started again: a call is answered in time, and the child rests", async () => {
    await open({ callTimeoutMs: 100, answerTimeoutMs: 60_000, idleMs: 20 }, "forgetful");
    const session = await openSession(door, path);
    await door.post(path, request(2, "crash"), session);
    const call = request(3, "tools/call", { name: "read", arguments: {} });
    const { json } = await door.post(path, call, session);
    expect(json.result).toMatchObject({ isError: true });
    expect(await door.rig.records()).toContainEqual(
      expect.objectContaining({ outcome: expect.objectContaining({ code: "upstream_timeout" }) }),
    );
    await expect.poll(later).toEqual([]);
  });

  it("is told nothing of noise; what comes before an answer comes as a stream", async () => {
    await open();
    const session = await openSession(door, path);
    const { messages } = await door.post(path, request(2, "noisy"), session);
    expect(messages.map(({ method, id }) => method ?? id)).toEqual(["notifications/message", 2]);
  });

  it("that does not know the protocol without sessions says so as HTTP does", async () => {
    await open();
    const { status, json } = await door.post(path, request(1, "server/discover"));
    expect([status, json.error?.code]).toEqual([404, -32601]);
  });

  it("rests when it is idle, though somebody listens", async () => {
    await open({ idleMs: 20 });
    const session = await openSession(door, path);
    const before = await pidOf(session);
    const gone = new AbortController();
    const listening = door.send("GET", path, session, undefined, gone.signal).catch(() => "gone");
    now += 1_000;
    await expect.poll(() => processesOf(mark)).toEqual([]);
    expect(await pidOf(session)).not.toBe(before);
    gone.abort();
    expect(await listening).toBe("gone");
  });

  /** How a client leaves. */
  const manners: readonly ((session: Record<string, string>) => Promise<unknown>)[] = [
    // In order.
    (session) => door.send("DELETE", path, session),
    // Without a word.
    async () => {},
    // Killed, in the middle of a call and while it listens.
    async function killed(session) {
      const gone = new AbortController();
      const hang = JSON.stringify(request(2, "hang"));
      const headers = { ...session, "content-type": "application/json" };
      const left = [
        door.send("GET", path, session, undefined, gone.signal),
        door.send("POST", path, headers, hang, gone.signal),
      ];
      await door.post(path, request(3, "ping"), session);
      gone.abort();
      await Promise.allSettled(left);
    },
    // Back again, when its child has gone to rest.
    async function reconnects(session) {
      now += 1_000;
      await pidOf(session);
    },
  ];

  /** What a client that was killed had sent may be served after it. */
  function later(): string[] {
    now += 1_000;
    return processesOf(mark);
  }

  async function comeAndGo(clients: number): Promise<number> {
    let most = 0;
    for (let first = 0; first < clients; first += manners.length) {
      await Promise.all(manners.map(async (leave) => leave(await openSession(door, path))));
      now += 1_000;
      most = Math.max(most, serversOf(mark).length);
    }
    return most;
  }

  it("leaves no child when hundreds of clients come, vanish, are killed, come again", async () => {
    await open({ idleMs: 20, maxChildren: 8 }, "polite");
    const most = await comeAndGo(200);
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(8);
    await expect.poll(later).toEqual([]);
  });

  it("leaves no child to a client whose initialize came to nothing", async () => {
    await open({ answerTimeoutMs: 100, idleMs: 7 * 24 * 3_600_000 }, "mute");
    const { status } = await door.post(path, request(0, "initialize"));
    expect(status).toBe(504);
    await expect.poll(() => processesOf(mark)).toEqual([]);
  });

  it("would leave them without the reaper: what the test before looks at can be seen", async () => {
    await open({ maxLifetimeMs: 7 * 24 * 3_600_000, idleMs: 7 * 24 * 3_600_000 }, "polite");
    await comeAndGo(12);
    // Three of four do not say that they leave.
    await expect.poll(() => serversOf(mark).length).toBe(9);
  });

  it("keeps little of a client that vanished", async () => {
    await open({ idleMs: 20, maxChildren: 8 }, "polite");
    const vanish = async (clients: number) => {
      for (let each = 0; each < clients; each += 4) {
        await Promise.all([1, 2, 3, 4].map(() => openSession(door, path)));
        now += 1_000;
      }
      await expect.poll(later).toEqual([]);
      return heapBytes();
    };
    await vanish(40);
    const before = await vanish(40);
    const after = await vanish(120);
    // A session can be taken up again, so something is kept: the client's `initialize`.
    expect((after - before) / 120).toBeLessThan(16 * 1024);
  });

  it("refuses to be more than it may be, when all are busy", async () => {
    await open({ maxChildren: 1 });
    const session = await openSession(door, path);
    // The server has told of it.
    const hanging = await door.begin(path, request(2, "hang"), session);
    const second = await door.post(path, request(0, "initialize"));
    expect(second.status).toBe(503);
    await hanging.body?.cancel();
  });
});

describe.skipIf(!hasProc)("proctor killed", () => {
  it("leaves no server behind, not even one that is deaf", async () => {
    const mark = String(++marks);
    const source = `
      import { createWatchdog } from ${JSON.stringify(resolve(import.meta.dirname, "../../../dist/src/upstream/mcp/watchdog.js"))};
      import { startChild } from ${JSON.stringify(resolve(import.meta.dirname, "../../../dist/src/upstream/mcp/child.js"))};
      startChild({ command: "/bin/sh", args: ["-c", ${JSON.stringify(script)}, "server", "${mark}"],
        env: { PATH: process.env.PATH }, maxMessageBytes: 1000, watchdog: createWatchdog(),
        onMessage() {}, onEnd() {} });
      setInterval(() => {}, 1000);`;
    const folder = mkdtempSync(join(tmpdir(), "proctor-stdio-"));
    writeFileSync(join(folder, "guard.mjs"), source);
    const guard = spawn(process.execPath, [join(folder, "guard.mjs")], { stdio: "ignore" });
    try {
      await expect.poll(() => processesOf(mark).length).toBe(2);
      guard.kill("SIGKILL");
      await expect.poll(() => processesOf(mark)).toEqual([]);
    } finally {
      guard.kill("SIGKILL");
      rmSync(folder, { recursive: true });
    }
  });
});

describe("the reference filesystem server behind the guard", () => {
  it("lists and reads for the official client, over stdio", async () => {
    const folder = mkdtempSync(join(tmpdir(), "proctor-fs-"));
    writeFileSync(join(folder, "a.txt"), "hello");
    const server = resolve(
      import.meta.dirname,
      "../../../node_modules/@modelcontextprotocol/server-filesystem/dist/index.js",
    );
    const config = { command: process.execPath, args: [server, folder], withholdRoots: true };
    const world = { nowMs: () => 0, env: {} };
    const upstream = createMcpUpstream("files", mcpUpstreamSchema.parse(config), world);
    const door = await openDoor({
      parts: { servers: [upstream] },
      decide: ({ call }) => (call.tool === "move_file" ? "deny" : "allow"),
    });
    const client = new Client(
      { name: "test", version: "0" },
      { capabilities: { roots: { listChanged: true } } },
    );
    const requestInit = { headers: { authorization: "Bearer a" } };
    try {
      const url = new URL(`${door.origin}/t/t/mcp/files`);
      await client.connect(new StreamableHTTPClientTransport(url, { requestInit }));
      const names = (await client.listTools()).tools.map(({ name }) => name);
      expect(names).toContain("write_file");
      const read = await client.callTool({
        name: "read_text_file",
        arguments: { path: join(folder, "a.txt") },
      });
      expect(read.structuredContent).toEqual({ content: "hello" });
      const moved = await client.callTool({
        name: "move_file",
        arguments: { source: join(folder, "a.txt"), destination: join(folder, "b.txt") },
      });
      expect(moved.isError).toBe(true);
      expect(readdirSync(folder)).toEqual(["a.txt"]);
    } finally {
      await client.close();
      await door.close();
      await upstream.close();
      rmSync(folder, { recursive: true });
    }
  });
});
