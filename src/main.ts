#!/usr/bin/env node
// The process: environment, signals, streams and the exit code. Everything else is composed elsewhere.
//
// Commands that an agent starts for each server or call are looked at first, and load only what they need:
// the whole program takes ten times as long to begin.

const [command, ...rest] = process.argv.slice(2);

const { stdin, stdout, stderr, env } = process;
const surroundings = { stdin, stdout, stderr, env, cwd: process.cwd() };

switch (command) {
  case "mcp": {
    const { wrapServer } = await import("./wrap/index.ts");
    // What is written last has to leave, and a timer of somebody's must not keep the process.
    const code = await wrapServer(rest, { ...surroundings, process });
    stdout.end(() => process.exit(code));
    break;
  }
  case "hook": {
    const { runHook } = await import("./hook.ts");
    const { stdout: answer, stderr: note, code } = await runHook(rest, surroundings);
    stderr.write(note);
    // An agent that holds the pipe open must not keep the process.
    stdout.write(answer, () => process.exit(code));
    break;
  }
  default: {
    const { commandLine } = await import("./command-line.ts");
    process.exitCode = await commandLine(process.argv.slice(2), { ...surroundings, process });
  }
}
