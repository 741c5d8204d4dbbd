// What the tools do to one entry of a folder. No operation here follows a link at the entry.

import { constants, type Dirent, promises as fs, type Stats } from "node:fs";
import type { Entry } from "./confined.ts";
import { codeOf, ToolFailure } from "./failure.ts";
import type { Folder, Name } from "./folder.ts";

/** Windows has neither flag, and there the check of `Folder.verify` stands alone. */
const noFollow = constants.O_NOFOLLOW ?? 0;
/** A FIFO without a writer, or a device, must not hold the call. */
const noBlock = (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0);

/** undefined: not there. */
export async function lookAt(folder: Folder, name: Name): Promise<Stats | undefined> {
  try {
    return await fs.lstat(folder.at(name));
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** @throws ToolFailure where nothing is there */
export async function existing({ folder, name, shown }: Entry): Promise<Stats> {
  const stats = await lookAt(folder, name);
  if (stats === undefined) throw new ToolFailure(`${shown}: no such file or folder`);
  return stats;
}

/** Opens a regular file for reading while `work` runs. */
export async function reading<Value>(
  entry: Entry,
  work: (file: fs.FileHandle, stats: Stats) => Promise<Value>,
): Promise<Value> {
  const file = await fs.open(entry.folder.at(entry.name), constants.O_RDONLY | noFollow | noBlock);
  try {
    const stats = await file.stat();
    requireRegular(stats, entry.shown);
    return await work(file, stats);
  } finally {
    await file.close();
  }
}

function requireRegular(stats: Stats, shown: string): void {
  if (stats.isDirectory()) throw new ToolFailure(`${shown}: is a folder`);
  if (!stats.isFile()) throw new ToolFailure(`${shown}: is not a regular file`);
}

/** Opens a folder, to list it or to go on from it, while `work` runs. */
export async function opening<Value>(
  entry: Entry,
  work: (folder: Folder) => Promise<Value>,
): Promise<Value> {
  if (entry.name === ".") return work(entry.folder);
  const folder = await entry.folder.open(entry.name);
  if (folder === undefined) throw new ToolFailure(`${entry.shown}: is not a folder`);
  try {
    const value = await work(folder);
    await folder.verify();
    return value;
  } finally {
    folder.close();
  }
}

/** The entries by name, at most `maxEntries`, and whether there are more. */
export async function list(
  folder: Folder,
  maxEntries: number,
): Promise<{ entries: Dirent[]; more: boolean }> {
  const entries: Dirent[] = [];
  // Leaving the loop closes the directory.
  for await (const entry of await fs.opendir(folder.path)) {
    if (entries.length === maxEntries) return { entries: sorted(entries), more: true };
    entries.push(entry);
  }
  return { entries: sorted(entries), more: false };
}

function sorted(entries: Dirent[]): Dirent[] {
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * Gives the file this content at once: it is written beside and renamed over. So a reader sees the
 * old file or the new one, a hard link elsewhere keeps the old content, and a link that is put in
 * the place meanwhile is replaced, not followed. The mode is kept, without set-id bits.
 */
export async function replace(entry: Entry, content: Uint8Array): Promise<"created" | "replaced"> {
  requireName(entry);
  const before = await lookAt(entry.folder, entry.name);
  if (before !== undefined) requireRegular(before, entry.shown);
  await writingBeside(entry.folder, async function writeAndRename(file, temporary) {
    await file.writeFile(content);
    if (before !== undefined) await takeOver(file, before);
    await fs.rename(entry.folder.at(temporary), entry.folder.at(entry.name));
  });
  return before === undefined ? "created" : "replaced";
}

/** As many writes may be under way in one folder, with what crashes have left. */
const maxTemporaryNames = 1_000;

/** Creates a file of its own in the folder; what is left of it afterwards is removed. */
async function writingBeside(
  folder: Folder,
  work: (file: fs.FileHandle, name: string) => Promise<void>,
): Promise<void> {
  const { file, name } = await createTemporary(folder);
  try {
    await work(file, name);
  } catch (error) {
    await fs.unlink(folder.at(name)).catch(() => {});
    throw error;
  } finally {
    await file.close();
  }
}

async function createTemporary(folder: Folder): Promise<{ file: fs.FileHandle; name: string }> {
  for (let attempt = 1; ; attempt += 1) {
    const name = `.proctor-${process.pid}-${attempt}.tmp`;
    try {
      return { file: await fs.open(folder.at(name), "wx", 0o666), name };
    } catch (error) {
      if (codeOf(error) !== "EEXIST" || attempt === maxTemporaryNames) throw error;
    }
  }
}

async function takeOver(file: fs.FileHandle, before: Stats): Promise<void> {
  const now = await file.stat();
  // Before the mode, which a change of owner would clear; only root may give files away.
  if (now.uid !== before.uid || now.gid !== before.gid) {
    await file.chown(before.uid, before.gid).catch(() => {});
  }
  await file.chmod(before.mode & 0o777);
}

export async function makeFolder(entry: Entry): Promise<"created" | "existed"> {
  if (entry.name === ".") return "existed";
  try {
    await fs.mkdir(entry.folder.at(entry.name));
    return "created";
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
  }
  const stats = await lookAt(entry.folder, entry.name);
  if (stats?.isDirectory()) return "existed";
  throw new ToolFailure(`${entry.shown}: exists already and is not a folder`);
}

/**
 * Renames, and never over anything: rename(2) would replace what is there, and Node has no
 * RENAME_NOREPLACE. So the name is taken first, by an empty file or folder that nobody else can have
 * made, and the rename replaces that. rename(2) does not replace a folder that is not empty.
 */
export async function move(source: Entry, destination: Entry): Promise<void> {
  requireName(source);
  requireName(destination);
  const stats = await existing(source);
  const place = destination.folder.at(destination.name);
  const release = await takeName(place, stats.isDirectory(), destination.shown);
  try {
    await fs.rename(source.folder.at(source.name), place);
  } catch (error) {
    await release().catch(() => {});
    throw error;
  }
}

async function takeName(
  place: string | Buffer,
  asFolder: boolean,
  shown: string,
): Promise<() => Promise<void>> {
  try {
    if (asFolder) {
      await fs.mkdir(place);
      return () => fs.rmdir(place);
    }
    await (await fs.open(place, "wx")).close();
    return () => fs.unlink(place);
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
    throw new ToolFailure(`${shown}: exists already, and nothing is overwritten`, { cause: error });
  }
}

/** Removes a file, a link, or with `recursive` a folder and all below it. Returns how many. */
export async function remove(
  entry: Entry,
  recursive: boolean,
  signal: AbortSignal,
): Promise<number> {
  requireName(entry);
  const stats = await existing(entry);
  if (!stats.isDirectory()) {
    await fs.unlink(entry.folder.at(entry.name));
    return 1;
  }
  if (!recursive) {
    throw new ToolFailure(`${entry.shown}: is a folder; say recursive: true to delete it`);
  }
  return removeFolder(entry.folder, entry.name, { signal, shown: entry.shown, depth: 0 });
}

/** Each level holds a descriptor. */
const maxDepth = 256;

interface Removal {
  readonly signal: AbortSignal;
  readonly shown: string;
  readonly depth: number;
}

async function removeFolder(parent: Folder, name: Name, removal: Removal): Promise<number> {
  if (removal.depth === maxDepth) {
    throw new ToolFailure(`${removal.shown}: nested deeper than ${maxDepth} folders`);
  }
  const folder = await parent.open(name);
  // A link by now: it goes, what it leads to stays.
  if (folder === undefined) return unlinkOne(parent, name);
  let removed = 1;
  try {
    // Names as bytes: one that is not valid UTF-8 must not keep the folder from going.
    const names = { encoding: "buffer", withFileTypes: true } as const;
    for (const child of await fs.readdir(folder.path, names)) {
      removal.signal.throwIfAborted();
      removed += child.isDirectory()
        ? await removeFolder(folder, child.name, { ...removal, depth: removal.depth + 1 })
        : await unlinkOne(folder, child.name);
    }
  } finally {
    folder.close();
  }
  await fs.rmdir(parent.at(name));
  return removed;
}

async function unlinkOne(folder: Folder, name: Name): Promise<number> {
  await fs.unlink(folder.at(name));
  return 1;
}

function requireName({ name, shown }: Entry): void {
  if (name === ".") throw new ToolFailure(`${shown}: is the workspace itself`);
}
