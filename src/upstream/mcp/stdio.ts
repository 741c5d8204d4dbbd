// A server over stdio, as if it spoke Streamable HTTP: sessions, each with a child of its own.

import { ProctorError } from "../../core/errors.ts";
import { newSecret } from "../../core/ids.ts";
import { inTime } from "../../core/in-time.ts";
import { isJsonObject, type JsonObject } from "../../core/json.ts";
import type { McpMessage, McpRequest, McpResponse } from "../upstream.ts";
import { startChild } from "./child.ts";
import type { McpUpstreamConfig } from "./schema.ts";
import { Session } from "./session.ts";
import type { Said, Sink } from "./sink.ts";
import { createWatchdog } from "./watchdog.ts";

export interface StdioWorld {
  readonly nowMs: () => number;
  /** Of proctor's process; only what names its place in the world goes on. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What is remembered of sessions whose child rests; the one unused for longest is forgotten. */
const maxSessions = 4_096;
const inherited = ["PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "TERM", "TMPDIR"];

export function createStdioLink(command: string, config: McpUpstreamConfig, world: StdioWorld) {
  const watchdog = createWatchdog();
  // In the order of their last use; those without a session of the protocol by who shares them.
  const sessions = new Map<string, Session>();
  const closing = new Set<Promise<void>>();
  let alive = 0;
  const env = environment(config, world);
  const { args, cwd, maxMessageBytes, maxChildren, idleMs, maxLifetimeMs } = config;
  const reaper = setInterval(reap, Math.min(idleMs / 2, 30_000));
  reaper.unref();

  function after(work: Promise<void>): void {
    closing.add(work);
    work.finally(() => closing.delete(work));
  }

  /** Streams that only listen, and may be half open, keep no child alive. */
  function reap(): void {
    const now = world.nowMs();
    for (const [key, session] of sessions) {
      const isIdle = now - session.usedAtMs >= idleMs || now - session.startedAtMs >= maxLifetimeMs;
      // A session whose child rests can be taken up again, but not for ever.
      if (!session.isRunning && now - session.usedAtMs >= maxLifetimeMs) sessions.delete(key);
      if (!session.isRunning || session.isBusy || !isIdle) continue;
      after(session.rest());
      if (key.startsWith(shared)) sessions.delete(key);
    }
  }

  /** Only what is forgotten is ended; a session that is under way stays. */
  function forgetOldest(): void {
    for (const [key, session] of sessions) {
      if (sessions.size < maxSessions) return;
      if (session.isBusy) continue;
      sessions.delete(key);
      after(session.end());
    }
  }

  /** Children that are being ended count as well: theirs is the memory that the limit is about. */
  async function begin(session: Session, opens: boolean): Promise<void> {
    while (!session.isRunning && alive >= maxChildren) {
      if (closing.size === 0) after(idlest().rest());
      await Promise.race(closing);
    }
    return session.begin(world.nowMs(), opens);
  }

  function idlest(): Session {
    for (const session of sessions.values()) {
      if (session.isRunning && !session.isBusy) return session;
    }
    throw new ProctorError("overloaded", `${alive} servers are running, all busy`);
  }

  const start: ConstructorParameters<typeof Session>[0] = function startOne(events) {
    alive += 1;
    return startChild({
      command,
      args,
      cwd,
      env,
      maxMessageBytes,
      watchdog,
      onMessage: events.onMessage,
      onEnd(error) {
        alive -= 1;
        events.onEnd(error);
      },
    });
  };

  function create(key: string, initialize: JsonObject | undefined): Session {
    forgetOldest();
    const session = new Session(start, initialize, world.nowMs());
    sessions.set(key, session);
    return session;
  }

  function use(key: string, session: Session): Session {
    session.usedAtMs = world.nowMs();
    sessions.delete(key);
    sessions.set(key, session);
    return session;
  }

  async function post(request: McpRequest, signal: AbortSignal): Promise<McpResponse> {
    const { message, text } = request.body ?? { message: null, text: "" };
    if (!isJsonObject(message)) throw new ProctorError("invalid_request", "not a message");
    const opens = message.method === "initialize";
    const key = opens ? newSecret("mcp-") : (sessionIn(request) ?? shared + request.client);
    const known = sessions.get(key);
    if (known === undefined && !opens && sessionIn(request) !== undefined) return lost(message);
    const session = use(key, known ?? create(key, opens ? message : undefined));
    const { answerTimeoutMs: timeoutMs } = request;
    const began = world.nowMs();
    if (!session.isReady) {
      const ready = begin(session, opens);
      try {
        // A child that nobody waits for any more is still the session's, but of one that opens, nobody's.
        await session.holding(opens ? ready : inTime(ready, { timeoutMs, signal, late }));
      } catch (error) {
        if (opens) sessions.delete(key);
        throw error;
      }
    }
    const spentMs = Math.max(0, world.nowMs() - began);
    const { id, method } = message;
    if (method === undefined || (typeof id !== "string" && typeof id !== "number")) {
      session.tell(text);
      return response(202, {});
    }
    const sink = session.ask(id, message, text);
    const stop = () => sink.fail(new ProctorError("upstream_failed", "given up"));
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
    const limit = setTimeout(() => sink.fail(late(timeoutMs)), timeoutMs - spentMs);
    try {
      const first = await sink.next();
      if (first === undefined) throw new ProctorError("upstream_failed", "the session ended");
      session.usedAtMs = world.nowMs();
      const headers = opens ? { "mcp-session-id": key } : undefined;
      return answer(first, id, headers, sink, () => session.drop(id));
    } catch (error) {
      session.drop(id);
      if (opens) {
        // Nobody has its name, so nobody can end it.
        sessions.delete(key);
        after(session.end());
      }
      signal.throwIfAborted();
      throw error;
    } finally {
      clearTimeout(limit);
    }
  }

  function get(request: McpRequest, signal: AbortSignal): McpResponse {
    const key = sessionIn(request);
    if (key === undefined) return response(405, { allow: "POST" });
    const session = sessions.get(key);
    if (session === undefined) return lost({});
    const sink = session.listen();
    signal.addEventListener("abort", () => sink.end(), { once: true });
    const all = events(undefined, sink, () => session.unlisten(sink));
    return streamed(all, sink);
  }

  async function end(request: McpRequest): Promise<McpResponse> {
    const key = sessionIn(request) ?? "";
    const session = sessions.get(key);
    if (session === undefined) return lost({});
    sessions.delete(key);
    await session.end();
    return response(204, {});
  }

  return {
    async send(request: McpRequest, signal: AbortSignal): Promise<McpResponse> {
      switch (request.method) {
        case "POST":
          return post(request, signal);
        case "GET":
          return get(request, signal);
        case "DELETE":
          return end(request);
      }
    },
    async close() {
      clearInterval(reaper);
      await Promise.all([...sessions.values()].map((session) => session.end()));
      sessions.clear();
      await Promise.all(closing);
      watchdog.close();
    },
  };
}

const shared = "shared ";
const stream = { "content-type": "text/event-stream" };
const whole = { "content-type": "application/json" };

function sessionIn({ headers }: McpRequest): string | undefined {
  const session = headers["mcp-session-id"];
  return typeof session === "string" && session !== "" ? session : undefined;
}

/** One message is a body; more are a stream. */
function answer(
  first: Said,
  id: string | number,
  headers: Readonly<Record<string, string>> | undefined,
  sink: Sink,
  drop: () => void,
): McpResponse {
  const { message } = first;
  if (message.method !== undefined || message.id !== id) {
    return streamed(events(first, sink, drop), sink, headers);
  }
  // An unknown method of the protocol without sessions (2026-07-28, "Streamable HTTP").
  const unknown = isJsonObject(message.error) && message.error.code === -32601;
  return response(unknown ? 404 : 200, headers ? { ...headers, ...whole } : whole, first);
}

async function* events(first: Said | undefined, sink: Sink, done: () => void) {
  try {
    let said = first ?? (await sink.next());
    for (; said !== undefined; said = await sink.next()) {
      yield Buffer.from(`event: message\ndata: ${said.text}\n\n`);
    }
  } finally {
    done();
  }
}

/** As the specification says ("Session Management"): the client initialises again. */
function lost({ id = null }: JsonObject): McpResponse {
  const error = { code: -32600, message: "there is no such session; initialize again" };
  const message = { jsonrpc: "2.0", id, error };
  return response(404, whole, { message, text: JSON.stringify(message) });
}

function response(
  status: number,
  headers: Readonly<Record<string, string>>,
  body: McpResponse["body"] = nothing,
): McpResponse {
  return { status, headers, body, release() {} };
}

const nothing: McpMessage = { text: "", message: null };

function streamed(
  body: AsyncIterable<Uint8Array>,
  sink: Sink,
  headers: Readonly<Record<string, string>> = {},
): McpResponse {
  return { status: 200, headers: { ...headers, ...stream }, body, release: sink.end };
}

function late(timeoutMs: number): ProctorError {
  return new ProctorError("upstream_timeout", `no answer within ${timeoutMs} ms`);
}

function environment(
  { env }: McpUpstreamConfig,
  world: StdioWorld,
): Readonly<Record<string, string>> {
  const kept = inherited.flatMap((name) => {
    const value = world.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(kept), ...env };
}
