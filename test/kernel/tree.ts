// What a root folder holds, before and after a row.

import { createHash } from "node:crypto";
import { type Dirent, lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";

export interface Entry {
  readonly type: "file" | "folder" | "link" | "other";
  readonly mode: number;
  readonly size: number;
  /** Of a file: its name as a git object, so that a repository can be asked for it. */
  readonly digest?: string | undefined;
  /** When it last changed in any way, in milliseconds; the kernel alone sets it. */
  readonly changedAt: number;
  /** Of a symbolic link: where it points to, as written. */
  readonly points?: string;
}

/** Absolute path inside the root -> what is there. */
export type Tree = ReadonlyMap<string, Entry>;

/** Mounted over in the sandbox, or the sandbox's own. */
const notOurs = new Set(["/usr", "/proc", "/dev", "/sys", "/.trace"]);

/** Larger files are told apart by size alone, in bytes. */
const maxDigestedBytes = 4 * 1024 * 1024;

/**
 * `earlier` is what the folder held at the time `since`: contents of files that have not changed from
 * then on are not read again.
 */
export function snapshot(root: string, earlier?: Tree, since = 0): Tree {
  const found = new Map<string, Entry>();
  const pending = ["/"];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    for (const item of list(join(root, folder))) {
      const path = folder === "/" ? `/${item.name}` : `${folder}/${item.name}`;
      const entry = look(join(root, path), earlier?.get(path), since);
      if (entry === undefined) continue;
      found.set(path, entry);
      if (entry.type === "folder" && !notOurs.has(path)) pending.push(path);
    }
  }
  return found;
}

/** A folder that a row made unreadable is read anyway by root, and is empty to everyone else. */
function list(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

function look(path: string, earlier: Entry | undefined, since: number): Entry | undefined {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  const base = { mode: stat.mode & 0o7777, size: stat.size, changedAt: stat.ctimeMs };
  if (stat.isDirectory()) return { type: "folder", ...base };
  if (stat.isSymbolicLink()) return { type: "link", ...base, points: readlinkSync(path) };
  if (!stat.isFile()) return { type: "other", ...base };
  const same = earlier?.type === "file" && earlier.size === stat.size && stat.ctimeMs < since;
  const digest = same ? { digest: earlier.digest } : digestOf(path, stat.size);
  return { type: "file", ...base, ...digest };
}

function digestOf(path: string, size: number): { readonly digest?: string } {
  if (size > maxDigestedBytes) return {};
  try {
    const hash = createHash("sha1").update(`blob ${size}\0`).update(readFileSync(path));
    return { digest: hash.digest("hex") };
  } catch {
    return {};
  }
}

export function sameContent(left: Entry | undefined, right: Entry | undefined): boolean {
  if (left === undefined || right === undefined) return left === right;
  return (
    left.type === right.type &&
    left.digest === right.digest &&
    left.points === right.points &&
    (left.type !== "file" || left.size === right.size)
  );
}

/** How many links one path may go through; the kernel's own limit (`path_resolution(7)`). */
const maxLinks = 40;

/**
 * A path with the symbolic links of its folders followed, and its own too if `last`; it stops at
 * what is not in the tree.
 */
export function follow(tree: Tree, path: string, last: boolean): string {
  let pending = path.split("/").filter(Boolean);
  let done = "";
  let links = 0;
  while (pending.length > 0) {
    const name = pending[0] ?? "";
    pending = pending.slice(1);
    if (name === ".") continue;
    if (name === "..") {
      done = done.slice(0, Math.max(0, done.lastIndexOf("/")));
      continue;
    }
    const next = `${done}/${name}`;
    const points = tree.get(next)?.points;
    if (points === undefined || (!last && pending.length === 0) || links === maxLinks) {
      done = next;
      continue;
    }
    links += 1;
    if (points.startsWith("/")) done = "";
    pending = [...points.split("/").filter(Boolean), ...pending];
  }
  return done === "" ? "/" : done;
}
