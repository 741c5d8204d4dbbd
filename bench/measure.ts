// What several benchmarks do: start a program that says when it is ready, end it, and sum up.

import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

export interface Started {
  readonly child: ChildProcess;
  /** What it says that it listens on, for agents. */
  readonly url: string;
}

/** Resolves with its line `ready`. The program ends with this process. */
export async function started(
  command: string,
  args: readonly string[],
  cwd?: string,
): Promise<Started> {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"], cwd });
  process.once("exit", () => child.kill("SIGKILL"));
  if (child.stdout === null) throw new Error("no output");
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith("{")) continue;
    const { event, agent } = JSON.parse(line);
    if (event === "ready") return { child, url: agent };
  }
  throw new Error(`${args[0]} ended before it was ready`);
}

/** Asked to end; a guard has its store open until then. */
export function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once("exit", () => resolve());
    child.kill("SIGTERM");
  });
}

/** User and system time of a process and its threads, microseconds (proc(5), /proc/pid/stat). */
export function cpuMicros({ pid }: ChildProcess): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}
