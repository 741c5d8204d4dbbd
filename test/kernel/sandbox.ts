// Runs one command as the kernel sees it: in a root of its own, without network or privilege, under
// strace. The root is a fresh copy of the fixture on a memory file system where there is one.

import { type SpawnOptions, spawn, spawnSync } from "node:child_process";
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { snapshot, type Tree } from "./tree.ts";

export const home = "/home/dev";
export const project = "/home/dev/project";
/** Folders with programs, in order. The first holds the stand-ins for what cannot run here. */
const searchPath = "/opt/stand-ins:/usr/bin:/usr/sbin";

export interface SandboxLimits {
  /** A row that runs longer is killed; what it did until then counts. */
  readonly timeoutMs: number;
  /** Largest file a row may write, in blocks of 1024 bytes. */
  readonly maxFileBlocks: number;
  /** Processor time, in seconds. */
  readonly maxProcessorSeconds: number;
}

export const sandboxLimits: SandboxLimits = {
  timeoutMs: 20_000,
  maxFileBlocks: 32_768,
  maxProcessorSeconds: 5,
};

/** What running one command left behind. */
export interface Run {
  readonly trace: string;
  readonly after: Tree;
  /** The copy of the root that it ran in, for questions to its repository. Gone after `inspect`. */
  readonly root: string;
  readonly timedOut: boolean;
  readonly exitCode: number | null;
  readonly output: string;
}

export interface Sandbox {
  /** The fixture that every row gets a copy of. */
  readonly template: string;
  readonly before: Tree;
  /** Programs of `names` that are not here, so that their rows cannot be judged. */
  missing(names: readonly string[]): readonly string[];
  /** Runs `command`; `inspect` looks at the result while its root still exists. */
  run<T>(command: string, inspect: (run: Run) => T): Promise<T>;
  close(): void;
}

/** System calls that create, change or remove, and those needed to know where and by whom. */
const traced = [
  "unlink,unlinkat,rmdir,rename,renameat,renameat2,truncate,ftruncate,fallocate",
  "open,openat,openat2,creat,mkdir,mkdirat,mknod,mknodat,link,linkat,symlink,symlinkat",
  "chmod,fchmod,fchmodat,chown,fchown,lchown,fchownat,ioctl,umask",
  "setxattr,lsetxattr,fsetxattr,removexattr,lremovexattr,fremovexattr",
  "chdir,fchdir,clone,clone3,fork,vfork,execve,execveat",
].join(",");

/** An unprivileged user for the case that the tests run as root; it needs no entry anywhere. */
const unprivilegedId = 61_184;

/** Why the kernel cannot be asked here, or undefined if it can. */
export function whyUnavailable(): string | undefined {
  for (const program of ["bwrap", "strace", "bash", "git"]) {
    if (!onPath(program)) return `${program} is not installed`;
  }
  const view = ["--ro-bind", "/", "/", "--dev", "/dev"];
  const words = [...isolation(), ...view, "strace", "-qq", "-o", "/dev/null", "true"];
  const probe = spawnSync("bwrap", words, { ...asUnprivileged(), encoding: "utf8" });
  if (probe.status !== 0) return `a sandbox with strace does not start: ${probe.stderr.trim()}`;
  return undefined;
}

export function openSandbox(limits: SandboxLimits = sandboxLimits): Sandbox {
  const base = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "proctor-kernel-"));
  if (process.getuid?.() === 0) chownSync(base, unprivilegedId, unprivilegedId);
  const template = join(base, "template");
  const here = join(process.cwd(), "test", "kernel");
  build(join(here, "fixture.sh"), template);
  build(join(here, "stand-ins.sh"), join(template, "opt", "stand-ins"));
  const before = snapshot(template);
  const clean: string[] = [];
  let count = 0;

  async function run<T>(command: string, inspect: (run: Run) => T): Promise<T> {
    count += 1;
    const traces = join(base, `trace-${count}`);
    mkdirSync(traces, { mode: 0o777 });
    if (process.getuid?.() === 0) chownSync(traces, unprivilegedId, unprivilegedId);
    const used = clean.pop();
    const root = used ?? join(base, `root-${count}`);
    const ended = await execute({
      template,
      root,
      traces,
      command,
      limits,
      copy: used === undefined,
    });
    const trace = readIfThere(join(traces, "log"));
    const untouched = !ended.timedOut && !mayChange(trace);
    try {
      const after = untouched ? before : snapshot(root, before, startedAt(traces));
      return inspect({ ...ended, trace, root, after });
    } finally {
      remove(traces);
      if (untouched) clean.push(root);
      else remove(root);
    }
  }

  return {
    template,
    before,
    missing: (names) => names.filter((name) => !onPath(name)),
    run,
    close: () => remove(base),
  };
}

