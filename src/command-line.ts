// The whole program behind the command line: what its commands need, composed.

import { realpathSync } from "node:fs";
import { join } from "node:path";
import { backUp, restore } from "./backup.ts";
import { runCommandLine } from "./cli/index.ts";
import type { Terminal } from "./cli/terminal.ts";
import { composeChecker } from "./compose/checker.ts";
import { composeEval } from "./compose/eval.ts";
import { policyGround } from "./compose/policy.ts";
import { composeExporting, composeReplaying, openImport, openRecords } from "./compose/records.ts";
import type { World } from "./compose/world.ts";
import { type Config, loadConfig } from "./config.ts";
import { systemClock } from "./core/clock.ts";
import { ProctorError } from "./core/errors.ts";
import { collect } from "./gateway/retention.ts";
import { createLog } from "./log.ts";
import { thisProgram } from "./program.ts";
import { runCommand } from "./run/command.ts";
import { serve } from "./serve.ts";

/** What the process is started with. */
export interface Surroundings {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly process: NodeJS.Process;
}

/** Resolves with the exit code. */
export function commandLine(
  argv: readonly string[],
  { stdin, stdout, stderr, env, cwd, process }: Surroundings,
): Promise<number> {
  const { folder, version } = thisProgram();
  const terminal: Terminal = {
    stdin,
    stdout,
    stderr,
    interactive: stdin.isTTY === true && stdout.isTTY === true,
    colours: stdout.isTTY === true && (env.NO_COLOR ?? "") === "",
    cwd,
    env,
  };

  function worldOf({ log: { format, level } }: Config): World {
    const log = createLog({ format, level, nowMs: systemClock.nowMs }, stderr);
    return { clock: systemClock, log, version, programFolder: folder, env };
  }

  function signalled(): Promise<string> {
    return new Promise((resolve) => {
      for (const signal of ["SIGTERM", "SIGINT"] as const)
        process.once(signal, () => resolve(signal));
    });
  }

  // A reader that goes away (`proctor trajectories | head`) is no error.
  stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });

  const programs = {
    nowMs: systemClock.nowMs,
    self: [process.execPath, realpathSync(process.argv[1] ?? "")],
    uid: process.getuid?.(),
    loadConfig: (flags) => loadConfig(flags, env, cwd),
    serve: (config) => serve(config, worldOf(config), terminal, signalled()),
    run: (request) => runCommand(request, { terminal, world: worldOf, process }),
    checker: (config) => composeChecker(config, worldOf(config)),
    policyGround: (config) => policyGround(config, worldOf(config)),
    openStore: (config) => openRecords(config, worldOf(config)),
    replaying: composeReplaying,
    // Each refused call is what is measured here, and no news.
    openEval: (config, of) =>
      composeEval(config, worldOf({ ...config, log: { ...config.log, level: "warn" } }), of),
    suitesFolder: join(folder, "suites"),
    interrupted() {
      const interrupted = new AbortController();
      void signalled().then((signal) =>
        interrupted.abort(new ProctorError("shutting_down", signal)),
      );
      return interrupted.signal;
    },
    exporting: (config) => composeExporting(config, worldOf(config)),
    openImport: (config) => openImport(config, worldOf(config)),
    collect: (store, options) => collect(store, systemClock, options),
    backUp,
    restore,
  } satisfies Parameters<typeof runCommandLine>[2];
  return runCommandLine(argv, terminal, programs, version);
}
