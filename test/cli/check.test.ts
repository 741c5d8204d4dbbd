// proctor check, through the command line that people type.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCommandLine } from "../../src/cli/index.ts";
import { composeChecker } from "../../src/compose/checker.ts";
import { loadConfig } from "../../src/config.ts";
import { systemClock } from "../../src/core/clock.ts";
import { noPrograms } from "./programs.ts";

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const programFolder = resolve(import.meta.dirname, "../..");
const world = { clock: systemClock, log: silent, version: "0", programFolder };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "proctor-check-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function run(argv: readonly string[], input = "") {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  stdin.end(input);
  const code = await runCommandLine(
    ["check", ...argv],
    { stdin, stdout, stderr, colours: false, interactive: false, cwd: folder, env: {} },
    {
      ...noPrograms,
      loadConfig: (flags) => loadConfig(flags, {}, folder),
      checker: (config) => composeChecker(config, world),
    },
    "0",
  );
  return { code, output: String(stdout.read() ?? ""), errors: String(stderr.read() ?? "") };
}

/** What is printed as JSON, a line each: the command, the verdict, the kinds of its effects. */
function told(output: string): unknown[] {
  return output
    .trimEnd()
    .split("\n")
    .map((line) => {
      const { command, error, decision, effects } = JSON.parse(line);
      if (error !== undefined) return "error";
      return [command, decision.judged, ...effects.map(({ kind }: { kind: string }) => kind)];
    });
}

describe("proctor check", () => {
  it.each([
    [["ls"], 0, /^allow {2}ls\n/],
    [["rm a"], 3, /^ask {2}rm a\n[\s\S]*delete +certain .*\/a /],
    [[], 2, /^$/],
    [["--json"], 2, /^$/],
  ])("%j: exit code %i", async (argv, code, output) => {
    const ran = await run(argv);
    expect(ran).toMatchObject({
      code,
      output: expect.stringMatching(output),
    });
    if (code === 2) expect(ran.errors).toMatch(/give a command, or --json - /);
  });

  it.each([[["--json", "rm a"]], [["rm a", "--json"]], [["--cwd", "/", "--json", "rm a"]]])(
    "%j prints one JSON line",
    async (argv) => {
      const { code, output } = await run(argv);
      expect([code, told(output)]).toEqual([3, [["rm a", "ask", "delete"]]]);
    },
  );

  it("answers each JSON line of standard input, in order", async () => {
    const lines = [
      '{"command":"ls","cwd":"/tmp"}',
      "nonsense",
      '{"cmd":"ls"}',
      '{"command":"rm a"}',
    ];
    const { code, output } = await run(["--json", "-"], lines.join("\n"));
    expect([code, told(output)]).toEqual([
      1,
      [["ls", "allow", "list"], "error", "error", ["rm a", "ask", "delete"]],
    ]);
  });
});
