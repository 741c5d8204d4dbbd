import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Target } from "../../src/core/effect.ts";
import { matchesGlob, mayMatch, mayOverlap, mustMatch, parseGlob } from "../../src/core/target.ts";

const resolved = (path: string): Target => ({ form: "resolved", path });
const pattern = (path: string): Target => ({ form: "pattern", path });
const unresolved = (path: string): Target => ({ form: "unresolved", path });

describe("matchesGlob", () => {
  const rows: readonly [glob: string, path: string, matches: boolean][] = [
    ["/a", "/a", true],
    ["/a", "/a/b", false],
    ["/a", "/ab", false],
    ["/", "/", true],
    ["/a/*", "/a/b", true],
    ["/a/*", "/a", false],
    ["/a/*", "/a/b/c", false],
    ["/a/?", "/a/b", true],
    ["/a/?", "/a/é", true],
    ["/a/?", "/a/😀", true],
    ["/a/?", "/a/", false],
    ["/a/*.ts", "/a/.ts", true],
    ["/a/*.ts", "/a/b.tsx", false],
    ["/a/**", "/a/b", true],
    ["/a/**", "/a/b/c", true],
    ["/a/**", "/a", false],
    ["/a/**", "/ab", false],
    ["/**", "/", true],
    ["/**", "/a/b", true],
    ["/a/**/b", "/a/b", true],
    ["/a/**/b", "/a/x/b", true],
    ["/a/**/b", "/a/x/y/b", true],
    ["/a/**/b", "/a/xb", false],
    ["/a/**/**/b", "/a/b", true],
    ["/**/.git/**", "/w/.git/config", true],
    ["/**/.git/**", "/.git/config", true],
    ["/**/.git/**", "/w/x.git/config", false],
    ["/a/**.ts", "/a/b/c.ts", true],
    ["/a/***", "/a/b/c", true],
    ["/a/\\*", "/a/*", true],
    ["/a/\\*", "/a/b", false],
    ["/a/\\?\\\\", "/a/?\\", true],
    ["/a/\\", "/a/\\", true],
    ["/a[b]", "/a[b]", true],
    ["/a.c", "/abc", false],
  ];
  it.each(rows)("%s on %s: %s", (glob, path, matches) => {
    expect(matchesGlob(path, parseGlob(glob))).toBe(matches);
  });
});

describe("a target against a glob", () => {
  const rows: readonly [
    target: Target,
    recursive: boolean,
    glob: string,
    may: boolean,
    must: boolean,
  ][] = [
    [unresolved("$X"), false, "/a", true, false],
    [unresolved("$X"), true, "/**", true, false],
    [resolved("/a"), false, "/a", true, true],
    [resolved("/a"), false, "/a/**", false, false],
    [resolved("/a"), true, "/a/**", true, false],
    [resolved("/a/b"), true, "/a/**", true, true],
    [resolved("/"), true, "/etc/passwd", true, false],
    [resolved("/"), true, "/**", true, true],
    [resolved("/a/b"), true, "/a/*", true, false],
    [resolved("/a"), true, "/ab", false, false],
    [resolved("/a"), true, "/a/**/x.key", true, false],
    [resolved("/a"), true, "/**", true, true],
    [resolved("/b"), true, "/a/**", false, false],
    [resolved("/a*"), false, "/a\\*", true, true],
    [resolved("/a*"), false, "/ab", false, false],
    [pattern("/a/*.o"), false, "/a/*.o", true, true],
    [pattern("/a/*.o"), false, "/a/*", true, true],
    [pattern("/a/*.o"), false, "/a/**", true, true],
    [pattern("/a/*.o"), true, "/a/**", true, true],
    [pattern("/a/*.o"), true, "/a/*", true, false],
    [pattern("/a/*.o"), false, "/a/b*", true, false],
    [pattern("/a/*.o"), false, "/a/*.c", false, false],
    [pattern("/a/*/c"), false, "/a/b/*", true, false],
    [pattern("/a/*/c"), false, "/a/c", false, false],
    [pattern("/a/**/c"), false, "/a/c", true, false],
    [pattern("/a/**/c"), false, "/a/**", true, true],
    [pattern("/a/?"), false, "/a/*", true, true],
    [pattern("/a/?"), false, "/a/bc", false, false],
    [pattern("/a/?"), false, "/a/?", true, true],
    // `??` is one letter of two bytes where the shell has no UTF-8 locale.
    [pattern("/a/??"), false, "/a/é", true, false],
    [pattern("/a/??"), false, "/a/??", true, false],
    [pattern("/a/??"), false, "/a/*", true, true],
    // `.*` is also `..` in some shells.
    [pattern("/a/b/.*"), true, "/a/c", true, false],
    [pattern("/a/b/.?"), false, "/a", true, false],
    [pattern("/a/b/..*"), false, "/a/b/**", true, false],
    [pattern("/a/b/.env*"), false, "/a/c", false, false],
    [pattern("/a/b/.env*"), false, "/a/b/*", true, true],
  ];
  it.each(rows)(
    "%j recursive %s against %s: may %s, must %s",
    (target, recursive, glob, may, must) => {
      const compiled = parseGlob(glob);
      expect([
        mayMatch(target, compiled, recursive),
        mustMatch(target, compiled, recursive),
      ]).toEqual([may, must]);
    },
  );
});

