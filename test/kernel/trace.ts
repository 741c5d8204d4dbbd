// Reads the log of strace: system calls in order, with absolute paths and the program that made them.

/** Who made a call. One object for each program image of a process. */
export interface Actor {
  readonly pid: number;
  readonly program: string;
  readonly words: readonly string[];
  /**
   * The command that the shell started and this process is part of: gcc's compiler and linker are of
   * one command, the two sides of `a; b` are of two.
   */
  readonly command: number;
}

export interface SystemCall {
  readonly name: string;
  readonly actor: Actor;
  /** Arguments as printed. */
  readonly args: readonly string[];
  readonly result: number;
  readonly errno: string | undefined;
  /** The current folder of the process when the call began. */
  readonly cwd: string;
  /** Path of the file descriptor that the call returned. */
  readonly opened: string | undefined;
}

interface Line {
  readonly pid: number;
  readonly name: string;
  readonly args: readonly string[];
  readonly outcome: string;
}

interface Process {
  /** Shared between threads, as the kernel does with CLONE_FS. */
  folder: { path: string };
  actor: Actor;
}

const shells = new Set(["bash", "sh", "dash", "rbash"]);
const forks = new Set(["clone", "clone3", "fork", "vfork"]);

/** The calls of a whole log, in the order in which they began. */
export function readTrace(log: string, startFolder: string): readonly SystemCall[] {
  const lines = joinInterrupted(log);
  const processes = new Map<number, Process>();
  const calls: SystemCall[] = [];
  let commands = 0;

  const first = (pid: number): Process => {
    const actor = { pid, program: "", words: [], command: commands };
    const made = { folder: { path: startFolder }, actor };
    processes.set(pid, made);
    return made;
  };

  for (const line of lines) {
    const current = processes.get(line.pid) ?? first(line.pid);
    const call = toCall(line, current);
    calls.push(call);
    if (call.errno !== undefined) continue;
    if (forks.has(line.name)) {
      const shared = line.args.some((arg) => arg.includes("CLONE_FS"));
      const folder = shared ? current.folder : { path: current.folder.path };
      if (shells.has(current.actor.program)) commands += 1;
      const command = shells.has(current.actor.program) ? commands : current.actor.command;
      processes.set(call.result, {
        folder,
        actor: { ...current.actor, pid: call.result, command },
      });
    } else if (line.name === "execve") {
      // A shell replaces itself by its last command.
      if (shells.has(current.actor.program)) commands += 1;
      const command = shells.has(current.actor.program) ? commands : current.actor.command;
      const program = baseName(text(line.args[0]) ?? "");
      const words = list(line.args[1] ?? "").map((word) => text(word) ?? "");
      current.actor = { pid: line.pid, program, words, command };
    } else if (line.name === "chdir" || line.name === "fchdir") {
      const path = line.name === "chdir" ? text(line.args[0]) : described(line.args[0]);
      if (path !== undefined) current.folder.path = resolve(current.folder.path, path);
    }
  }
  return calls;
}

function toCall(line: Line, process: Process): SystemCall {
  const outcome = /^(-?\d+|\?|0x[0-9a-f]+)(<.*>)?(?: (E[A-Z]+) .*)?/s.exec(line.outcome);
  const failed = outcome?.[3] ?? (outcome?.[1] === "?" ? "?" : undefined);
  return {
    name: line.name,
    actor: process.actor,
    args: line.args,
    result: Number(outcome?.[1] ?? -1),
    errno: outcome === null ? "?" : failed,
    cwd: process.folder.path,
    opened: outcome?.[2] === undefined ? undefined : described(`0${outcome[2]}`),
  };
}

/**
 * Puts `<unfinished ...>` and `<... resumed>` together, at the place where the call began; forks are
 * put before anything that their child does.
 */
function joinInterrupted(log: string): readonly Line[] {
  const joined: (Line | undefined)[] = [];
  const open = new Map<number, { readonly at: number; readonly start: string }>();
  for (const raw of log.split("\n")) {
    const found = /^(\d+) +(.*)$/s.exec(raw);
    if (found === null) continue;
    const pid = Number(found[1]);
    const body = found[2] ?? "";
    const unfinished = /^(.*?) ?<unfinished \.\.\.>$/s.exec(body);
    if (unfinished !== null) {
      open.set(pid, { at: joined.length, start: unfinished[1] ?? "" });
      joined.push(undefined);
      continue;
    }
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/s.exec(body);
    const begun = open.get(pid);
    if (resumed !== null && begun !== undefined) {
      open.delete(pid);
      joined[begun.at] = toLine(pid, begun.start + (resumed[1] ?? ""));
      continue;
    }
    joined.push(toLine(pid, body));
  }
  // A process that was killed inside a call: what it began may have happened.
  for (const [pid, { at, start }] of open) joined[at] = toLine(pid, `${start}) = ?`);
  return joined.filter((line) => line !== undefined);
}

