// What a call starts that reads its program from whoever types into it later, where nobody judges that.

import { describe, expect, it } from "vitest";
import { analyseBash } from "../../../src/effects/bash/index.ts";

const context = {
  cwd: "/w",
  shell: "fresh",
  environment: "inherited",
  filesystem: "ours",
} as const;

function isDoubted(command: string, input?: "typed"): boolean {
  const { effects } = analyseBash(command, { ...context, input }, {});
  return effects.some(({ kind }) => kind === "unknown");
}

describe("a call whose agent may type into what it starts", () => {
  const readsIt = [
    "bash",
    "sh",
    "bash -i",
    "bash -s",
    "python3",
    "node",

    "cd a && bash",
  ];
  for (const command of readsIt) {
    it(`is in doubt where that is a program: ${command}`, () => {
      expect([isDoubted(command), isDoubted(command, "typed")]).toEqual([false, true]);
    });
  }

  const doesNot = [
    "ls -l",
    "cat a",
    "git status && git diff | head",
    "npm test",
    "grep -rn x .",
    "bash -c 'ls'",
    "echo ls | bash",
    "bash < /dev/null",
    "python3 -c 'print(1)'",
  ];
  for (const command of doesNot) {
    it(`is what it was where it is not: ${command}`, () => {
      expect(isDoubted(command, "typed")).toBe(isDoubted(command));
    });
  }
});
