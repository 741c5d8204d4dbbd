// Runs scripts in real bash with a program `probe` that writes down its arguments.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Is there a bash to compare with? */
export const hasBash = spawnSync("bash", ["--version"]).status === 0;

export interface Traced {
  /** The arguments of each run of `probe`, in order. */
  readonly calls: readonly (readonly string[])[];
  /** Bash was still running when it was ended. */
  readonly timedOut: boolean;
}

// The log is descriptor 9, which no script of the tests touches.
const prelude = `probe() { builtin printf '%s\\0' "$#" "$@" >&9; }\n`;

/** Runs a script in an empty folder and an empty environment. */
export function trace(script: string): Traced {
  const folder = mkdtempSync(join(tmpdir(), "proctor-trace-"));
  try {
    const { stdout, error } = spawnSync(
      "bash",
      ["--noprofile", "--norc", "-c", `exec 9>&1 >/dev/null\n${prelude}eval "$SCRIPT"`],
      {
        cwd: folder,
        env: { PATH: "/usr/bin:/bin", HOME: "/home/u", LC_ALL: "C.UTF-8", SCRIPT: script },
        encoding: "utf8",
        timeout: 5_000,
        stdio: ["ignore", "pipe", "ignore"],
      },
    );
    return { calls: callsIn(stdout), timedOut: error !== undefined };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function callsIn(log: string): readonly (readonly string[])[] {
  const fields = log.split("\0");
  const calls: string[][] = [];
  for (let at = 0; at + 1 < fields.length; ) {
    const count = Number(fields[at]);
    calls.push(fields.slice(at + 1, at + 1 + count));
    at += 1 + count;
  }
  return calls;
}
