// What the command line needs of the composed program, for tests that need little of it.

import type { Programs } from "../../src/cli/command.ts";

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