function build(script: string, target: string): void {
  const built = spawnSync("bash", [script, target], { ...asUnprivileged(), encoding: "utf8" });
  if (built.status !== 0) throw new Error(`${script} failed: ${built.stderr}`);
}

/** The options that put a process below an unprivileged user, where we are root. */
export function asUnprivileged(): SpawnOptions & { readonly encoding?: never } {
  const environment = { PATH: process.env.PATH ?? "/usr/bin:/bin" };
  return process.getuid?.() === 0
    ? { uid: unprivilegedId, gid: unprivilegedId, env: environment }
    : { env: environment };
}

function isolation(): readonly string[] {
  return ["--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL"];
}

/** The sandbox's own command line: nothing of the machine but /usr, read-only. */
function bubblewrap(root: string, traces: string): readonly string[] {
  return [
    ...isolation(),
    ...["--uid", "1000", "--gid", "1000", "--hostname", "sandbox"],
    ...["--bind", root, "/", "--ro-bind", "/usr", "/usr"],
    ...["--ro-bind-try", "/etc/alternatives", "/etc/alternatives"],
    ...["--bind", traces, "/.trace", "--proc", "/proc", "--dev", "/dev"],
    ...["--chdir", project, "--clearenv"],
    ...["--setenv", "PATH", searchPath, "--setenv", "HOME", home, "--setenv", "LC_ALL", "C.UTF-8"],
  ];
}

interface Ended {
  readonly timedOut: boolean;
  readonly exitCode: number | null;
  readonly output: string;
}

/** Most of a row's output that is kept, in bytes. */
const maxOutputBytes = 16_384;

interface Execution {
  readonly template: string;
  readonly root: string;
  readonly traces: string;
  readonly command: string;
  readonly limits: SandboxLimits;
  /** Whether `root` is still to be copied from `template`. */
  readonly copy: boolean;
}

function execute({ template, root, traces, command, limits, copy }: Execution): Promise<Ended> {
  const copying = copy ? 'cp -a "$1" "$2" && ' : "";
  const prepare = `${copying}: > "$3/started" && ulimit -f "$4" && ulimit -t "$5" && shift 5 && exec "$@"`;
  const strace = ["strace", "-f", "-y", "-qq", "--seccomp-bpf", "-s", "4096"];
  const words = [
    ...["-c", prepare, "prepare", template, root, traces],
    ...[String(limits.maxFileBlocks), String(limits.maxProcessorSeconds)],
    ...["bwrap", ...bubblewrap(root, traces)],
    ...[...strace, "-o", "/.trace/log", "-e", "signal=none", "-e", `trace=${traced}`],
    ...["bash", "--noprofile", "--norc", "-c", command],
  ];
  return new Promise<Ended>((resolve, reject) => {
    const child = spawn("sh", words, { ...asUnprivileged(), stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill("SIGKILL");
    }, limits.timeoutMs);
    const keep = (chunk: Buffer): void => {
      if (output.length < maxOutputBytes) output += chunk.toString("utf8");
    };
    child.stdout?.on("data", keep);
    child.stderr?.on("data", keep);
    child.on("error", reject);
    child.on("close", (exitCode) => {
      clearTimeout(timer);
      resolve({ timedOut, exitCode, output });
    });
  });
}

/** When the root stood and the command had not begun, in milliseconds of the file system's clock. */
function startedAt(traces: string): number {
  return statSync(join(traces, "started"), { throwIfNoEntry: false })?.ctimeMs ?? 0;
}

/** Whether a trace has any call that might have changed a file; if not, the root can be used again. */
function mayChange(trace: string): boolean {
  for (const line of trace.split("\n")) {
    if (/"\/dev\/(?:tty|null)"/.test(line)) continue;
    if (changing.test(line)) return true;
  }
  return false;
}

const changing =
  /^\d+ +(?:unlink|rmdir|rename|truncate|ftruncate|fallocate|creat|mk|link|symlink|f?l?ch(?:mod|own)|f?l?(?:set|remove)xattr)|O_WRONLY|O_RDWR|O_CREAT|_SETFLAGS|_FSSETXATTR/;

function readIfThere(path: string): string {
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}

/** Removes a tree in which folders may have lost their permissions. */
function remove(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    spawnSync("chmod", ["-R", "u+rwx", path], { ...asUnprivileged(), stdio: "ignore" });
    rmSync(path, { recursive: true, force: true });
  }
}

function onPath(program: string): boolean {
  return ["/usr/bin", "/usr/sbin", "/bin", "/sbin"].some((folder) =>
    existsSync(join(folder, program)),
  );
}
