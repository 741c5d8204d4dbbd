// Before the first test: a folder for temporary files that goes with the run, and dist/ up to date with
// src/, for tests that start a thread or a process of proctor's own. Node below 22.18 does not run
// TypeScript.

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  utimes,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = join(root, "dist");
/** Its time is that of the sources that were built last. */
const stamp = join(dist, "src", "store", "sqlite", "worker.js");

/** Vitest's global set-up, and what it returns is called after the last test. */
export default async function prepare(): Promise<() => Promise<void>> {
  const removeTemporary = await useOwnTemporary();
  await build();
  return removeTemporary;
}

/** Nothing of other runs is in it, and whatever a test or a program forgets is removed. */
async function useOwnTemporary(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "proctor-test-"));
  // Some tests do something as another user, who has to reach it.
  await chmod(folder, 0o755);
  process.env.TMPDIR = folder;
  return () => rm(folder, { recursive: true, force: true, maxRetries: 10 });
}

async function build(): Promise<void> {
  const changedMs = await newest(join(root, "src"));
  if (existsSync(stamp) && (await stat(stamp)).mtimeMs >= changedMs) return;
  await mkdir(dist, { recursive: true });
  const fresh = await mkdtemp(join(dist, ".build-"));
  try {
    await compile(fresh);
    await takeOver(fresh);
    await utimes(stamp, new Date(changedMs), new Date(changedMs));
  } finally {
    await rm(fresh, { recursive: true });
  }
}

async function newest(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true });
  const times = await Promise.all(
    names.map(async (name) => (await stat(join(folder, name))).mtimeMs),
  );
  return Math.max(...times);
}

/** Without a look at types, which is `npm run types`'s business and takes most of the time. */
async function compile(outDir: string): Promise<void> {
  const tsc = join(root, "node_modules", ".bin", "tsc");
  const options = ["--noCheck", "--outDir", outDir];
  const run = promisify(execFile);
  await run(tsc, ["-p", "tsconfig.build.json", ...options], { cwd: root });
  const pages = `--outdir=${join(outDir, "src", "dashboard", "client")}`;
  await run("npm", ["run", "--silent", "build:pages", "--", pages], { cwd: root });
}

/** File by file and only where one differs: another test run may be using them at this moment. */
async function takeOver(fresh: string): Promise<void> {
  for (const entry of await readdir(fresh, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const from = join(entry.parentPath, entry.name);
    const to = join(dist, from.slice(fresh.length));
    if (await same(from, to)) continue;
    await mkdir(dirname(to), { recursive: true });
    await rename(from, to);
  }
}

async function same(a: string, b: string): Promise<boolean> {
  if (!existsSync(b)) return false;
  return (await readFile(a)).equals(await readFile(b));
}
