// proctor-shell: bash, with the guard before it. What it is given to run is judged; the real bash runs it unchanged;
// what came of it is reported.

import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { accessSync, constants, readFileSync } from "node:fs";
import { homedir, constants as os } from "node:os";
import type { Readable } from "node:stream";
import type { ToolCall } from "../core/call.ts";
import { asProctorError, errorTable, messageOf } from "../core/errors.ts";
import type { JsonObject } from "../core/json.ts";
import { namePattern } from "../core/trajectory.ts";
import type { Came, Naming } from "../gateway.ts";
import { accessFrom } from "../remote/access.ts";
import {
  createRemoteGuard,
  persistently,
  type RemoteCall,
  type RemoteGuard,
} from "../remote/client.ts";
import { type PassedSignal, passedSignals, startHelper } from "./helper.ts";
import { commandText, type Invocation, quoted, readInvocation } from "./invocation.ts";

export interface ShellWorld {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stderr: { write(text: string): unknown };
  readonly process: {
    readonly ppid: number;
    on(signal: PassedSignal, heard: () => void): unknown;
  };
}

/** The command's end, which is to be the process's own. */
export type ShellEnd = { readonly code: number } | { readonly signal: NodeJS.Signals };

/** POSIX, "Exit Status for Commands": found and not executed. */
const notRun = 126;
/** Longer than a call waits for a person (`approvals.maxHoldMs`). */
const usualDeadlineMs = 60_000;
/** A script on standard input, or in a file, beyond which it is not read. */
const maxScriptBytes = 1024 * 1024;

/** What is judged, and what bash is to be run with. */
interface Plan {
  readonly given: JsonObject;
  /** Standard input, where that was read. */
  readonly input?: Buffer;
  /** Just before it runs: is it still what was judged? */
  unchanged(): boolean;
}

export async function runShell(world: ShellWorld): Promise<ShellEnd> {
  const refuse = (text: string): ShellEnd => {
    world.stderr.write(`proctor-shell: ${text}\n`);
    return { code: notRun };
  };
  const invocation = readInvocation(world.argv);
  const bash = realBash(world);
  if (bash === undefined)
    return refuse("there is no bash in /bin or /usr/bin; name it in PROCTOR_BASH");
  if (invocation.kind === "shows") return run(bash, world, undefined).then(({ end }) => end);
  let plan: Plan;
  try {
    plan = await planOf(invocation, world);
  } catch (thrown) {
    return refuse(messageOf(thrown));
  }
  const asked: RemoteCall = { naming: namingOf(world), call: callOf(plan, world) };
  let guard: RemoteGuard;
  let step: number;
  try {
    guard = createRemoteGuard(accessFrom({}, world.env, world.cwd));
    const verdict = await guard.decide(asked, AbortSignal.timeout(deadlineMs(world)));
    if (verdict.kind === "refused") {
      const { title, fix } = errorTable[verdict.code];
      const rules = verdict.rules.length === 0 ? "" : ` [${verdict.rules.join(", ")}]`;
      return refuse(`${title} ${verdict.detail}${rules}\nWhat to do: ${fix} (${verdict.code})`);
    }
    step = verdict.step;
  } catch (thrown) {
    const { code, message } = asProctorError(thrown);
    const { title, fix } = errorTable[code];
    if (code !== "guard_unavailable" || world.env.PROCTOR_SHELL_DANGEROUSLY_FAIL_OPEN !== "1") {
      return refuse(`${title} ${message}\nWhat to do: ${fix} (${code})`);
    }
    world.stderr.write(`proctor-shell: ${message}; run without a decision, and unrecorded\n`);
    return run(bash, world, plan.input).then(({ end }) => end);
  }
  if (!plan.unchanged()) {
    const why = "the script was changed while it was judged";
    await report(guard, asked, step, { kind: "cancelled", why, dispatched: false }, world);
    return refuse(`${why}, and was not run`);
  }
  const { end, came } = await run(bash, world, plan.input);
  await report(guard, asked, step, came, world);
  return end;
}

/** @throws where it cannot be told what would run */
async function planOf(invocation: Invocation, world: ShellWorld): Promise<Plan> {
  switch (invocation.kind) {
    case "command":
      return { given: { command: invocation.command }, unchanged: () => true };
    case "file":
      return planOfFile(invocation, world);
    case "stdin": {
      if (world.stdin.isTTY === true) throw new Error(noSession);
      const input = await readAll(world.stdin);
      const script = textOf(input);
      if (script === undefined) throw new Error("the script on standard input is not UTF-8 text");
      const command = commandText(invocation.options.filter(isNoS), script, stdinWords(invocation));
      return { given: { command }, input, unchanged: () => true };
    }
    case "interactive":
      throw new Error(noSession);
    case "unread":
      throw new Error(`${invocation.why}; nothing was run`);
    case "shows":
      throw new Error("nothing is to be judged");
  }
}

const noSession =
  "this runs scripts and no sessions, since what is typed cannot be judged before it runs; " +
  "use `proctor-shell -c COMMAND`, or the agent's own tools for one command at a time";

const isNoS = (option: string) => option !== "-s";

/** `$0` of a script on standard input is bash's own name. */
function stdinWords({ words }: { readonly words: readonly string[] }): readonly string[] {
  return words.length === 0 ? [] : ["bash", ...words];
}

