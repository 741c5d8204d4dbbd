// Where proctor's own program is, and which version it has.

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

export interface Program {
  /** The folder with package.json. */
  readonly folder: string;
  readonly version: string;
}

/** package.json is beside `src`, and above `dist/src`. */
export function thisProgram(): Program {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    try {
      const { version }: { version: string } = JSON.parse(
        readFileSync(join(folder, "package.json"), "utf8"),
      );
      return { folder, version };
    } catch (error) {
      if (folder === dirname(folder)) throw error;
    }
  }
}
