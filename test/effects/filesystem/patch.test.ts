// The patch format: what is named, and what could be read in two ways.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parsePatch } from "../../../src/effects/filesystem/patch.ts";

/** `add a`, `move a b`, and doubts behind an exclamation mark. */
function inWords(text: string): string[] {
  const { operations, doubts } = parsePatch(text);
  return [
    ...operations.map((operation) =>
      operation.kind === "move"
        ? `move ${operation.path} ${operation.to}`
        : `${operation.kind} ${operation.path}`,
    ),
    ...doubts.map((doubt) => `! ${doubt}`),
  ];
}

const rows: [name: string, lines: string[], ...found: string[]][] = [
  [
    "a deletion",
    ["*** Begin Patch", "*** Delete File: a b.txt", "*** End Patch"],
    "delete a b.txt",
  ],
  [
    "every kind",
    [
      "*** Begin Patch",
      "*** Add File: a",
      "+x",
      "*** Update File: b",
      "@@",
      " same",
      "-old",
      "+new",
      "",
      "*** End of File",
      "*** Update File: c",
      "*** Move to: d",
      "@@ def f():",
      "-x",
      "*** Delete File: e",
      "*** Delete File: f",
      "*** End Patch",
      "",
    ],
    "add a",
    "update b",
    "move c d",
    "delete e",
    "delete f",
  ],
  [
    "what is content is no header",
    [
      "*** Begin Patch",
      "*** Add File: a",
      "+*** Delete File: no",
      "+*** End Patch",
      "*** Update File: b",
      "-*** Delete File: no",
      "+*** Move to: no",
      "*** End Patch",
    ],
    "add a",
    "update b",
  ],
  [
    "a context line that a lenient reader takes for a header",
    ["*** Begin Patch", "*** Update File: a", " *** Delete File: b", "*** End Patch"],
    "update a",
    "! a line of the patch could be content or a header",
  ],
  [
    "headers with blanks before them, where no content can stand",
    ["  *** Begin Patch", "*** Delete File: a", "  *** Delete File: b", "  *** End Patch  "],
    "delete a",
    "delete b",
  ],
  [
    "a here-document around it",
    ["<<'EOF'", "*** Begin Patch", "*** Delete File: a", "*** End Patch", "EOF"],
    "delete a",
  ],
  [
    "carriage returns",
    ["*** Begin Patch\r", "*** Delete File: a\r", "*** End Patch\r"],
    "delete a",
  ],
  [
    "no beginning",
    ["*** Delete File: a", "*** End Patch"],
    "delete a",
    "! the patch does not begin with *** Begin Patch",
  ],
  [
    "no end",
    ["*** Begin Patch", "*** Delete File: a"],
    "delete a",
    "! the patch does not end with *** End Patch",
  ],
  [
    "more after the end",
    ["*** Begin Patch", "*** Delete File: a", "*** End Patch", "*** Delete File: b"],
    "delete a",
    "! text follows the end of the patch",
  ],
  [
    "an unknown header",
    ["*** Begin Patch", "*** Rename File: a", "*** End Patch"],
    "! a line of the patch is neither content nor a known header",
    "! the patch names no file",
  ],
  [
    "content without a file",
    ["*** Begin Patch", "+x", "*** End Patch"],
    "! a line of the patch is neither content nor a known header",
    "! the patch names no file",
  ],
  [
    "a move of a file that is added",
    ["*** Begin Patch", "*** Add File: a", "+x", "*** Move to: b", "*** End Patch"],
    "add a",
    "! a move without a file",
  ],
  [
    "nothing",
    [""],
    "! the patch does not begin with *** Begin Patch",
    "! the patch does not end with *** End Patch",
    "! the patch names no file",
  ],
];

describe("parsePatch", () => {
  it.each(rows)("%s", (_name, lines, ...found) => {
    expect(inWords(lines.join("\n"))).toEqual(found);
  });

  it("is total, and never silent", () => {
    const line = fc.oneof(
      fc.string(),
      fc.constantFrom(
        "*** Begin Patch",
        "*** End Patch",
        "*** Delete File: a",
        "*** Update File: a",
        "*** Move to: b",
        "*** Add File: c",
        "@@",
        "+x",
        "<<EOF",
      ),
    );
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        expect(inWords(lines.join("\n"))).not.toEqual([]);
      }),
    );
  });

  it("finds every deletion among well-formed parts", () => {
    const part = fc.constantFrom(
      ["*** Add File: new", "+*** Delete File: no"],
      ["*** Update File: changed", "@@", "- x", "+ y"],
      ["*** Delete File: gone"],
    );
    fc.assert(
      fc.property(fc.array(part, { minLength: 1 }), (parts) => {
        const lines = ["*** Begin Patch", ...parts.flat(), "*** End Patch"];
        const { operations, doubts } = parsePatch(lines.join("\n"));
        expect(doubts).toEqual([]);
        expect(operations).toHaveLength(parts.length);
        const deleted = parts.filter(([head]) => head?.includes("Delete")).length;
        expect(operations.filter(({ kind }) => kind === "delete")).toHaveLength(deleted);
      }),
    );
  });
});