/** What stands in the file is judged; one that cannot be read is a name, whose code is not seen. */
function planOfFile(
  { file, options, words }: Extract<Invocation, { kind: "file" }>,
  { cwd }: ShellWorld,
): Plan {
  const path = file.startsWith("/") ? file : `${cwd}/${file}`;
  const read = () => {
    try {
      const bytes = readFileSync(path);
      return bytes.length > maxScriptBytes ? undefined : bytes;
    } catch {
      return undefined;
    }
  };
  const bytes = read();
  const script = bytes && textOf(bytes);
  if (bytes === undefined || script === undefined) {
    const command = ["bash", ...options, file, ...words].map(quoted).join(" ");
    return { given: { command, file }, unchanged: () => true };
  }
  const command = commandText(options, script, [file, ...words]);
  return { given: { command, file }, unchanged: () => read()?.equals(bytes) === true };
}

function textOf(bytes: Buffer): string | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return text.includes("\0") ? undefined : text;
  } catch {
    return undefined;
  }
}

function readAll(stream: Readable): Promise<Buffer> {
  return new Promise(function collect(resolve, reject) {
    const chunks: Buffer[] = [];
    let bytes = 0;
    stream.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > maxScriptBytes) {
        stream.pause();
        reject(new Error(`the script on standard input is longer than ${maxScriptBytes} bytes`));
      }
    });
    stream.once("end", () => resolve(Buffer.concat(chunks)));
    stream.once("error", reject);
  });
}

function callOf({ given }: Plan, { cwd }: ShellWorld): ToolCall {
  const place = { cwd, home: homedir(), filesystem: "ours" } as const;
  return {
    door: "shell",
    upstream: "shell",
    tool: "bash",
    arguments: given,
    context: { ...place, shell: "fresh", environment: "inherited" },
  };
}

/** Without a name, one for all that the same process starts: its id, and when it began. */
function namingOf({ env, process }: ShellWorld): Naming {
  const named = env.PROCTOR_TRAJECTORY;
  if (named !== undefined && namePattern.test(named)) {
    return { name: named, identifiedBy: "explicit" };
  }
  const { ppid } = process;
  const digest = createHash("sha256")
    .update(`${ppid} ${startOf(ppid)}`)
    .digest("hex");
  return { name: `shell-${digest.slice(0, 32)}`, identifiedBy: "connection" };
}

/** proc(5), /proc/PID/stat: field 22, behind the name in parentheses. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    return "";
  }
}

function deadlineMs({ env }: ShellWorld): number {
  const text = env.PROCTOR_SHELL_DEADLINE_MS ?? "";
  return /^[1-9][0-9]{0,6}$/.test(text) ? Number(text) : usualDeadlineMs;
}

function realBash({ env }: ShellWorld): string | undefined {
  const candidates = env.PROCTOR_BASH ? [env.PROCTOR_BASH] : ["/bin/bash", "/usr/bin/bash"];
  return candidates.find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The real bash, with what proctor-shell was given: its arguments, streams, environment and signals. */
async function run(
  bash: string,
  { argv, env, process }: ShellWorld,
  input: Buffer | undefined,
): Promise<{ end: ShellEnd; came: Came }> {
  const helper = startHelper();
  await helper.ready;
  let child: ChildProcess | undefined;
  // Before there is a command: one that has begun may be told at once.
  for (const signal of passedSignals) {
    process.on(signal, async () => {
      if (!(await helper.alsoGot(signal))) child?.kill(signal);
    });
  }
  // What a command starts as $SHELL was judged with it.
  const passed = { ...env, ...(env.SHELL === undefined ? {} : { SHELL: bash }) };
  const [program = bash, ...words] = [...(dieWithParent() ?? []), bash, ...argv];
  child = spawn(program, words, {
    env: passed,
    stdio: [input === undefined ? "inherit" : "pipe", "inherit", "inherit"],
  });
  if (child.pid !== undefined) helper.watch(child.pid);
  child.stdin?.on("error", () => {});
  child.stdin?.end(input);
  const ended = await endOf(child);
  helper.close();
  return ended;
}

/** setpriv(1), which is of util-linux, asks the kernel (PR_SET_PDEATHSIG); elsewhere the helper has to do. */
function dieWithParent(): readonly string[] | undefined {
  const program = ["/usr/bin/setpriv", "/bin/setpriv"].find(isExecutable);
  return program === undefined ? undefined : [program, "--pdeathsig", "KILL", "--"];
}

function endOf(child: ChildProcess): Promise<{ end: ShellEnd; came: Came }> {
  return new Promise(function awaitEnd(resolve) {
    child.once("error", (error) => {
      const detail = messageOf(error);
      resolve({ end: { code: notRun }, came: { kind: "failed", detail } });
    });
    child.once("exit", (code, signal) => {
      const exitStatus = code ?? 128 + (signal === null ? 0 : os.signals[signal]);
      const tool = { isError: exitStatus !== 0, exitStatus, ...(signal && { signal }) };
      resolve({
        end: signal === null ? { code: exitStatus } : { signal },
        // What it wrote went past: its streams are the caller's.
        came: { kind: "carried_out", observed: { transport: "ok", tool }, result: null },
      });
    });
  });
}

async function report(
  guard: RemoteGuard,
  asked: RemoteCall,
  step: number,
  came: Came,
  { stderr }: ShellWorld,
): Promise<void> {
  try {
    await persistently(() => guard.report(asked, step, came));
  } catch (thrown) {
    // The command has run: its step ends `unobserved`.
    stderr.write(`proctor-shell: what came of it is not recorded: ${messageOf(thrown)}\n`);
  }
}
