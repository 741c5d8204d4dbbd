// What several benchmarks do: start a program that says when it is ready, end it, and sum up.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
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

export interface Cost {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMiB: number;
}

/** From proc(5): the peak of what was resident, and the time on processors, as they were last seen. */
export async function runCommand(cwd: string, args: readonly string[]): Promise<Cost> {
  const began = process.hrtime.bigint();
  const main = resolve(import.meta.dirname, "../src/main.js");
  const child = spawn(process.execPath, [main, ...args], {
    cwd,
    stdio: ["ignore", "ignore", "inherit"],
  });
  let [peakMiB, ticks] = [0, 0];
  const timer = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
      peakMiB = Math.max(peakMiB, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
      const stat = readFileSync(`/proc/${child.pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
      ticks = Math.max(ticks, Number(stat[11]) + Number(stat[12]));
    } catch {
      // It has ended.
    }
  }, 100);
  const [code] = await once(child, "exit");
  clearInterval(timer);
  if (code !== 0 && code !== 2 && code !== 3)
    throw new Error(`proctor ${args[0]} ended with ${code}`);
  return {
    seconds: Number(process.hrtime.bigint() - began) / 1e9,
    cpuSeconds: ticks / 100,
    peakMiB,
  };
}

/** A line of a table; CPU in microseconds a step too. */
export function printCost(
  what: string,
  steps: number,
  { seconds, cpuSeconds, peakMiB }: Cost,
): void {
  const each = ((cpuSeconds * 1e6) / steps).toFixed(0);
  console.log(
    `| ${what} | ${steps.toLocaleString("en")} | ${seconds.toFixed(0)} | ${cpuSeconds.toFixed(0)} | ${each} | ${peakMiB.toFixed(0)} |`,
  );
}

export const costHeader =
  "| command | steps | s | CPU s | CPU µs a step | peak MiB |\n|---|---:|---:|---:|---:|---:|";
