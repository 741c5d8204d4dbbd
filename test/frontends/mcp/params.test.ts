// Headers that mirror arguments: what the body says is what they may say.

import { describe, expect, it } from "vitest";
import { checkParams, mirrorsOf } from "../../../src/frontends/mcp/params.ts";

const mirrors = mirrorsOf({
  name: "query",
  inputSchema: {
    properties: {
      region: { type: "string", "x-mcp-header": "Region" },
      limit: { type: "integer", "x-mcp-header": "Limit" },
      sql: { type: "string" },
    },
  },
});
const given = { region: "eu", limit: 3, dry: true, sql: "select 1", nested: { deep: ["x"] } };

const rows: [string, Record<string, string>, { known: boolean; unknown: boolean }][] = [
  ["none", {}, { known: true, unknown: true }],
  ["the argument", { "mcp-param-region": "eu" }, { known: true, unknown: true }],
  ["a number", { "mcp-param-limit": "3" }, { known: true, unknown: true }],
  ["encoded", { "mcp-param-region": "=?base64?ZXU=?=" }, { known: true, unknown: true }],
  ["another value", { "mcp-param-region": "us" }, { known: false, unknown: false }],
  ["the value of another argument", { "mcp-param-region": "3" }, { known: false, unknown: true }],
  ["a number, written otherwise", { "mcp-param-limit": "3.0" }, { known: false, unknown: false }],
  ["one that nothing announces", { "mcp-param-deep": "x" }, { known: true, unknown: true }],
  ["one that no argument says", { "mcp-param-deep": "y" }, { known: false, unknown: false }],
  ["a boolean", { "mcp-param-dry": "true" }, { known: true, unknown: true }],
  ["no parameter's", { "mcp-name": "anything" }, { known: true, unknown: true }],
];

describe("a header of a parameter", () => {
  it.each(rows)("%s", (_, headers, expected) => {
    const passes = (with_: typeof mirrors | undefined) => {
      try {
        checkParams(given, headers, with_);
        return true;
      } catch (error) {
        expect(error).toMatchObject({ code: -32020, status: 400 });
        return false;
      }
    };
    expect({ known: passes(mirrors), unknown: passes(undefined) }).toEqual(expected);
  });
});
