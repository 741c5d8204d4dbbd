// Policy files on disk: a folder of them, or one.

import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "../core/errors.ts";
import type { PolicyProblem } from "./problem.ts";
import type { PolicySource } from "./source.ts";

const maxFiles = 256;
const maxFileBytes = 1 << 20;

export type ReadPolicy =
  | { readonly ok: true; readonly sources: readonly PolicySource[] }
  | { readonly ok: false; readonly problems: readonly PolicyProblem[] };

/**
 * The `*.yaml` and `*.yml` files of the given folders, not of folders in them, and the given files. A
 * path that is missing, or holds no policy, is a problem and not an empty rule set.
 */
export async function readPolicy(paths: readonly string[]): Promise<ReadPolicy> {
  const sources: PolicySource[] = [];
  const problems: PolicyProblem[] = [];
  const listed = await Promise.all(paths.map((path) => list(path, problems)));
  for (const file of [...new Set(listed.flat())]) {
    const text = await read(file, problems);
    if (text !== undefined) sources.push({ file, text });
  }
  if (sources.length === 0 && problems.length === 0) {
    problems.push(problem("(none)", "there is no policy", "no path", "Name a folder or a file."));
  }
  return problems.length === 0 ? { ok: true, sources } : { ok: false, problems };
}

async function list(path: string, problems: PolicyProblem[]): Promise<readonly string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path];
    const names = (await readdir(path)).filter(isPolicyName).toSorted();
    if (names.length > 0 && names.length <= maxFiles) return names.map((name) => join(path, name));
    const found = `${names.length} files`;
    const fix = `Put 1 to ${maxFiles} files *.yaml there, or name another folder.`;
    problems.push(problem(path, "the folder holds no policy", found, fix));
  } catch (error) {
    problems.push(unreadable(path, error));
  }
  return [];
}

/** Hidden ones are what editors leave while they write. */
function isPolicyName(name: string): boolean {
  return /\.ya?ml$/.test(name) && !name.startsWith(".");
}

async function read(file: string, problems: PolicyProblem[]): Promise<string | undefined> {
  try {
    const about = await stat(file);
    if (about.isFile() && about.size <= maxFileBytes) {
      return new TextDecoder("utf-8", { fatal: true }).decode(await readFile(file));
    }
    const found = about.isFile() ? `${about.size} bytes` : "something else";
    const fix = `Use files of at most ${maxFileBytes} bytes.`;
    problems.push(problem(file, "it is no file that can be taken", found, fix));
  } catch (error) {
    problems.push(unreadable(file, error));
  }
  return undefined;
}

function unreadable(path: string, error: unknown): PolicyProblem {
  const found = messageOf(error);
  return problem(path, "it cannot be read", found, "Correct the path or its permissions.");
}

function problem(file: string, what: string, found: string, fix: string): PolicyProblem {
  return { file, line: 1, column: 1, what, found, fix };
}
