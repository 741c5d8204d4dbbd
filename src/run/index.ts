// proctor run: one command, guarded by whatever doors it uses, as one trajectory.

import { spawn } from "node:child_process";
import { constants } from "node:os";
import { printJson, type Terminal } from "../cli/terminal.ts";
import type { Clock } from "../core/clock.ts";
import { messageOf } from "../core/errors.ts";
import { newId } from "../core/ids.ts";
import type { JsonObject } from "../core/json.ts";
import { measures } from "../core/measure.ts";
import type { Task } from "../core/task.ts";
import { createRunFolder, type RunFolder } from "./environment.ts";
import type { RunAccount, RunGuard } from "./guards.ts";

export interface RunCommand {
  readonly command: readonly string[];
  readonly task: Task;
  readonly agent: string;
  /** Absent: one that nothing else has. */
  readonly trajectory?: string | undefined;
  readonly bundle?: string | undefined;
  readonly json: boolean;
  readonly mcpServers: readonly string[];
  /** Model providers whose key the guard holds, and the variables that the keys are in. */
  readonly providers: readonly string[];
  readonly withheld: readonly string[];
}

type Signal = "SIGINT" | "SIGTERM" | "SIGHUP";

export interface RunWorld {
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly process: { on(signal: Signal, heard: () => void): unknown };
}

/** How the command ended: its exit status, as a shell tells it. */
interface End {
  readonly status: number;
  readonly signal?: NodeJS.Signals;
  /** It did not start. */
  readonly failed?: string;
}

/** Resolves with the command's exit status. @throws ProctorError before the command has begun */
export async function runGuarded(
  guard: RunGuard,
  run: RunCommand,
  world: RunWorld,
): Promise<number> {
  const { agent, task, command } = run;
  const { stderr } = world.terminal;
  const trajectory = run.trajectory ?? `run-${newId(world.clock.nowMs())}`;
  await guard.open(trajectory, task);
  const folder = createRunFolder({ ...run, ...guard, agent, trajectory });
  let end: End;
  try {
    end = await carryOut(command, environmentOf(run, folder, world), world);
  } finally {
    folder.remove();
  }
  if (end.failed !== undefined) stderr.write(`proctor run: ${end.failed}\n`);
  const isWhole = end.signal === undefined && end.failed === undefined;
  const account = await guard.end(trajectory, isWhole ? "completed" : "cut off");
  const about = { trajectory: `${agent}/${trajectory}`, task: { ...task }, ...endOf(end) };
  tell(world.terminal, run, { ...about, ...account });
  if (run.bundle === undefined) return end.status;
  try {
    await guard.bundle(trajectory, run.bundle, { command: [...command], ...about });
    return end.status;
  } catch (error) {
    stderr.write(`proctor run: the bundle ${run.bundle} is not written: ${messageOf(error)}\n`);
    return end.status === 0 ? 1 : end.status;
  }
}

function endOf({ status, signal }: End): JsonObject {
  return { exitStatus: status, ...(signal === undefined ? {} : { signal }) };
}

/** The caller's own, without what is the guard's to know. */
function environmentOf(
  { withheld }: RunCommand,
  { env }: RunFolder,
  { terminal }: RunWorld,
): Record<string, string | undefined> {
  const secret = new Set(["PROCTOR_TOKEN", ...withheld]);
  const kept = Object.entries(terminal.env).filter(([name]) => !secret.has(name));
  return { ...Object.fromEntries(kept), ...env };
}

function carryOut(
  [program = "", ...words]: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  { terminal, process }: RunWorld,
): Promise<End> {
  const child = spawn(program, words, { cwd: terminal.cwd, env, stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      // What is typed at a terminal reaches the command by itself.
      if (signal !== "SIGINT" || !terminal.interactive) child.kill(signal);
    });
  }
  return new Promise(function awaitEnd(resolve) {
    // POSIX, "Exit Status for Commands": not found.
    child.once("error", (error) => resolve({ status: 127, failed: error.message }));
    child.once("exit", (code, signal) => {
      if (signal === null) resolve({ status: code ?? 1 });
      else resolve({ status: 128 + constants.signals[signal], signal });
    });
  });
}

type Told = RunAccount & { readonly trajectory: string };

/** On standard error: standard output is the command's. */
function tell(terminal: Terminal, { json, task, bundle }: RunCommand, told: Told): void {
  const { stderr } = terminal;
  if (json) {
    printJson({ ...terminal, stdout: stderr }, told);
    return;
  }
  const { steps, calls = steps, refused, scores, trajectory } = told;
  const hits = measures.filter((measure) => scores[measure].value === "hit");
  const open = measures.filter((measure) => scores[measure].value === "undetermined");
  const lines = [
    `proctor run: ${trajectory}, task ${task.id} (${task.class})`,
    `  calls ${calls}${refused === undefined ? "" : `, refused ${refused}`}`,
    ...(hits.length > 0 ? [`  counts as ${hits.join(", ")}`] : []),
    ...(open.length > 0 ? [`  undetermined: ${open.join(", ")}`] : []),
    ...(steps === 0 ? [`  ${noSteps}`] : []),
    ...(bundle === undefined ? [] : [`  bundle ${bundle}`]),
  ];
  stderr.write(`${lines.join("\n")}\n`);
}

const noSteps =
  "No call came to the guard: the command has to use one of its doors ($SHELL, $PROCTOR_MCP_CONFIG, proctor mcp, hooks).";
