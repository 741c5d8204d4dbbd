// The folder that a trial works in: fresh, with the task's fixture, gone afterwards.

import { chmod, cp, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { EvalTask } from "./suite.ts";

/** Resolves with the folder, which is below `root` and of this name. */
export async function makeWorkspace(root: string, name: string, task: EvalTask): Promise<string> {
  const folder = join(root, name);
  await mkdir(folder, { recursive: true });
  if (task.fixture !== undefined) {
    await cp(task.fixture, folder, { recursive: true, verbatimSymlinks: true });
  }
  for (const [path, mode] of task.modes) await chmod(join(folder, path), mode);
  return folder;
}

export async function removeWorkspace(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true }).catch(async () => {
    // The model may have taken the rights away.
    await chmod(folder, 0o700);
    await rm(folder, { recursive: true, force: true });
  });
}
