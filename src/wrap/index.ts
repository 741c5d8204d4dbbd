// proctor mcp: an MCP server with the guard before it, on standard input and output.

import { constants, homedir } from "node:os";
import { resolve } from "node:path";
import type { Writable } from "node:stream";
import type { ExecutionContext } from "../core/call.ts";
import { systemClock } from "../core/clock.ts";
import { deferred } from "../core/deferred.ts";
import { messageOf } from "../core/errors.ts";
import { newId } from "../core/ids.ts";
import { createLines } from "../core/lines.ts";
import { createStdioDoor, type StdioDoor } from "../frontends/stdio/door.ts";
import type { Naming } from "../gateway.ts";
import type { ChildExit } from "../upstream/mcp/child.ts";
import { createLazyJudge, type LazyJudge } from "./judge.ts";
import { help, type WrapOptions, wrapOptions } from "./options.ts";
import type { OwnGuard } from "./own-guard.ts";
import { connectTo, type Peer, type PeerEvents, startProgram } from "./peers.ts";

/** What the process is started with. */
export interface WrapWorld {
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: Writable;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly process: {
    /** Of the parent, as it is now. */
    readonly ppid: number;
    on(signal: Signal, heard: () => void): unknown;
  };
}

const limits = { maxLength: 8 * 1024 * 1024, maxDepth: 64 } as const;
const callTimeoutMs = 10 * 60_000;
/** How often is looked whether the agent lives. */
const parentEveryMs = 500;
/** Calls that were read before the end of the input get this long to be judged. */
const judgeGraceMs = 10_000;
/** Nothing passed for this long: the time to get ready for calls. */
const quietMs = 100;

type Signal = "SIGINT" | "SIGTERM" | "SIGHUP";
const signals: readonly Signal[] = ["SIGINT", "SIGTERM", "SIGHUP"];

/** Why it ends. */
type End =
  | { readonly kind: "server" }
  | { readonly kind: "input"; readonly why: string }
  | { readonly kind: "signal"; readonly signal: Signal };

/** Resolves with the exit code. */
export async function wrapServer(argv: readonly string[], world: WrapWorld): Promise<number> {
  let options: WrapOptions | undefined;
  try {
    options = wrapOptions(argv, world.env);
  } catch (thrown) {
    world.stderr.write(
      `proctor mcp: ${messageOf(thrown)}\nproctor mcp --help lists what it takes.\n`,
    );
    return 2;
  }
  if (options === undefined) {
    world.stdout.write(help);
    return 0;
  }
  return run(options, world);
}

async function run(options: WrapOptions, world: WrapWorld): Promise<number> {
  const { judge, endTrajectory } = judgeFor(options, world);
  const naming = namingFor(options);
  const end = deferred<End>();
  let exit: ChildExit | undefined;
  const peer = peerFor(options, world, {
    onMessage(message, text) {
      door.fromServer(message, text);
      quiet.again();
    },
    onFailure: (id, error) => door.failed(id, error),
    onEnd(error, how) {
      exit = how;
      door.serverEnded(error);
      end.resolve({ kind: "server" });
    },
  });
  const door: StdioDoor = createStdioDoor({
    judge,
    agent: options.agent ?? "",
    naming,
    session: newId(systemClock.nowMs()),
    server: serverOf(options, world),
    limits,
    toServer: peer.send,
    toClient: (text) => void world.stdout.write(`${text}\n`),
  });
  // A probe that asks who is there and goes away needs no guard.
  const quiet = whenQuiet(judge.begin);
  listenTo(world, door, end.resolve);

  const how = await end.promise;
  quiet.stop();
  await wound(how, door, peer);
  await door.settled();
  if (naming.identifiedBy !== "explicit") await endTrajectory(naming.name);
  await judge.close();
  return codeOf(how, exit);
}

