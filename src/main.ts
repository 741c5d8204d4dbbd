#!/usr/bin/env node
// The process: environment, signals, streams and the exit code. Everything else is composed elsewhere.

import { runCommandLine } from "./cli/index.ts";
import type { Terminal } from "./cli/terminal.ts";
import { composeChecker, openRecords, policyGround, type World } from "./compose.ts";
import { type Config, loadConfig } from "./config.ts";
import { systemClock } from "./core/clock.ts";
import { createLog } from "./log.ts";
import { thisProgram } from "./program.ts";
import { serve } from "./serve.ts";

const { folder, version } = thisProgram();

const terminal: Terminal = {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  interactive: process.stdin.isTTY === true && process.stdout.isTTY === true,
  colours: process.stdout.isTTY === true && (process.env.NO_COLOR ?? "") === "",
  cwd: process.cwd(),
  env: process.env,
};

function worldOf({ log: { format, level } }: Config): World {
  const log = createLog({ format, level, nowMs: systemClock.nowMs }, process.stderr);
  return { clock: systemClock, log, version, programFolder: folder, env: process.env };
}

function signalled(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const)
      process.once(signal, () => resolve(signal));
  });
}

// A reader that goes away (`proctor trajectories | head`) is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

process.exitCode = await runCommandLine(
  process.argv.slice(2),
  terminal,
  {
    nowMs: systemClock.nowMs,
    loadConfig: (flags) => loadConfig(flags, process.env, process.cwd()),
    serve: (config) => serve(config, worldOf(config), terminal, signalled()),
    checker: (config) => composeChecker(config, worldOf(config)),
    policyGround: (config) => policyGround(config, worldOf(config)),
    openStore: (config) => openRecords(config, worldOf(config)),
  },
  version,
);
