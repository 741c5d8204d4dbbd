import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { policyLint, policyTest } from "../../src/cli/policy.ts";
import type { Terminal } from "../../src/cli/terminal.ts";
import { options, policyText } from "../policy/fixtures.ts";

let folder = "";
let file = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "proctor-cli-policy-"));
  file = join(folder, "a.yaml");
});
afterEach(() => rmSync(folder, { recursive: true }));

const examples = {
  match: [{ effect: "delete", path: "/a" }],
  not: [{ effect: "delete", path: "/b" }],
};
const rule = {
  id: "a",
  verdict: "ask",
  reason: "This deletes what is still needed. Move it to the archive instead.",
  match: { effect: "delete", path: "/a" },
  examples,
} as const;
const cautious = { unknown: "ask", privilege: "ask" };

async function run(
  command: typeof policyTest,
  text: string | undefined,
  json = false,
): Promise<{ code: number; output: string }> {
  const stdout = new PassThrough();
  const terminal: Terminal = {
    stdin: new PassThrough(),
    stdout,
    stderr: new PassThrough(),
    colours: false,
    interactive: false,
    cwd: folder,
    env: {},
  };
  if (text !== undefined) writeFileSync(file, text);
  const code = await command(terminal, { paths: [file], load: options, json });
  return { code, output: String(stdout.read() ?? "") };
}

describe("policy test", () => {
  it("says what held", async () => {
    const { code, output } = await run(policyTest, policyText([rule], cautious));
    expect(code).toBe(0);
    expect(output).toMatch(
      /^1 file, 1 rule, 2 examples: all hold\. Mode enforce, digest [0-9a-f]{64}\.\n$/,
    );
  });

  it("says how many examples it could not run", async () => {
    const bash = { ...examples, not: [...examples.not, { bash: "ls" }] };
    const { code, output } = await run(policyTest, policyText([{ ...rule, examples: bash }]));
    expect([code, output]).toEqual([
      0,
      expect.stringContaining("\nNot run, for want of an analyser: 1.\n"),
    ]);
  });

  it("lists every problem", async () => {
    const wrong = { ...examples, match: examples.not };
    const { code, output } = await run(policyTest, policyText([{ ...rule, examples: wrong }]));
    expect(code).toBe(1);
    expect(output).toBe(
      `${file}:1:${output.split(":")[2]?.split(" ")[0]} rule a: the rule does not match an example that it should match
  found: effects: delete /b
  fix:   Correct \`match\` and \`except\`, or the example.
1 problem.
`,
    );
  });

  it("shows control characters, and does not obey them", async () => {
    const { output } = await run(policyTest, policyText([{ ...rule, id: "a\u001b[2J" }]));
    expect(output).toContain("\\u001b[2J");
    expect(output).not.toContain("\u001b");
  });

  it("takes a file that is not there for wrong usage", async () => {
    expect(await run(policyTest, undefined)).toMatchObject({
      code: 2,
      output: expect.stringContaining("cannot be read"),
    });
  });

  it("says the same as JSON", async () => {
    const held = await run(policyTest, policyText([rule]), true);
    expect([held.code, JSON.parse(held.output)]).toMatchObject([
      0,
      { ok: true, files: 1, rules: 1, examples: 2, skipped: 0, mode: "enforce" },
    ]);
    const failed = await run(policyTest, "version: 2", true);
    expect([failed.code, JSON.parse(failed.output)]).toMatchObject([
      1,
      { ok: false, problems: [{ file, line: 1, what: "`version` is not valid", found: "2" }, {}] },
    ]);
  });
});

describe("policy lint", () => {
  it("has nothing to say of a good policy", async () => {
    const { code, output } = await run(policyLint, policyText([rule], cautious));
    expect([code, output]).toEqual([0, "0 warnings, 0 notes.\n"]);
  });

  it("is content with notes, and not with warnings", async () => {
    const tried = await run(policyLint, policyText([{ ...rule, mode: "dry-run" }], cautious));
    expect([tried.code, tried.output]).toEqual([
      0,
      expect.stringMatching(/note: the rule is not applied.*0 warnings, 1 note/s),
    ]);
    const short = await run(policyLint, policyText([{ ...rule, reason: "No." }], cautious));
    expect([short.code, short.output]).toEqual([1, expect.stringContaining("1 warning, 0 notes.")]);
  });

  it("reports what does not load, and what is not there", async () => {
    expect((await run(policyLint, "version: 2")).code).toBe(1);
    rmSync(file);
    expect((await run(policyLint, undefined)).code).toBe(2);
  });

  it("says the same as JSON", async () => {
    const { code, output } = await run(
      policyLint,
      policyText([{ ...rule, reason: "No." }], cautious),
      true,
    );
    expect([code, JSON.parse(output)]).toMatchObject([
      1,
      { ok: false, findings: [{ level: "warning", rule: "a", file }] },
    ]);
  });
});
