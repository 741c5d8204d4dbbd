// The files of the database: made for their owner only, and looked after while they are open.

import { statSync } from "node:fs";
import { chmod, mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { ProctorError } from "../../core/errors.ts";
import { createOnce, privateFileMode, privateFolderMode, syncFolder } from "../create-once.ts";

/**
 * Makes folder and file where they are missing, and takes the permissions of others on the file
 * away. SQLite gives its log the modes of the file.
 *
 * An existing file is never opened here: closing a descriptor drops the locks of whoever in this
 * process has the database open already (https://sqlite.org/howtocorrupt.html, section 2.2).
 */
export async function prepareFile(file: string): Promise<void> {
  const made = await mkdir(dirname(file), { recursive: true, mode: privateFolderMode });
  if (made !== undefined) await syncFolder(dirname(made));
  if (await createOnce(file, new Uint8Array())) return;
  const { mode } = await stat(file);
  if ((mode & 0o077) !== 0) await chmod(file, privateFileMode);
}

/**
 * A database that is deleted while it is open goes on without complaint, and is lost when it is
 * closed. The returned function throws once file or log are no longer those that are there now.
 */
export function guardFiles(file: string): () => void {
  const guarded = [file, `${file}-wal`].map((path) => ({ path, identity: identityOf(path) }));
  return function mustBeInPlace() {
    for (const { path, identity } of guarded) {
      if (identityOf(path) === identity) continue;
      throw new ProctorError(
        "store_unavailable",
        `the store ${file} was deleted or replaced while it was open (${path}); restart proctor`,
      );
    }
  };
}

function identityOf(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  return found && `${found.dev}:${found.ino}`;
}
