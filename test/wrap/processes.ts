// Processes that bear a mark in their command line, for tests that ask what was left behind.

import { existsSync, readdirSync, readFileSync } from "node:fs";

export const hasProc = existsSync("/proc/self/cmdline");
let marks = 8_000_000 + (process.pid % 100_000) * 100;

export function newMark(): string {
  marks += 1;
  return String(marks);
}

/** Ids of the processes one of whose words is `mark`. */
export function processesOf(mark: string): string[] {
  return readdirSync("/proc").filter((pid) => {
    if (!/^[0-9]+$/.test(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").includes(mark);
    } catch {
      return false;
    }
  });
}

export function killAll(mark: string): void {
  for (const pid of processesOf(mark)) {
    try {
      process.kill(Number(pid), "SIGKILL");
    } catch {
      // It is gone.
    }
  }
}
