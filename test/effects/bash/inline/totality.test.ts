// Any text as a program: an answer without a mistake of ours, and within the limits.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { effectsOf } from "../notation.ts";

const interpreters = {
  python: "python3 -c",
  javascript: "node -e",
  perl: "perl -e",
  ruby: "ruby -e",
  php: "php -r",
  lua: "lua -e",
} as const;

/** Pieces of all the languages, so that a random sequence reaches far into the reader. */
const pieces = [
  ..."()[]{}<>|&;:,.=+-*/%!?@#$\\'\"`~^ \n\t0aZ",
  ...[
    "f",
    "os.remove",
    "import ",
    "from x import y",
    "def f(a):\n ",
    "for x in ",
    "lambda x: ",
    "=>",
    "->",
    "::",
  ],
  ...[
    "unlink ",
    "fs.rmSync(",
    "`${",
    "#{",
    'f"{',
    "<<E\n",
    "<<~E\n",
    "E\n",
    "q{",
    "s/a/b/e",
    "%w[",
    "/*",
    "*/",
  ],
  ...[
    "require('fs')",
    "exec(",
    "eval ",
    "system ",
    "Dir['*']",
    ".each { |f| ",
    "do |x|",
    "end",
    "if ",
    "else",
    "@ARGV",
  ],
  ...[
    "'a'",
    '"b"',
    "'''",
    '"""',
    "[::-1]",
    "[1:]",
    "x = ",
    "const { a: b } = ",
    "map(",
    "sys.argv",
    "\u{1F4A5}",
    "\uE0F0",
  ],
];

function quoted(program: string): string {
  return `'${program.replaceAll("'", `'\\''`)}'`;
}

describe.each(Object.entries(interpreters))("%s", (_, command) => {
  it("answers to any sequence of its pieces", () => {
    const program = fc
      .array(fc.constantFrom(...pieces), { maxLength: 60 })
      .map((all) => all.join(""));
    fc.assert(
      fc.property(program, (source) => {
        const effects = effectsOf(`${command} ${quoted(source)}`);
        expect(effects.length).toBeGreaterThan(0);
        expect(effects.filter((effect) => effect.includes("the analysis failed"))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});

/** Each would take long or overflow the stack without a limit; the reader says that it stopped, or is done. */
const hostile: Record<string, string> = {
  "a value that doubles with each line": `a = ["x", "y"]\n${"a = [a, a]\n".repeat(60)}import os\nfor f in a: os.remove(f)`,
  "alternatives of alternatives": `import os\nfor a in ["1", "2", "3"]:\n  os.remove(${"a + ".repeat(60)}"x")`,
  "functions handed to functions": `import os\nmap(${"os.remove, ".repeat(400)}1)`,
  "chained assignments": `${"a = ".repeat(3_000)}1`,
  "a name without an end": `a${".b".repeat(5_000)}()`,
  "code within code": `${"exec(".repeat(200)}"x"${")".repeat(200)}`,
};

describe("hostile programs", () => {
  it.each(Object.entries(hostile))("%s", (_, source) => {
    const effects = effectsOf(`python3 -c ${quoted(source)}`);
    expect(effects.length).toBeGreaterThan(0);
    expect(effects.length).toBeLessThan(1_100);
    expect(effects.filter((effect) => effect.includes("the analysis failed"))).toEqual([]);
  });
});
