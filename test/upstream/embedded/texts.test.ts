// Diffs, globs and cut output, held against programs and models that are not ours.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, matchesGlob } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { createCapture } from "../../../src/upstream/embedded/capture.ts";
import { unifiedDiff } from "../../../src/upstream/embedded/diff.ts";
import { compileGlob } from "../../../src/upstream/embedded/glob.ts";

describe("unifiedDiff", () => {
  const folder = mkdtempSync(join(tmpdir(), "proctor-diff-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "file");
  const hasPatch = spawnSync("patch", ["--version"]).status === 0;
  if (!hasPatch) console.warn("patch(1) is missing: diffs are not applied");

  function patched(before: string, diff: string): string {
    writeFileSync(file, before);
    const { status, stdout } = spawnSync("patch", ["--silent", "--fuzz=0", file], { input: diff });
    expect(status, `${stdout}`).toBe(0);
    return readFileSync(file, "utf8");
  }

  const text = fc
    .array(fc.constantFrom("a", "b", "c", "", "- x", "+ y"), { maxLength: 30 })
    .chain((lines) => fc.constantFrom(lines.join("\n"), `${lines.join("\n")}\n`));

  it.skipIf(!hasPatch)("makes the one text of the other, as patch(1) reads it", () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        // patch removes a file that becomes empty.
        fc.pre(before !== after && after !== "");
        expect(patched(before, unifiedDiff("file", before, after))).toBe(after);
      }),
      { numRuns: 60 },
    );
  });

  it("is no longer than diff(1)'s", () => {
    const sizeOf = (diff: string) => diff.split("\n").filter((line) => /^[-+]/.test(line)).length;
    fc.assert(
      fc.property(text, text, (before, after) => {
        writeFileSync(file, before);
        const { stdout } = spawnSync("diff", ["-u", "--minimal", file, "-"], { input: after });
        expect(sizeOf(unifiedDiff("file", before, after))).toBeLessThanOrEqual(sizeOf(`${stdout}`));
      }),
      { numRuns: 40 },
    );
  });

  it("stays correct where the texts are too far apart to be compared", () => {
    const before = Array.from({ length: 3_000 }, (_, n) => `old ${n}\n`).join("");
    const after = Array.from({ length: 3_000 }, (_, n) => `new ${n}\n`).join("");
    const diff = unifiedDiff("file", before, after);
    expect(diff.split("\n").filter((line) => line.startsWith("+new"))).toHaveLength(3_000);
    if (hasPatch) expect(patched(before, diff)).toBe(after);
  });
});

describe("compileGlob", () => {
  it.each([
    ["*.ts", "a.ts", true],
    ["*.ts", ".ts", true],
    ["*.ts", "d/a.ts", false],
    ["**", "a/b", true],
    ["**/a", "a", true],
    ["a/**/b", "a/b", true],
    ["a/**/b", "a/x/y/b", true],
    ["a/**", "a", false],
    ["a/**", "a/b/c", true],
    ["**/a/**", "a/b", true],
    ["?", "é", true],
    ["?", "", false],
    ["[a-c]x", "bx", true],
    ["[a-c]x", "-x", false],
    ["[!a-c]x", "dx", true],
    ["[]a]", "]", true],
    ["[a", "[a", true],
    ["\\*", "*", true],
    ["\\*", "a", false],
    ["{a,b{c,d}}", "bd", true],
    ["{a}", "{a}", true],
    ["a.b", "axb", false],
  ])("%s on %s: %s", (glob, path, expected) => {
    expect(compileGlob(glob)(path)).toBe(expected);
  });

  it("agrees with Node's own", () => {
    const piece = fc.constantFrom("a", "b", "*", "?", "**", "/", "[ab]", "[!a]", "{a,b}");
    const path = fc
      .array(fc.constantFrom("a", "b", "ab"), { minLength: 1, maxLength: 4 })
      .map((names) => names.join("/"));
    const pattern = fc
      .array(piece, { minLength: 1, maxLength: 7 })
      .map((pieces) => pieces.join(""))
      // How empty names and runs of stars within a name are read is not agreed on.
      .filter((text) => !/^\/|\/$|\/\/|\*{3}|[^/]\*\*|\*\*[^/]/.test(text));
    fc.assert(
      fc.property(pattern, path, (glob, name) => {
        expect(compileGlob(glob)(name)).toBe(matchesGlob(name, glob));
      }),
      { numRuns: 2_000 },
    );
  });

  it("does not backtrack without bounds", () => {
    const matches = compileGlob(`${"*a".repeat(250)}b`);
    expect(matches("a".repeat(250))).toBe(false);
    const deep = compileGlob(`${"**/a/".repeat(150)}b`);
    expect(deep("a/".repeat(2_000))).toBe(false);
  });

  it.each([["a".repeat(2_000)], ["{a,b}".repeat(8)]])("refuses %s", (glob) => {
    expect(() => compileGlob(glob)).toThrow(/longer than|more than/);
  });
});

describe("createCapture", () => {
  it("keeps the first and last bytes of any stream, whatever its chunks", () => {
    const chunks = fc.array(fc.string({ unit: "binary-ascii", maxLength: 40 }), { maxLength: 20 });
    fc.assert(
      fc.property(chunks, fc.integer({ min: 1, max: 50 }), (texts, maxBytes) => {
        const capture = createCapture(maxBytes);
        for (const text of texts) capture.add(Buffer.from(text, "latin1"));
        const all = texts.join("");
        const head = all.slice(0, Math.floor(maxBytes / 2));
        const tail = all.slice(all.length - Math.ceil(maxBytes / 2));
        const mark = `\n[... ${all.length - maxBytes} of ${all.length} bytes left out ...]\n`;
        const expected = all.length <= maxBytes ? all : head + mark + tail;
        expect(capture.text()).toEqual({ text: expected, truncated: all.length > maxBytes });
        expect(capture.totalBytes).toBe(all.length);
      }),
    );
  });

  it("cuts between characters", () => {
    const characters = fc.string({ unit: fc.constantFrom("a", "é", "€", "😀"), minLength: 30 });
    fc.assert(
      fc.property(characters, fc.integer({ min: 8, max: 40 }), (text, maxBytes) => {
        const capture = createCapture(maxBytes);
        capture.add(Buffer.from(text));
        expect(capture.text().text).not.toContain("\uFFFD");
      }),
    );
  });
});