function toLine(pid: number, body: string): Line | undefined {
  const opening = body.indexOf("(");
  if (opening <= 0 || !/^\w+$/.test(body.slice(0, opening))) return undefined;
  const { parts, end } = split(body, opening + 1, ")");
  const outcome = /^\)? *= (.*)$/s.exec(body.slice(end))?.[1] ?? "?";
  return { pid, name: body.slice(0, opening), args: parts, outcome };
}

const closers: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}", "<": ">" };

/** Splits at commas outside of strings and brackets, until `closer`. */
function split(body: string, from: number, closer: string): { parts: string[]; end: number } {
  const parts: string[] = [];
  const expected: string[] = [];
  let start = from;
  let at = from;
  for (; at < body.length; at += 1) {
    const character = body[at] ?? "";
    if (character === '"') at = endOfString(body, at);
    else if (expected.at(-1) === ">" && character !== ">") continue;
    else if (character === expected.at(-1)) expected.pop();
    else if (expected.length === 0 && character === closer) break;
    else if (character === "<" && !/[\w>]/.test(body[at - 1] ?? "")) continue;
    else if (closers[character] !== undefined) expected.push(closers[character] ?? "");
    else if (character === "," && expected.length === 0) {
      parts.push(body.slice(start, at).trim());
      start = at + 1;
    }
  }
  const last = body.slice(start, at).trim();
  if (last !== "") parts.push(last);
  return { parts, end: at };
}

function endOfString(body: string, from: number): number {
  let at = from + 1;
  while (at < body.length && body[at] !== '"') at += body[at] === "\\" ? 2 : 1;
  return at;
}

/** The elements of an array as printed: `["rm", "-f"]`. */
function list(printed: string): readonly string[] {
  return printed.startsWith("[") ? split(printed, 1, "]").parts : [];
}

/** The value of a printed string argument. */
export function text(printed: string | undefined): string | undefined {
  const found = /^"((?:[^"\\]|\\.)*)"/s.exec(printed ?? "");
  return found === null ? undefined : unescaped(found[1] ?? "");
}

/** The path that strace gives for a file descriptor: `3</w/a.txt>`, `AT_FDCWD</w>`. */
export function described(printed: string | undefined): string | undefined {
  const found = /^(?:-?\d+|AT_FDCWD)<(\/.*)>$/s.exec(printed ?? "");
  return found === null ? undefined : unescaped(found[1] ?? "").replace(/ \(deleted\)$/, "");
}

const escapes: Readonly<Record<string, number>> = {
  n: 10,
  t: 9,
  r: 13,
  f: 12,
  v: 11,
  a: 7,
  b: 8,
  '"': 34,
  "\\": 92,
};

function unescaped(printed: string): string {
  if (!printed.includes("\\")) return printed;
  const bytes: number[] = [];
  for (const [, octal, hex, letter, plain] of printed.matchAll(
    /\\([0-7]{1,3})|\\x([0-9a-f]{2})|\\(.)|([^\\]+)/gs,
  )) {
    if (octal !== undefined) bytes.push(Number.parseInt(octal, 8));
    else if (hex !== undefined) bytes.push(Number.parseInt(hex, 16));
    else if (letter !== undefined) bytes.push(escapes[letter] ?? letter.charCodeAt(0));
    else bytes.push(...Buffer.from(plain ?? "", "utf8"));
  }
  return Buffer.from(bytes).toString("utf8");
}

/** Joins and normalises lexically. */
export function resolve(folder: string, path: string): string {
  const parts: string[] = [];
  for (const part of (path.startsWith("/") ? path : `${folder}/${path}`).split("/")) {
    if (part === "" || part === ".") continue;
    if (part === "..") parts.pop();
    else parts.push(part);
  }
  return `/${parts.join("/")}`;
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
