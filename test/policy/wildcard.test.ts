import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { wildcards } from "../../src/policy/wildcard.ts";

describe("wildcards", () => {
  it.each([
    ["a", "a", true],
    ["a", "aa", false],
    ["*", "", true],
    ["*", "anything at all", true],
    ["a*", "a", true],
    ["*a", "ba", true],
    ["a*a", "a", false],
    ["a*b*c", "a-b-c", true],
    ["a*b*c", "acb", false],
    ["*ab*ab", "abab", true],
    ["*ab*ab", "ab", false],
    ["a.c", "abc", false],
    ["[a]", "a", false],
    ["(a+)+$", "aaaa", false],
    ["constructor", "constructor", true],
  ])("%s of %s: %s", (pattern, name, matches) => {
    expect(wildcards([pattern])(name)).toBe(matches);
    expect(wildcards(["no", "no*", pattern])(name)).toBe(matches);
  });

  it("agrees with the same pattern as a regular expression", () => {
    const pattern = fc.string({ unit: fc.constantFrom("a", "b", "*"), maxLength: 8 });
    const name = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 10 });
    fc.assert(
      fc.property(pattern, name, (source, text) => {
        const oracle = new RegExp(`^${source.replaceAll("*", ".*")}$`);
        expect(wildcards([source])(text)).toBe(oracle.test(text));
      }),
      { numRuns: 2_000 },
    );
  });

  // A backtracking matcher would not come back from this.
  it("comes back from a hostile name", () => {
    expect(wildcards([`${"a*".repeat(200)}b`])("a".repeat(100_000))).toBe(false);
  });
});
