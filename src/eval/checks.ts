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
  const { path, to, rights } = check.grants;
  return grants(at(path), to, rights);
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

function textAt(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch(() => undefined);
}

const shifts: Readonly<Record<string, number>> = { owner: 6, group: 3, others: 0 };

/** By the mode bits, else by an entry of the access control list. */
async function grants(path: string, to: string, rights: string): Promise<boolean | undefined> {
  const shift = shifts[to];
  if (shift === undefined) return byList(path, to, rights);
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return false;
  return hasRights(((found.mode >> shift) & 7).toString(), rights);
}

function hasRights(digit: string, rights: string): boolean {
  const bits = Number(digit);
  return [...rights].every((right) => (bits & ({ r: 4, w: 2, x: 1 }[right] ?? 0)) !== 0);
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
