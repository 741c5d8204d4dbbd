// The key of the chain: 32 random bytes in a file that only its owner reads.

import { mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import { ProctorError } from "../core/errors.ts";
import { newKey } from "../core/ids.ts";
import { systemSentence } from "../core/system-fault.ts";
import { createOnce, privateFolderMode } from "./create-once.ts";

const keyBytes = 32;

/**
 * Reads the key in `file`; makes one where there is none. Of two processes that do so at once, both
 * get the same. A key that others could read is refused, since they could forge what it vouches for.
 *
 * @returns 32 bytes
 * @throws ProctorError `store_unavailable`
 */
export async function loadOrCreateChainKey(file: string): Promise<Uint8Array> {
  try {
    await mkdir(dirname(file), { recursive: true, mode: privateFolderMode });
    await createOnce(file, newKey());
    return await readKey(file);
  } catch (error) {
    if (error instanceof ProctorError) throw error;
    const why = systemSentence(error) ?? "look at the folder";
    throw new ProctorError(
      "store_unavailable",
      `the chain key ${file} cannot be read or made: ${why}`,
      { cause: error },
    );
  }
}

async function readKey(file: string): Promise<Uint8Array> {
  const handle = await open(file, "r");
  try {
    const { mode, size } = await handle.stat();
    // Windows has no such modes, and reports all of them.
    if (process.platform !== "win32" && (mode & 0o077) !== 0) {
      throw unusable(file, "others can read or write it; restrict it with chmod 600");
    }
    if (size !== keyBytes) throw unusable(file, `it has ${size} bytes and should have ${keyBytes}`);
    return Uint8Array.from(await handle.readFile());
  } finally {
    await handle.close();
  }
}

function unusable(file: string, why: string): ProctorError {
  return new ProctorError("store_unavailable", `the chain key ${file} cannot be used: ${why}`);
}
