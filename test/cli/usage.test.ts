// What the command line says to whoever mistypes, and what its help says.

import { expect, it } from "vitest";
import { openMemoryStore } from "../../src/store/index.ts";
import { runIn } from "./programs.ts";

function run(...argv: string[]) {
  return runIn("/", argv, {
    openStore: async () => openMemoryStore({ instance: "test", chainKey: Buffer.alloc(32) }),
  });
}

it.each([
  {
    words: ["trajectorys"],
    says: "error: unknown command 'trajectorys'\n(Did you mean trajectory?)\nproctor --help lists what it takes.\n",
  },
  {
    words: ["frobnicate"],
    says: "error: unknown command 'frobnicate'\nproctor --help lists what it takes.\n",
  },
  {
    words: ["approvals", "aprove"],
    says: "error: unknown command 'aprove'\n(Did you mean approve?)\nproctor approvals --help lists what it takes.\n",
  },
  {
    words: ["check", "--jsno"],
    says: "error: unknown option '--jsno'\n(Did you mean --json?)\nproctor check --help lists what it takes.\n",
  },
  {
    words: ["trajectory", "list"],
    says: 'proctor: invalid_request: "list" is no trajectory id (agent/name); proctor trajectories lists them\n',
  },
])("$words", async ({ words, says }) => {
  expect(await run(...words)).toEqual({ code: 2, output: "", errors: says });
});

it("no help shows a default that is empty", async () => {
  const { output } = await run("--help");
  const listed = output.slice(output.indexOf("\nCommands:"));
  const names = [...listed.matchAll(/^ {2}([a-z-]+)/gm)].flatMap(([, name]) => name ?? []);
  expect(names.length).toBeGreaterThan(20);
  for (const name of names) {
    const help = await run(name, "--help");
    expect([name, help.code, /default: ""/.exec(help.output)?.[0]]).toEqual([name, 0, undefined]);
  }
});
