// A backup: a folder with the store at one moment, and the keys and tokens without which it is of no use.

import { constants } from "node:fs";
import { access, copyFile, mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { ProctorError } from "./core/errors.ts";
import { tokenFiles, webhookSecretFile } from "./credentials.ts";
import type { Persistence } from "./store/store.ts";

/** What the data folder holds. */
export const databaseFile = "proctor.db";
export const chainKeyFile = "chain.key";

/** Secrets of the data folder beside the chain key; each may be missing. */
const otherSecrets = [...tokenFiles, webhookSecretFile];

/** Of files that only their owner reads. */
export const secretFiles = [chainKeyFile, ...otherSecrets];

/**
 * Writes the store, while others go on with it, and unless told otherwise the secrets of `data`.
 *
 * @throws ProctorError `invalid_request` where the folder holds something already
 */
export async function backUp(
  store: Persistence,
  { data, folder, secrets }: { data: string; folder: string; secrets: boolean },
): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if ((await readdir(folder)).length > 0) {
    throw new ProctorError("invalid_request", `${folder} is not empty; name a new folder`);
  }
  if (secrets) for (const file of secretFiles) await copyIfThere(data, folder, file);
  await store.backup(join(folder, databaseFile));
}

/**
 * Puts a backup into a data folder that has no store. The database comes last: a folder that was
 * filled half has none.
 *
 * @throws ProctorError `invalid_request` where there is a store already, or no key for the backup
 */
export async function restore({ data, folder }: { data: string; folder: string }): Promise<void> {
  const [from, to] = [join(folder, databaseFile), join(data, databaseFile)];
  if (!(await exists(from))) {
    throw new ProctorError("invalid_request", `${folder} is no backup: it has no ${databaseFile}`);
  }
  if (await exists(to)) {
    throw new ProctorError(
      "invalid_request",
      `${data} has a store already; move the folder away, or name another with --data`,
    );
  }
  await mkdir(data, { recursive: true, mode: 0o700 });
  for (const file of secretFiles) await copyIfThere(folder, data, file);
  await mustHaveKey(folder, data);
  await copyFile(from, to, constants.COPYFILE_EXCL);
}

async function mustHaveKey(folder: string, data: string): Promise<void> {
  const key = await readFile(join(data, chainKeyFile)).catch(() => undefined);
  if (key === undefined) {
    throw new ProctorError(
      "invalid_request",
      `the backup has no ${chainKeyFile}; put the one of its store into ${data} first`,
    );
  }
  const backedUp = await readFile(join(folder, chainKeyFile)).catch(() => key);
  if (key.equals(backedUp)) return;
  throw new ProctorError(
    "invalid_request",
    `${data} has another ${chainKeyFile} than the backup; move it away first`,
  );
}

/** With its modes; what is there already stays. */
async function copyIfThere(from: string, to: string, file: string): Promise<void> {
  const [source, target] = [join(from, file), join(to, file)];
  if (!(await exists(source)) || (await exists(target))) return;
  await copyFile(source, target, constants.COPYFILE_EXCL).catch(async (error: unknown) => {
    await rm(target, { force: true });
    throw error;
  });
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
