// Paths that cannot leave the workspace: each component is opened in the folder before it, links are
// expanded here and not by the kernel, as openat2(2) does with RESOLVE_BENEATH.

import { promises as fs } from "node:fs";
import { posix } from "node:path";
import { codeOf, describing, ToolFailure } from "./failure.ts";
import { type Folder, type FolderKind, openRoot } from "./folder.ts";

/** As many as the kernel follows (path_resolution(7)). */
const maxLinks = 40;
/** Linux PATH_MAX. The text of a link is no longer, so a walk has at most `maxLinks` times as many names. */
const maxPathLength = 4_096;

/** A name in a folder of the workspace. `.` is the workspace itself, or what a link to `..` led to. */
export interface Entry {
  readonly folder: Folder;
  readonly name: string;
  /** As the model wrote it, for messages. */
  readonly shown: string;
}

interface WalkOptions {
  /** Expand a link at the end as well: what is read is its target, what is deleted is the link. */
  readonly follow: boolean;
  /** Make the folders on the way that are missing. */
  readonly makeFolders?: boolean;
}

export interface Confined {
  /** Absolute and real. */
  readonly root: string;
  /** A path as the model wrote it, below the root, lexically normal: `""` is the root. */
  relative(path: string): string;
  /** Holds the entry's folder while `work` runs. */
  within<Value>(
    path: string,
    options: WalkOptions,
    work: (entry: Entry) => Promise<Value>,
  ): Promise<Value>;
}

/** `root`: absolute and real. */
export function createConfined(root: string, kind: FolderKind): Confined {
  const relative = (path: string) => relativeTo(root, path);
  return {
    root,
    relative,
    within(path, options, work) {
      return describing(path, async function withinWorkspace() {
        const walk = await startWalk(root, kind, path);
        try {
          const entry = await finishWalk(walk, relative(path).split("/"), options);
          await entry.folder.verify();
          const value = await work(entry);
          await entry.folder.verify();
          return value;
        } finally {
          closeAll(walk.folders);
        }
      });
    },
  };
}

/**
 * Lexically, as the analysis resolved it before the call was allowed: what is carried out is what
 * was judged.
 */
function relativeTo(root: string, path: string): string {
  if (path.includes("\0")) throw new ToolFailure("a path cannot contain a NUL character");
  if (path.length > maxPathLength) throw new ToolFailure("the path is too long");
  if (path === "") throw new ToolFailure("the path is empty; `.` is the workspace");
  const absolute = posix.resolve(root, path);
  if (absolute === root) return "";
  if (!absolute.startsWith(`${root}/`)) throw outside(path, root);
  return absolute.slice(root.length + 1);
}

interface Walk {
  readonly root: string;
  readonly shown: string;
  /** From the root to where the walk is; never empty. */
  readonly folders: Folder[];
  links: number;
}

async function startWalk(root: string, kind: FolderKind, shown: string): Promise<Walk> {
  return { root, shown, folders: [await openRoot(root, kind)], links: 0 };
}

async function finishWalk(
  walk: Walk,
  names: readonly string[],
  options: WalkOptions,
): Promise<Entry> {
  const pending = toPending(names);
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    const isLast = pending.length === 0;
    if (name === "..") climb(walk);
    else if (!isLast) await descend(walk, name, pending, options.makeFolders === true);
    else if (!options.follow || !(await expandLink(walk, name, pending))) {
      return { folder: here(walk), name, shown: walk.shown };
    }
  }
  return { folder: here(walk), name: ".", shown: walk.shown };
}

/** What is still to be walked, next name last. */
function toPending(names: readonly string[]): string[] {
  return names.filter((name) => name !== "" && name !== ".").reverse();
}

function here(walk: Walk): Folder {
  const folder = walk.folders.at(-1);
  if (folder === undefined) throw new Error("a walk without its root");
  return folder;
}

/** `..` of a link's text: back the way that the walk came, never above the root. */
function climb(walk: Walk): void {
  if (walk.folders.length === 1) throw outside(walk.shown, walk.root);
  walk.folders.pop()?.close();
}

async function descend(
  walk: Walk,
  name: string,
  pending: string[],
  makeFolders: boolean,
): Promise<void> {
  const folder = await openOrMake(here(walk), name, makeFolders);
  if (folder !== undefined) walk.folders.push(folder);
  else if (!(await expandLink(walk, name, pending))) {
    throw new ToolFailure(`${walk.shown}: ${name} is not a folder`);
  }
}

async function openOrMake(
  parent: Folder,
  name: string,
  makeFolders: boolean,
): Promise<Folder | undefined> {
  try {
    return await parent.open(name);
  } catch (error) {
    if (!makeFolders || codeOf(error) !== "ENOENT") throw error;
    await fs.mkdir(parent.at(name));
    return await parent.open(name);
  }
}

/** Puts a link's text in the place of its name. False: the entry is no link, or is not there. */
async function expandLink(walk: Walk, name: string, pending: string[]): Promise<boolean> {
  const text = await readLink(here(walk), name);
  if (text === undefined) return false;
  walk.links += 1;
  if (walk.links > maxLinks) throw new ToolFailure(`${walk.shown}: too many links on the way`);
  if (text.startsWith("/")) closeAll(walk.folders.splice(1));
  pending.push(...toPending(belowRoot(walk, text).split("/")));
  return true;
}

async function readLink(folder: Folder, name: string): Promise<string | undefined> {
  try {
    return await fs.readlink(folder.at(name));
  } catch (error) {
    if (codeOf(error) === "EINVAL" || codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

function belowRoot({ root, shown }: Walk, text: string): string {
  if (!text.startsWith("/")) return text;
  if (text !== root && !text.startsWith(`${root}/`)) throw outside(shown, root);
  return text.slice(root.length);
}

function closeAll(folders: readonly Folder[]): void {
  for (const folder of folders) folder.close();
}

function outside(path: string, root: string): ToolFailure {
  return new ToolFailure(`${path}: leads out of the workspace, which is ${root}`);
}
