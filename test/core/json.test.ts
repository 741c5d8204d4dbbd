// Canonical JSON, by the examples of RFC 8785 and by what an agent could make of member names.

import { describe, expect, it } from "vitest";
import { canonicalJson } from "../../src/core/json.ts";

describe("canonicalJson", () => {
  it.each([
    // Section 3.2.3: by UTF-16 code units.
    [
      '{"\\u20ac":1,"\\r":2,"\\ufb33":3,"1":4,"\\ud83d\\ude00":5,"\\u0080":6,"\\u00f6":7}',
      '{"\\r":2,"1":4,"\u0080":6,"ö":7,"€":1,"😀":5,"\ufb33":3}',
    ],
    // Section 3.2.2.3: numbers as ECMAScript writes them.
    [
      "[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001,-0]",
      "[333333333.3333333,1e+30,4.5,0.002,1e-27,0]",
    ],
    ['{"b":1,"a":[{"d":1,"c":2}]}', '{"a":[{"c":2,"d":1}],"b":1}'],
    ['{"9":2,"10":1}', '{"10":1,"9":2}'],
    ['{"a":2,"__proto__":1}', '{"__proto__":1,"a":2}'],
  ])("of %s", (text, canonical) => {
    expect(canonicalJson(JSON.parse(text))).toBe(canonical);
  });

  it("has no form of a lone surrogate", () => {
    expect(() => canonicalJson({ a: "\ud800" })).toThrow();
  });
});
