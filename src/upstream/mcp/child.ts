// One MCP server as a child process: messages by line, a process group of its own, and an end that
// leaves nothing behind.

import { type ChildProcess, spawn } from "node:child_process";
import type { Writable } from "node:stream";
import { ProctorError } from "../../core/errors.ts";
import { isJsonObject, type JsonObject, jsonOr } from "../../core/json.ts";
import { createLines } from "../../core/lines.ts";
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
  /** Once, when the process is gone; `exit` where it had begun. */
  onEnd(error: ProctorError, exit?: ChildExit): void;
}

export interface ChildExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Child {
  write(line: string): void;
  /** To all that it started. */
  signal(signal: NodeJS.Signals): void;
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
/** For what it wrote before it ended, should something outlive it that holds its output. */
const lastWordsMs = 250;

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
    function end(why: string, unsent: boolean, exit?: ChildExit): void {
      if (over) return;
      over = true;
      // What it started may have outlived it.
      kill(group, "SIGKILL");
      if (group !== undefined) watchdog.remove(group);
      const code = unsent ? "upstream_unreachable" : "upstream_failed";
      options.onEnd(new ProctorError(code, why), exit);
      resolve();
    }
    child.once("error", (error) => end(`${command} does not start: ${error.message}`, true));
    child.once("exit", (code, signal) => {
      // Its last words may still be in the pipe, which what it started may hold open.
      kill(group, "SIGKILL");
      const late = setTimeout(() => finish(code, signal), lastWordsMs);
      child.once("close", () => {
        clearTimeout(late);
        finish(code, signal);
      });
    });
    function finish(code: number | null, signal: NodeJS.Signals | null): void {
      const unsent = notStarted.includes(code);
      const why = unsent
        ? `${command} does not start (${code})`
        : `the server ended (${signal ?? code})`;
      end(why, unsent, { code, signal });
    }
  });
  readLines(child, options, () => kill(group, "SIGKILL"));
  return {
    write: (line) => writeLine(child.stdin, line),
    signal: (signal) => kill(group, signal),
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
  const take = createLines({ maxLength: maxMessageBytes, onLine, onTooLong: flooded });
  stdout?.setEncoding("utf8").on("data", take);
  stdout?.on("error", () => {});

  /** A message that stands alone goes on as it was written: no number in it loses a digit. */
  function onLine(line: string): void {
    const message = jsonOr(line, undefined);
    if (isJsonObject(message)) onMessage(message, oneLine(line, message));
    else if (Array.isArray(message))
      for (const each of message) if (isJsonObject(each)) onMessage(each, JSON.stringify(each));
  }
}

/** A carriage return within is white space, and would end a line of an event stream. */
function oneLine(line: string, message: JsonObject): string {
  const text = line.trim();
  return text.includes("\r") ? JSON.stringify(message) : text;
}

function kill(group: number | undefined, signal: NodeJS.Signals): void {
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
