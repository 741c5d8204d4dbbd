// A folder that stays the same folder, whatever is renamed or linked around it.

import { closeSync, constants, promises as fs, open as openCallback } from "node:fs";
import { promisify } from "node:util";
import { codeOf } from "./failure.ts";

/**
 * `handles`: a folder is an open descriptor and its entries are reached through
 * /proc/self/fd (proc_pid_fd(5)), which does for Node what openat(2) does for C: no component before
 * the name is looked up again. `paths`: for systems without /proc. A folder is its real path, checked
 * before and after use; whoever swaps it in between and back again is not noticed.
 */
export type FolderKind = "handles" | "paths";

export interface Folder {
  /** Of the folder itself, for listing. */
  readonly path: string;
  /** A path to an entry for one system call that does not follow a link at its end. */
  at(name: Name): string | Buffer;
  /** Opens a folder in it; undefined: the entry is no folder (a link to one is none). */
  open(name: Name): Promise<Folder | undefined>;
  /** Rejects if it is not where it was; for `paths` only. */
  verify(): Promise<void>;
  close(): void;
}

const open = promisify(openCallback);

/** Bytes, for names that are not valid UTF-8. */
export type Name = string | Buffer;

/** The kernel's number; Node does not name it. The folder need not be readable. */
const O_PATH = 0o10000000;
const handleFlags = O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** `handles` wherever /proc is there. */
export async function bestFolderKind(): Promise<FolderKind> {
  if (process.platform !== "linux") return "paths";
  const root = await open("/", handleFlags);
  try {
    return (await fs.readlink(`/proc/self/fd/${root}`)) === "/" ? "handles" : "paths";
  } catch {
    return "paths";
  } finally {
    closeSync(root);
  }
}

/** Opens the root. `path` is real and absolute. */
export async function openRoot(path: string, kind: FolderKind): Promise<Folder> {
  return kind === "handles" ? openHandle(path) : pathFolder(path);
}

async function openHandle(path: string | Buffer): Promise<Folder> {
  const descriptor = await open(path, handleFlags);
  const own = `/proc/self/fd/${descriptor}`;
  const at = (name: Name) => joinName(own, name);
  return {
    path: own,
    at,
    open: (name) => openHandle(at(name)).catch(undefinedIfNoFolder),
    verify: async () => {},
    // Of an O_PATH descriptor there is nothing to flush, so this cannot block.
    close: () => closeSync(descriptor),
  };
}

function pathFolder(path: string): Folder {
  const at = (name: Name) => joinName(path, name);
  return {
    path,
    at,
    open: async (name) => {
      if (!(await fs.lstat(at(name))).isDirectory()) return undefined;
      return pathFolder(at(name).toString());
    },
    verify: async () => {
      if ((await fs.realpath(path)) !== path) {
        throw Object.assign(new Error("the folder was moved"), { code: "ELOOP" });
      }
    },
    close: () => {},
  };
}

function joinName(folder: string, name: Name): string | Buffer {
  return typeof name === "string"
    ? `${folder}/${name}`
    : Buffer.concat([Buffer.from(`${folder}/`), name]);
}

function undefinedIfNoFolder(error: unknown): undefined {
  // Of a link, O_DIRECTORY | O_NOFOLLOW says either.
  if (codeOf(error) === "ENOTDIR" || codeOf(error) === "ELOOP") return undefined;
  throw error;
}
