// Lexical resolution, in a table, and against node:path where no link is in question.

import { posix } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  isWithin,
  type Parents,
  quotePattern,
  resolvePath,
  resolvePattern,
} from "../../src/effects/paths.ts";

const rows: [path: string, cwd: string | undefined, parents: Parents, resolved: string | null][] = [
  ["a.txt", "/w", "none", "/w/a.txt"],
  ["./a//b/./c/", "/w", "none", "/w/a/b/c"],
  ["/etc/passwd", undefined, "none", "/etc/passwd"],
  ["//etc", "/w", "none", "/etc"],
  ["a.txt", undefined, "any", null],
  ["a.txt", "relative", "any", null],
  ["", "/w", "any", null],
  ["a\0b", "/w", "any", null],
  ["x".repeat(5_000), "/w", "any", null],
  [".", "/w/x", "none", "/w/x"],
  // Climbing from the working folder.
  ["../y", "/w/x", "cwd", "/w/y"],
  ["../../../../y", "/w/x", "cwd", "/y"],
  ["../y", "/w/x", "none", null],
  ["../y", "/w/x", "any", "/w/y"],
  // `..` behind what may be a link.
  ["link/../y", "/w", "cwd", null],
  ["link/../y", "/w", "any", "/w/y"],
  ["../a/../y", "/w/x", "cwd", null],
  ["/usr/../etc", "/w", "cwd", null],
  ["/usr/../etc", "/w", "any", "/etc"],
  // The root is its own parent, and no link.
  ["/../../etc", "/w", "none", "/etc"],
  // No shell: nothing is expanded.
  ["~/x", "/w", "none", "/w/~/x"],
  ["$HOME/*", "/w", "none", "/w/$HOME/*"],
];

describe("resolvePath", () => {
  it.each(rows)("%j in %j, parents %s: %j", (path, cwd, parents, resolved) => {
    const expected =
      resolved === null
        ? { form: "unresolved", path: path.slice(0, 4_096) }
        : { form: "resolved", path: resolved };
    expect(resolvePath(path, { cwd, parents })).toEqual(expected);
  });

  it("agrees with node:path where the executor confines paths", () => {
    const path = fc.array(fc.constantFrom("a", "b", "..", ".", "", "/")).map((p) => p.join("/"));
    fc.assert(
      fc.property(path, (text) => {
        fc.pre(text !== "");
        const { path } = resolvePath(text, { cwd: "/w/x/y", parents: "any" });
        expect(path).toBe(posix.resolve("/w/x/y", text));
      }),
    );
  });

  it("without `any` gives the same path or none", () => {
    const path = fc.array(fc.constantFrom("a", "b", "..", ".")).map((p) => p.join("/"));
    fc.assert(
      fc.property(path, fc.constantFrom<Parents>("cwd", "none"), (text, parents) => {
        const target = resolvePath(text, { cwd: "/w/x/y", parents });
        if (target.form === "resolved") expect(target.path).toBe(posix.resolve("/w/x/y", text));
        else expect(text === "" || text.includes("..")).toBe(true);
      }),
    );
  });
});

describe("resolvePattern", () => {
  it.each([
    ["*.ts", "/w", "/w/*.ts"],
    ["/w/**", undefined, "/w/**"],
    ["*", "/odd*name", "/odd\\*name/*"],
  ])("%j in %j is %j", (pattern, cwd, path) => {
    expect(resolvePattern(pattern, { cwd, parents: "none" })).toEqual({ form: "pattern", path });
  });

  it("does not look behind a pattern", () => {
    const target = resolvePattern("*/../x", { cwd: "/w", parents: "cwd" });
    expect(target).toEqual({ form: "unresolved", path: "*/../x" });
  });

  it("quotes what would be a pattern", () => {
    expect(quotePattern("a*b?c\\d[e]")).toBe("a\\*b\\?c\\\\d[e]");
  });
});

describe("isWithin", () => {
  it.each([
    ["/w", "/w", true],
    ["/w/a", "/w", true],
    ["/way", "/w", false],
    ["/", "/w", false],
    ["/x", "/", true],
  ])("%s in %s: %s", (path, folder, expected) => {
    expect(isWithin(path, folder)).toBe(expected);
  });
});
