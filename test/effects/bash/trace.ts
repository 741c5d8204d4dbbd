// Runs scripts in real bash with a program `probe` that writes down its arguments.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Is there a bash to compare with? */
export const hasBash = spawnSync("bash", ["--version"]).status === 0;

/** The arguments of one run of `probe`. */
export type Call = readonly string[];

// The log is descriptor 9, which no script of the tests touches.
const prelude = `exec 9>&1 >/dev/null 2>&1
probe() { builtin printf '%s\\0' "$#" "$@" >&9; }
`;

/** Runs one script in a shell of its own, an empty folder and an empty environment. */
export function trace(script: string): readonly Call[] {
  const log = runBash(`${prelude}eval "$SCRIPT"`, { SCRIPT: script }, "");
  return callsIn(log.split("\0"));
}

/**
 * Runs each script in a subshell of one shell, which is much faster. On a machine that is too slow
 * for all of them, the last ones are missing.
 */
export function traceAll(scripts: readonly string[]): readonly (readonly Call[])[] {
  const loop = `${prelude}
while IFS= read -rd '' SCRIPT; do
  ( ulimit -t 5; trap - EXIT; eval "$SCRIPT" ) </dev/null
  builtin printf 'end\\0' >&9
done`;
  const log = runBash(loop, {}, scripts.map((script) => `${script}\0`).join(""));
  return log
    .split("end\0")
    .slice(0, -1)
    .map((run) => callsIn(run.split("\0")));
}

function runBash(text: string, variables: Record<string, string>, input: string): string {
  const folder = mkdtempSync(join(tmpdir(), "proctor-trace-"));
  try {
    const { stdout } = spawnSync("bash", ["--noprofile", "--norc", "-c", text], {
      cwd: folder,
      env: { PATH: "/usr/bin:/bin", HOME: "/home/u", LC_ALL: "C.UTF-8", ...variables },
      encoding: "utf8",
      timeout: 100_000,
      input,
      stdio: ["pipe", "pipe", "ignore"],
    });
    return stdout;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function callsIn(fields: readonly string[]): readonly Call[] {
  const calls: Call[] = [];
  for (let at = 0; at + 1 < fields.length; ) {
    const count = Number(fields[at]);
    calls.push(fields.slice(at + 1, at + 1 + count));
    at += 1 + count;
  }
  return calls;
}
