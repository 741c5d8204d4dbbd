// Makes a file with its content at once, or leaves the one that is there.

import type { FileHandle } from "node:fs/promises";
import { link, open, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { newSecret } from "../core/ids.ts";

/** Reading and writing for the owner, nothing for others. */
export const privateFileMode = 0o600;
export const privateFolderMode = 0o700;

/**
 * The file is written under another name, synced, and linked into place: nobody sees it half
 * written, and of two processes one wins. False: there was one already.
 */
export async function createOnce(file: string, content: Uint8Array): Promise<boolean> {
  if (await exists(file)) return false;
  const temporary = `${file}.${newSecret("")}`;
  try {
    await using(await open(temporary, "wx", privateFileMode), async (handle) => {
      await handle.writeFile(content);
      await handle.sync();
    });
    await link(temporary, file);
    await syncFolder(dirname(file));
    return true;
  } catch (error) {
    if (isCode(error, "EEXIST")) return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

/** A new name is durable once its folder is synced (fsync(2)). */
export async function syncFolder(folder: string): Promise<void> {
  await using(await open(folder, "r"), (handle) => handle.sync());
}

async function exists(file: string): Promise<boolean> {
  try {
    await stat(file);
    return true;
  } catch (error) {
    if (isCode(error, "ENOENT")) return false;
    throw error;
  }
}

async function using<T>(handle: FileHandle, work: (handle: FileHandle) => Promise<T>): Promise<T> {
  try {
    return await work(handle);
  } finally {
    await handle.close();
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
