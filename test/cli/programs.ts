// What the command line needs of the composed program, for tests that need little of it.

import { PassThrough } from "node:stream";
import type { Programs } from "../../src/cli/command.ts";
import { runCommandLine } from "../../src/cli/index.ts";
import { loadConfig } from "../../src/config.ts";

/** Throws. */
export const unused = () => {
  throw new Error("not asked for");
};

/** Whatever is asked for throws. */
export const noPrograms: Programs = {
  self: [],
  uid: undefined,
  suitesFolder: "",
  nowMs: () => 0,
  loadConfig: unused,
  serve: unused,
  run: unused,
  checker: unused,
  policyGround: unused,
  openStore: unused,
  replaying: unused,
  openImport: unused,
  exporting: unused,
  openEval: unused,
  interrupted: unused,
  collect: unused,
  backUp: unused,
  restore: unused,
};

export interface Ran {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

/** The command line in this process, in this folder, without an environment. */
export async function runIn(
  folder: string,
  argv: readonly string[],
  programs: Partial<Programs>,
): Promise<Ran> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const code = await runCommandLine(
    argv,
    {
      stdin: new PassThrough(),
      stdout,
      stderr,
      colours: false,
      interactive: false,
      cwd: folder,
      env: {},
    },
    { ...noPrograms, loadConfig: (flags) => loadConfig(flags, {}, folder), ...programs },
    "0",
  );
  return { code, output: String(stdout.read() ?? ""), errors: String(stderr.read() ?? "") };
}
