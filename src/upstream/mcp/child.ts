// One MCP server as a child process: messages by line, a process group of its own, and an end that
// leaves nothing behind.

import { type ChildProcess, spawn } from "node:child_process";
import type { Writable } from "node:stream";
import { ProctorError } from "../../core/errors.ts";
import { isJsonObject, type JsonObject } from "../../core/json.ts";
import type { Watchdog } from "./watchdog.ts";

export interface ChildOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string | undefined;
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly maxMessageBytes: number;
  readonly watchdog: Watchdog;
  onMessage(message: JsonObject, text: string): void;
  /** Once, when the process is gone. */
  onEnd(error: ProctorError): void;
}

export interface Child {
  write(line: string): void;
  /** As the specification says ("Shutdown"): end of input, then SIGTERM, then SIGKILL. */
  close(): Promise<void>;
}

/**
 * The program begins when the watchdog knows of it, so that proctor can be killed at any moment. `read`
 * takes one byte at a time, so what follows its line is the program's.
 */
const gate = 'read -r go && exec "$@"';
/** POSIX, "Exit Status for Commands": found but not to be executed, and not found. */
const notStarted: readonly unknown[] = [126, 127];

/** What a server gets for each of its two chances to end by itself. */
const graceMs = 1_000;

export function startChild(options: ChildOptions): Child {
  const { command, args, cwd, env, watchdog } = options;
  const child = spawn("/bin/sh", ["-c", gate, "sh", command, ...args], {
    cwd,
    env,
    detached: true,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const group = child.pid;
  if (group !== undefined) watchdog.add(group);
  child.stdin.write("\n");
  // A server that does not read ends; what was written to it is then nobody's.
  child.stdin.on("error", () => {});
  const ended = new Promise<void>(function awaitEnd(resolve) {
    let over = false;
    function end(why: string, unsent: boolean): void {
      if (over) return;
      over = true;
      // What it started may have outlived it.
      kill(group, "SIGKILL");
      if (group !== undefined) watchdog.remove(group);
      const code = unsent ? "upstream_unreachable" : "upstream_failed";
      options.onEnd(new ProctorError(code, why));
      resolve();
    }
    child.once("error", (error) => end(`${command} does not start: ${error.message}`, true));
    child.once("exit", (code, signal) => {
      if (notStarted.includes(code)) end(`${command} does not start (${code})`, true);
      else end(`the server ended (${signal ?? code})`, false);
    });
  });
  readLines(child, options, () => kill(group, "SIGKILL"));
  return {
    write: (line) => writeLine(child.stdin, line),
    async close() {
      child.stdin.end();
      for (const signal of ["SIGTERM", "SIGKILL"] as const) {
        if (await within(ended, graceMs)) return;
        kill(group, signal);
      }
      await within(ended, graceMs);
    },
  };
}

function writeLine(stdin: Writable, line: string): void {
  // One message, one line: a line break within JSON text is only white space.
  if (stdin.writable) stdin.write(`${line.replace(/[\r\n]+/g, " ")}\n`);
}

/** A line that is no message is noise; one without end is a flood. */
function readLines(
  { stdout }: ChildProcess,
  { maxMessageBytes, onMessage }: ChildOptions,
  flooded: () => void,
): void {
  let parts: string[] = [];
  let length = 0;
  stdout?.setEncoding("utf8").on("data", function splitLines(chunk: string) {
    const [first = "", ...rest] = chunk.split("\n");
    parts.push(first);
    length += first.length;
    for (const next of rest) {
      take(parts.join(""));
      parts = [next];
      length = next.length;
    }
    if (length > maxMessageBytes) flooded();
  });
  stdout?.on("error", () => {});

  function take(line: string): void {
    const message = parsed(line);
    const messages = Array.isArray(message) ? message : [message];
    for (const each of messages) if (isJsonObject(each)) onMessage(each, JSON.stringify(each));
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function kill(group: number | undefined, signal: "SIGTERM" | "SIGKILL"): void {
  if (group === undefined) return;
  try {
    process.kill(-group, signal);
  } catch {
    // Nobody is left in the group.
  }
}

async function within(promise: Promise<void>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  const inTime = await Promise.race([promise.then(() => true), late]);
  clearTimeout(timer);
  return inTime;
}