/** What the client writes, and what says that it is gone. */
function listenTo(world: WrapWorld, door: StdioDoor, finish: (end: End) => void): void {
  const { stdin, stdout, process } = world;
  const take = createLines({
    maxLength: limits.maxLength,
    onLine: door.fromClient,
    onTooLong: () => finish({ kind: "input", why: "a message without end" }),
  });
  stdin.setEncoding("utf8");
  stdin.on("data", take);
  stdin.on("end", () => finish({ kind: "input", why: "the client closed its end" }));
  stdin.on("error", (error) => finish({ kind: "input", why: messageOf(error) }));
  stdout.on("error", (error) => finish({ kind: "input", why: messageOf(error) }));
  for (const signal of signals) process.on(signal, () => finish({ kind: "signal", signal }));
  // The end of the input does not come where somebody else has inherited its other end.
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) finish({ kind: "signal", signal: "SIGHUP" });
  }, parentEveryMs).unref();
}

/** Brings the server to its end, and what is under way to an outcome. */
async function wound(end: End, door: StdioDoor, peer: Peer): Promise<void> {
  switch (end.kind) {
    case "server":
      return;
    case "input": {
      const timer = setTimeout(() => door.abort(end.why), judgeGraceMs);
      await door.passed();
      clearTimeout(timer);
      return peer.close();
    }
    case "signal":
      door.abort(`the wrapper got ${end.signal}`);
      peer.signal(end.signal);
      return peer.close();
  }
}

/** The server's own, where it had the chance to give one. */
function codeOf(end: End, exit: ChildExit | undefined): number {
  if (exit?.code !== undefined && exit.code !== null) return exit.code;
  switch (end.kind) {
    case "server":
      return exit?.signal ? 128 + constants.signals[exit.signal] : 1;
    case "input":
      return 0;
    case "signal":
      return 128 + constants.signals[end.signal];
  }
}

function judgeFor(
  options: WrapOptions,
  world: WrapWorld,
): { judge: LazyJudge; endTrajectory: (name: string) => Promise<void> } {
  let guard: OwnGuard | undefined;
  const judge = createLazyJudge({
    async open() {
      if (options.guard !== undefined) {
        const { createRemoteJudge } = await import("./remote-judge.ts");
        const { agent } = options;
        return createRemoteJudge({ server: options.guard, ...(agent && { agent }) }, world);
      }
      const { openOwnGuard } = await import("./own-guard.ts");
      guard = await openOwnGuard(options, world);
      return guard;
    },
    dangerouslyFailOpen: options.dangerouslyFailOpen,
    warn: (text) => world.stderr.write(`proctor mcp: ${text}\n`),
  });
  return { judge, endTrajectory: async (name) => guard?.end(name) };
}

/** One for the process, unless it was named. The door says when it is a session of the protocol. */
function namingFor({ trajectory }: WrapOptions): Naming {
  if (trajectory !== undefined) return { name: trajectory, identifiedBy: "explicit" };
  return { name: `mcp-${newId(systemClock.nowMs())}`, identifiedBy: "connection" };
}

function peerFor({ server }: WrapOptions, { env }: WrapWorld, events: PeerEvents): Peer {
  if ("url" in server) return connectTo(server.url, server.headers, events);
  // proctor's own credentials end here.
  const passed = Object.entries(env).flatMap(([name, value]) =>
    value === undefined || name === "PROCTOR_TOKEN" ? [] : [[name, value] as const],
  );
  return startProgram({ ...server, env: Object.fromEntries(passed) }, events);
}

function serverOf(options: WrapOptions, { cwd }: WrapWorld) {
  const { name, server, withholdRoots, hideDenied } = options;
  const common = { shell: "persistent", environment: "inherited" } as const;
  const context: ExecutionContext =
    "url" in server
      ? { ...common, filesystem: "remote" }
      : { ...common, filesystem: "ours", home: homedir(), ...cwdOf(options, cwd) };
  return { name, context, withholdRoots, hideDenied, callTimeoutMs };
}

/** The reference filesystem server (2026.8.31) takes relative paths from the first of its folders. */
function cwdOf({ catalogue, folder, withholdRoots }: WrapOptions, cwd: string) {
  if (catalogue !== "filesystem") return { cwd };
  return withholdRoots && folder !== undefined ? { cwd: resolve(cwd, folder) } : {};
}

/** Runs `work` once, when `again` was not called for a while. */
function whenQuiet(work: () => void) {
  let hasFired = false;
  const timer = setTimeout(() => {
    hasFired = true;
    work();
  }, quietMs);
  return {
    again: () => void (hasFired || timer.refresh()),
    stop: () => clearTimeout(timer),
  };
}
