#!/usr/bin/env node
// The process of proctor-shell: a command of its own, since a shell takes bash's arguments and no others.

import { runShell } from "./shell/index.ts";

const { argv, env, stdin, stderr } = process;
const end = await runShell({
  argv: argv.slice(2),
  env,
  cwd: process.cwd(),
  stdin,
  stderr,
  process,
});
if ("signal" in end) {
  // As bash would have ended: whoever waits for it sees the signal.
  process.removeAllListeners(end.signal);
  process.kill(process.pid, end.signal);
} else process.exit(end.code);
