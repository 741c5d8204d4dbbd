// Runs one program to its end, within limits of time and output, and leaves nothing of it behind.

import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { type CapturedText, createCapture } from "./capture.ts";

export interface ProgramRun {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Kept of each of standard output and standard error. */
  readonly maxOutputBytes: number;
  /** Read at all of both together; a program that writes more is killed. */
  readonly maxTotalBytes: number;
  readonly signal: AbortSignal;
}

export interface ProgramEnd {
  /** undefined: ended by a signal. */
  readonly exitStatus?: number;
  readonly signal?: string;
  readonly timedOut: boolean;
  /** Killed because it wrote more than `maxTotalBytes`. */
  readonly flooded: boolean;
  readonly stdout: CapturedText;
  readonly stderr: CapturedText;
}

/** How long output of an ended program is waited for, if a process that left its group holds the pipe. */
const drainMs = 500;

/**
 * Runs in a process group of its own, which is killed at the end, at a limit, and on abort.
 *
 * @throws the spawn error; the reason of `signal` when it aborts, after the group is killed
 */
export async function runProgram(run: ProgramRun): Promise<ProgramEnd> {
  run.signal.throwIfAborted();
  const child = spawn(run.program, run.args, {
    cwd: run.cwd,
    env: run.env,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const kill = () => killGroup(child.pid);
  const outputs = capture(child, run, kill);
  let timedOut = false;
  const timer = setTimeout(function stopLateProgram() {
    timedOut = true;
    kill();
  }, run.timeoutMs);
  run.signal.addEventListener("abort", kill, { once: true });
  try {
    const end = await ended(child, kill);
    run.signal.throwIfAborted();
    return { ...end, timedOut, ...outputs.result() };
  } finally {
    clearTimeout(timer);
    run.signal.removeEventListener("abort", kill);
  }
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

function capture(child: Child, run: ProgramRun, kill: () => void) {
  const stdout = createCapture(run.maxOutputBytes);
  const stderr = createCapture(run.maxOutputBytes);
  const isFlooded = () => stdout.totalBytes + stderr.totalBytes > run.maxTotalBytes;
  for (const [stream, kept] of [
    [child.stdout, stdout],
    [child.stderr, stderr],
  ] as const) {
    stream.on("data", function keepOutput(chunk: Buffer) {
      kept.add(chunk);
      if (isFlooded()) kill();
    });
    // A read error ends the stream like its end does.
    stream.on("error", () => {});
  }
  return {
    result: () => ({ flooded: isFlooded(), stdout: stdout.text(), stderr: stderr.text() }),
  };
}

function ended(child: Child, kill: () => void): Promise<Pick<ProgramEnd, "exitStatus" | "signal">> {
  return new Promise(function awaitEnd(resolve, reject) {
    let drain: NodeJS.Timeout | undefined;
    child.once("error", reject);
    child.once("exit", function killLeftovers() {
      kill();
      drain = setTimeout(function abandonPipes() {
        child.stdout.destroy();
        child.stderr.destroy();
      }, drainMs);
    });
    child.once("close", function reportEnd(exitStatus, signal) {
      clearTimeout(drain);
      resolve({ exitStatus: exitStatus ?? undefined, signal: signal ?? undefined });
    });
  });
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // Nobody is left in the group.
  }
}
