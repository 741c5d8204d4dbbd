// Canonical JSON against the library that follows RFC 8785 to the letter.

import canonicalize from "canonicalize";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson, type Json } from "../../src/core/json.ts";

const names = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom(
    "a",
    "b",
    "aa",
    "10",
    "9",
    "0x",
    "__proto__",
    "toString",
    "constructor",
    "\u20ac",
  ),
);
const { value: anyJson } = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<Json>(null, true, false, -0, 1e21, 1e-7, 4.5, "\\ud800", "\u2028"),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.string({ unit: "binary" }),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.array(fc.tuple(names, tie("value")), { maxLength: 5 }).map((members): Json => {
      return JSON.parse(
        `{${members.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`)}}`,
      );
    }),
  ),
}));

describe("canonicalJson", () => {
  it("is what the library says, whatever the value", () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        expect(canonicalJson(value)).toBe(canonicalize(value));
      }),
      { numRuns: 1_000 },
    );
  });

  it.each(['{"b":1,"a":[{"d":1,"c":2}]}', '{"10":1,"9":2}', '{"__proto__":1,"a":2}'])(
    "sorts %s",
    (text) => expect(canonicalJson(JSON.parse(text))).toBe(canonicalize(JSON.parse(text))),
  );

  it("has no form of a lone surrogate", () => {
    expect(() => canonicalJson({ a: "\ud800" })).toThrow();
  });
});
