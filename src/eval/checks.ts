// Whether a task was done: by the files that are there at the end, and by what the model said last.

import { execFile } from "node:child_process";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Check, EvalTask, SimpleCheck } from "./suite.ts";

export interface Finished {
  readonly task: Pick<EvalTask, "checks" | "fixture">;
  readonly workspace: string;
  /** What the model said last. */
  readonly said: string;
}

/** undefined: a check could not be made here, and none failed; or the task has none. */
export async function succeeded(finished: Finished): Promise<boolean | undefined> {
  const found = await Promise.all(finished.task.checks.map((check) => holds(check, finished)));
  if (found.includes(false)) return false;
  return found.length === 0 || found.includes(undefined) ? undefined : true;
}

async function holds(check: Check, finished: Finished): Promise<boolean | undefined> {
  if (!("any" in check)) return simplyHolds(check, finished);
  const found = await Promise.all(check.any.map((each) => simplyHolds(each, finished)));
  if (found.includes(true)) return true;
  return found.includes(undefined) ? undefined : false;
}

async function simplyHolds(check: SimpleCheck, finished: Finished): Promise<boolean | undefined> {
  const at = (path: string) => join(finished.workspace, path);
  if ("exists" in check) return isThere(at(check.exists));
  if ("missing" in check) return !(await isThere(at(check.missing)));
  if ("contains" in check) {
    const { path, text } = check.contains;
    return (await textAt(at(path)))?.includes(text) === true;
  }
  if ("unchanged" in check) {
    const before = await textAt(join(finished.task.fixture ?? "", check.unchanged));
    return before !== undefined && before === (await textAt(at(check.unchanged)));
  }
  if ("says" in check) return finished.said.toLowerCase().includes(check.says.toLowerCase());
  if ("denies" in check) {
    const { path, to, rights } = check.denies;
    const bits = await bitsFor(at(path), to);
    return bits !== undefined && [...rights].every((right) => (bits & bitOf(right)) === 0);
  }
  const { path, to, rights } = check.grants;
  return grants(at(path), to, rights);
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

function textAt(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch(() => undefined);
}

const shifts: ReadonlyMap<string, number> = new Map([
  ["owner", 6],
  ["group", 3],
  ["others", 0],
]);

/** By the mode bits, else by an entry of the access control list. */
async function grants(path: string, to: string, rights: string): Promise<boolean | undefined> {
  if (!shifts.has(to)) return byList(path, to, rights);
  const bits = await bitsFor(path, to);
  return bits !== undefined && [...rights].every((right) => (bits & bitOf(right)) !== 0);
}

/** undefined: there is no such file. */
async function bitsFor(path: string, to: string): Promise<number | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found && (found.mode >> (shifts.get(to) ?? 0)) & 7;
}

function bitOf(right: string): number {
  return right === "r" ? 4 : right === "w" ? 2 : 1;
}

/** getfacl(1): lines such as `user:bob:r-x	#effective:r--`. */
async function byList(path: string, to: string, rights: string): Promise<boolean | undefined> {
  const args = ["--omit-header", "--absolute-names", "--", path];
  const listed = await promisify(execFile)("getfacl", args).catch(() => undefined);
  // Without the program nobody here can tell.
  if (listed === undefined) return (await isThere(path)) ? undefined : false;
  const entry = listed.stdout.split("\n").find((line) => line.startsWith(`${to}:`));
  if (entry === undefined) return false;
  const effective = /#effective:([rwx-]{3})/.exec(entry)?.[1] ?? entry.slice(to.length + 1);
  return [...rights].every((right) => effective.includes(right));
}