describe("bounds", () => {
  const long = "a".repeat(100_000);
  it("doubts what would take too long", () => {
    const glob = parseGlob(`/${"*a".repeat(50)}*b*a`);
    expect(mayMatch(resolved(`/${long}`), glob)).toBe(true);
    expect(mustMatch(resolved(`/${long}`), glob)).toBe(false);
    expect(mayMatch(pattern(`/*${long}`), glob)).toBe(true);
  });
  it("answers exactly for long paths where that is cheap", () => {
    expect(mustMatch(resolved(`/${long}`), parseGlob("/**"))).toBe(true);
    expect(mayMatch(resolved(`/${long}`), parseGlob("/b/**"))).toBe(false);
  });
});

// The oracle: regular expressions over every path of a small world.

const world = pathsOf("ab/", 6);

function pathsOf(alphabet: string, length: number): readonly string[] {
  let layer = [""];
  const paths: string[] = [];
  for (let i = 0; i < length; i += 1) {
    layer = layer.flatMap((head) => [...alphabet].map((c) => head + c));
    paths.push(...layer.map((tail) => `/${tail}`));
  }
  return ["/", ...paths].filter((path) => path === "/" || !/\/\/|\/$/.test(path));
}

function oracle(glob: string): RegExp {
  const translated = glob.replace(/(?<=^|\/)\*\*\/|\*\*|\*|\?/g, (wild) => {
    if (wild === "**/") return "(?:.*/)?";
    return wild === "**" ? ".*" : wild === "*" ? "[^/]*" : "[^/]";
  });
  return new RegExp(`^${translated}$`, "s");
}

const globs = fc
  .array(fc.constantFrom("a", "b", "/", "*", "?", "/**", "/**/"), { maxLength: 5 })
  .map((parts) => `/${parts.join("")}`.replace(/\/+/g, "/").replace(/\*{3,}/g, "**"))
  .filter((glob) => glob === "/" || !glob.endsWith("/"));
const paths = fc.constantFrom(...world);

describe("against regular expressions", () => {
  it("matchesGlob is exact", () => {
    fc.assert(
      fc.property(globs, paths, (glob, path) => {
        expect(matchesGlob(path, parseGlob(glob))).toBe(oracle(glob).test(path));
      }),
      { numRuns: 2000 },
    );
  });

  it("two globs overlap exactly where they have a path in common", () => {
    fc.assert(
      fc.property(globs, globs, (a, b) => {
        fc.pre(shortestCommon(a, b) <= widest);
        const [left, right] = [oracle(a), oracle(b)];
        const common = wide.some((path) => left.test(path) && right.test(path));
        expect(mayOverlap(parseGlob(a), parseGlob(b))).toBe(common);
      }),
      { numRuns: 500 },
    );
  });

  const targets = fc.oneof(paths.map(resolved), globs.map(pattern));
  it("may misses nothing and must believes nothing wrong", () => {
    fc.assert(
      fc.property(targets, fc.boolean(), globs, (target, recursive, glob) => {
        const members = world.filter((path) => isMember(path, target, recursive));
        const inside = members.map((path) => oracle(glob).test(path));
        if (inside.includes(true)) expect(mayMatch(target, parseGlob(glob), recursive)).toBe(true);
        if (mustMatch(target, parseGlob(glob), recursive)) expect(inside).not.toContain(false);
      }),
      { numRuns: 2000 },
    );
  });

  it("must implies may", () => {
    fc.assert(
      fc.property(targets, fc.boolean(), globs, (target, recursive, glob) => {
        const compiled = parseGlob(glob);
        if (mustMatch(target, compiled, recursive)) {
          expect(mayMatch(target, compiled, recursive)).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

// Strings rather than normal paths: a glob such as `/a**` has members with a trailing slash.
const widest = 8;
const wide = allStrings("ab/", widest - 1);

/**
 * An upper bound on the length of the shortest common member, if there is one: each of its characters
 * is taken by a token of either glob that takes one only, and the first slash by one of both.
 */
function shortestCommon(a: string, b: string): number {
  return a.replaceAll("*", "").length + b.replaceAll("*", "").length - 1;
}

function allStrings(alphabet: string, length: number): readonly string[] {
  let layer = [""];
  const all = [""];
  for (let i = 0; i < length; i += 1) {
    layer = layer.flatMap((head) => [...alphabet].map((c) => head + c));
    all.push(...layer);
  }
  return all.map((tail) => `/${tail}`);
}

function isMember(path: string, target: Target, recursive: boolean): boolean {
  const self = target.form === "pattern" ? oracle(target.path) : undefined;
  const belongs = (candidate: string): boolean =>
    self ? self.test(candidate) : candidate === target.path;
  if (belongs(path) || !recursive) return belongs(path);
  const parts = path.split("/");
  return parts.some((_, i) => belongs(parts.slice(0, i).join("/") || "/"));
}
