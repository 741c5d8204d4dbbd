import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isWithin, mayMatch, parseGlob, reachOf } from "../../../src/core/target.ts";
import { askMatcher, type Certainly, contextFrom } from "../fixtures.ts";

type Row = readonly [name: string, path: unknown, effect: object, certainly: Certainly];

const rows: readonly Row[] = [
  ["an exact path", "/w/a", { path: "/w/a" }, "yes"],
  ["another path", "/w/a", { path: "/w/b" }, "no"],
  ["letter case", "/w/a", { path: "/w/A" }, "no"],
  ["a star within a component", "/w/*.log", { path: "/w/a.log" }, "yes"],
  ["a star does not cross folders", "/w/*", { path: "/w/a/b" }, "no"],
  ["what is below a folder", "/w/**", { path: "/w/a/b" }, "yes"],
  ["and not the folder itself", "/w/**", { path: "/w" }, "no"],
  ["a slash at the end is the folder", "/w/", { path: "/w" }, "yes"],
  ["and what is below", "/w/", { path: "/w/a/.b" }, "yes"],
  ["and not what only begins alike", "/w/", { path: "/work" }, "no"],
  ["any folder", "/**/.env", { path: "/w/a/.env" }, "yes"],
  ["also none", "/**/.env", { path: "/.env" }, "yes"],
  ["one of several", ["/a", "/b"], { path: "/b" }, "yes"],
  ["a quoted star", "/w/\\*", { path: "/w/*" }, "yes"],
  ["a quoted star is no wildcard", "/w/\\*", { path: "/w/a" }, "no"],
  ["a root", "${workspace}/a", { path: "/w/a" }, "yes"],
  ["each folder of a root", "${several}/x", { path: "/b/x" }, "yes"],
  ["the top of the file system", "/", { path: "/" }, "yes"],

  ["a tree around it", "/w/a/b", { path: "/w/a", recursive: true }, "maybe"],
  ["a tree in it", "/w/", { path: "/w/a", recursive: true }, "yes"],
  ["a tree whose top alone is in it", "/w/a", { path: "/w/a", recursive: true }, "maybe"],
  ["a tree beside it", "/w/a/b", { path: "/w/c", recursive: true }, "no"],

  ["a pattern that fits", "/w/a.log", { pattern: "/w/*.log" }, "maybe"],
  ["a pattern within", "/w/**", { pattern: "/w/*.log" }, "yes"],
  ["a pattern elsewhere", "/w/**", { pattern: "/x/*.log" }, "no"],
  ["a pattern that may climb", "/x/**", { pattern: "/w/.*" }, "maybe"],

  ["an unresolved target", "/w/a", { unresolved: "$x" }, "maybe"],
  ["even of everything", "/", { unresolved: "$x" }, "maybe"],
  ["unresolved and confined elsewhere", "/x/**", { unresolved: "$x", confined: "/w" }, "no"],
  ["unresolved and confined around it", "/w/a/**", { unresolved: "$x", confined: "/w" }, "maybe"],
  ["unresolved and confined within", "/w/", { unresolved: "$x", confined: "/w" }, "yes"],
  ["resolved though confined", "/x/a", { path: "/x/a", confined: "/w" }, "yes"],

  ["another name of the root", "/etc/", { path: "/proc/self/root/etc/x" }, "maybe"],
  ["another name of the folder", "/w/", { path: "/proc/self/cwd/x" }, "maybe"],
  ["the same, confined", "/w/", { path: "/proc/self/cwd/x", confined: "/w" }, "yes"],
  ["what the kernel says of itself", "/etc/", { path: "/proc/cpuinfo" }, "no"],

  ["the top alone", { top: "/w" }, { path: "/w", recursive: true }, "yes"],
  ["not what is below the top", { top: "/w/a" }, { path: "/w", recursive: true }, "no"],
  ["a pattern at the top", { top: "/*" }, { pattern: "/*", recursive: true }, "yes"],
  ["an unresolved top", { top: "/w" }, { unresolved: "$x", recursive: true }, "maybe"],
  ["top and whole", { top: "/w/*", in: "/w/a/" }, { path: "/w/a", recursive: true }, "yes"],
];

describe("path", () => {
  it.each(rows)("%s", (_, path, effect, certainly) => {
    expect(askMatcher({ path }, { effect: "delete", ...effect })).toBe(certainly);
  });

  const ends: readonly Row[] = [
    ["both ends of a move", "/w/", { path: "/w/a", to: "/w/b" }, "yes"],
    ["its source", "/w/", { path: "/w/a", to: "/x/b" }, "maybe"],
    ["its destination", "/w/", { path: "/x/a", to: "/w/b" }, "maybe"],
    ["neither", "/w/", { path: "/x/a", to: "/x/b" }, "no"],
  ];
  it.each(ends)("%s", (_, path, effect, certainly) => {
    expect(askMatcher({ path }, { effect: "move", ...effect })).toBe(certainly);
  });

  it.each([
    ["a script", { effect: "execute", program: "x", code: "file", path: "/w/x" }, "yes"],
    [
      "a project is its whole folder",
      { effect: "execute", program: "npm", code: "project", path: "/w" },
      "maybe",
    ],
    ["a program without a path", { effect: "execute", program: "ls" }, "no"],
    ["doubt about a script", { effect: "unknown", path: "/w/x" }, "yes"],
    ["doubt about anything", { effect: "unknown" }, "no"],
    ["a connection", { effect: "connect", host: "w" }, "no"],
  ] as const)("%s", (_, effect, certainly) => {
    expect(askMatcher({ path: "/w/x" }, effect)).toBe(certainly);
  });

  it("answers as plain matching of globs does, short cuts or not", () => {
    const segment = fc.constantFrom("a", "b", "*", "**", "a*", "?", ".x");
    const text = fc
      .array(segment, { minLength: 1, maxLength: 4 })
      .map((all) => `/${all.join("/")}`);
    const onTarget = fc.oneof(
      text.map((path) => ({ path: path.replace(/[*?]+/g, "c") })),
      text.map((pattern) => ({ pattern })),
    );
    fc.assert(
      fc.property(
        fc.array(text, { minLength: 1, maxLength: 3 }),
        onTarget,
        fc.boolean(),
        (globs, target, recursive) => {
          const example = { effect: "delete", ...target, recursive };
          const [end] = contextFrom(example).ends;
          if (end === undefined) throw new Error("no end");
          const reach = reachOf(end.target, recursive);
          const may = globs.some((glob) => mayMatch(end.target, parseGlob(glob), recursive));
          const must =
            reach?.every((paths) => globs.some((glob) => isWithin(paths, parseGlob(glob)))) ??
            false;
          expect(askMatcher({ path: globs }, example)).toBe(must ? "yes" : may ? "maybe" : "no");
        },
      ),
      { numRuns: 1_000 },
    );
  });

  // A backtracking matcher would not come back from these.
  it("comes back from a hostile path", () => {
    const path = `/${"a".repeat(4_000)}`;
    const hostile = `/${"*a".repeat(400)}b`;
    expect(askMatcher({ path: hostile }, { effect: "delete", path })).toBe("no");
    expect(askMatcher({ path: hostile }, { effect: "delete", pattern: `${path}*` })).toBe("maybe");
  });
});
