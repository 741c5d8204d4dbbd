// Splits by task, so that nothing of a task that is trained on is tested on.

import { createHash } from "node:crypto";

/** Name -> share; the shares are those of the tasks, and add up to 1. */
export type Shares = readonly (readonly [name: string, share: number])[];

/** The same for the same seed and task, whatever else is there. */
export function createSplit(shares: Shares, seed: number): (task: string) => string {
  return function splitOf(task) {
    const hash = createHash("sha256").update(`${seed} ${task}`).digest();
    let left = hash.readUIntBE(0, 6) / 2 ** 48;
    for (const [name, share] of shares) {
      if (left < share) return name;
      left -= share;
    }
    return shares.at(-1)?.[0] ?? "train";
  };
}
