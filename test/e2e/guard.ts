// A guard as its users run it: the built program in a process of its own, a folder of its own.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { stringify } from "yaml";
import { thisProgram } from "../../src/program.ts";

const main = join(thisProgram().folder, "dist/src/main.js");

export interface RunningGuard {
  readonly agent: string;
  readonly admin: string;
  readonly process: ChildProcess;
  /** Everything written to standard error. */
  log(): string;
  /** Ends it in order; resolves with its exit code. */
  stop(): Promise<number | null>;
  /** kill -9. */
  kill(): Promise<void>;
}

export interface GuardFolder {
  readonly folder: string;
  readonly workspace: string;
  token(kind: "agent" | "harness" | "metrics" | "admin"): string;
  writeConfig(config: object): void;
  /** A file beside the config. */
  write(name: string, text: string): void;
  start(env?: Record<string, string>): Promise<RunningGuard>;
  /** Runs a command of the command line to its end. */
  run(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }>;
  remove(): void;
}

export function createGuardFolder(config: object = {}): GuardFolder {
  const folder = mkdtempSync(join(tmpdir(), "proctor-e2e-"));
  const data = join(folder, ".proctor");
  const file = join(folder, "proctor.yaml");
  const writeConfig = (changed: object) =>
    writeFileSync(
      file,
      stringify({ agentListener: { port: 0 }, adminListener: { port: 0 }, ...changed }),
    );
  writeConfig(config);

  return {
    folder,
    workspace: join(folder, "workspace"),
    writeConfig,
    write: (name, text) => writeFileSync(join(folder, name), text),
    token: (kind) => readFileSync(join(data, `${kind}.token`), "utf8").trim(),
    start: (env = {}) => start(folder, env),
    run: (...args) => run(folder, args),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function start(folder: string, env: Record<string, string>): Promise<RunningGuard> {
  const child = spawn(process.execPath, [main, "serve", "--log", "json"], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  child.stderr.on("data", (chunk: Buffer) => {
    log += chunk.toString("utf8");
  });
  const ended = new Promise<number | null>((done) => child.once("close", done));
  for await (const line of createInterface({ input: child.stdout })) {
    const { event, agent, admin } = JSON.parse(line);
    if (event !== "ready") continue;
    return {
      agent,
      admin,
      process: child,
      log: () => log,
      stop() {
        child.kill("SIGTERM");
        return ended;
      },
      async kill() {
        child.kill("SIGKILL");
        await ended;
      },
    };
  }
  throw new Error(`the guard ended before it was ready (exit code ${await ended}):\n${log}`);
}

async function run(
  folder: string,
  args: readonly string[],
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [main, ...args], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString("utf8");
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString("utf8");
  });
  const code = await new Promise<number | null>((done) => child.once("close", done));
  return { code, stdout, stderr };
}

/** Calls by plain fetch, as a client that knows only the README. */
export interface Client {
  tool(tool: string, given: object, options?: CallOptions): Promise<Answered>;
  request(method: string, path: string, body?: object, options?: CallOptions): Promise<Answered>;
}

export interface CallOptions {
  readonly trajectory?: string;
  readonly agent?: string;
  readonly key?: string;
  readonly traceparent?: string;
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  // The test says what it expects of it.
  readonly body: Record<string, unknown>;
}

/**
 * Each call on a connection of its own, unless it is kept: one that has been idle for five seconds may be
 * closed by the guard at the moment at which it is used again.
 */
export function createClient(
  url: string,
  token: string,
  connection: "close" | "keep-alive" = "close",
): Client {
  async function request(
    method: string,
    path: string,
    body: object | undefined,
    { trajectory, agent, key, traceparent }: CallOptions = {},
  ): Promise<Answered> {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        connection,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(trajectory === undefined ? {} : { "proctor-trajectory": trajectory }),
        ...(agent === undefined ? {} : { "proctor-agent": agent }),
        ...(key === undefined ? {} : { "idempotency-key": key }),
        ...(traceparent === undefined ? {} : { traceparent }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text.startsWith("{") ? JSON.parse(text) : { text },
    };
  }
  return {
    request,
    tool: (tool, given, options) =>
      request("POST", `/v1/tools/${tool}`, { arguments: given }, options),
  };
}

/** Every sample of /metrics: `name{labels}` -> value. */
export async function scrape(admin: string, token: string): Promise<ReadonlyMap<string, number>> {
  const response = await fetch(`${admin}/metrics`, {
    headers: { authorization: `Bearer ${token}`, connection: "close" },
  });
  const lines = (await response.text()).split("\n").filter((line) => /^[a-z]/.test(line));
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(" ");
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}
