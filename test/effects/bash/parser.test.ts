// What a script is, judged by bash's own parser: `declare -f` says how it reads one, without running it.

import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { generate } from "../../kernel/generator.ts";
import { readTables } from "../../kernel/table.ts";
import { actsOf } from "./notation.ts";
import { hasBash } from "./trace.ts";

const tables = resolve(import.meta.dirname, "../../kernel/tables");

/** How bash writes a script that it has read as the body of a function; undefined: it cannot be read. */
function asBashReads(scripts: readonly string[]): readonly (string | undefined)[] {
  const loop = `
set +H
while IFS= read -rd '' SCRIPT; do
  if eval "body() {
$SCRIPT
}" 2>/dev/null; then declare -f body; fi
  unset -f body
  printf '\\0'
done`;
  const input = scripts.map((script) => `${script}\0`).join("");
  const { stdout } = spawnSync("bash", ["--norc", "-c", loop], {
    input,
    env: { PATH: process.env.PATH },
    maxBuffer: 1 << 28,
  });
  return stdout
    .toString("utf8")
    .split("\0")
    .slice(0, -1)
    .map((text) => (text === "" ? undefined : bodyOf(text)));
}

/** Between the braces of `body () {`. */
function bodyOf(text: string): string {
  return text.slice(text.indexOf("{") + 1, text.lastIndexOf("}"));
}

/**
 * A script that would end the function, or that says where it stands, is another one within it; and bash
 * writes `coproc rm x` as `coproc COPROC rm x`, which it would read as another command.
 */
const asFunctionBody = (script: string) =>
  !/^\s*\}|LINENO|FUNCNAME|BASH_SOURCE|\b(?:return|local|alias|declare|typeset|coproc)\b/m.test(
    script,
  );

/** Why something is not known quotes the script, blanks and all. */
const acts = (script: string) => String(actsOf(script)).replace(/\s+|(?<=;)\b/g, " ");

describe.skipIf(!hasBash)("a script as bash's own parser writes it", () => {
  const scripts = [
    ...readTables(tables).map(({ command }) => command),
    ...generate(1, 500).map(({ command }) => command),
  ].filter(asFunctionBody);
  const read = asBashReads(scripts);

  it("is read for nearly all", () => {
    expect(read.length).toBe(scripts.length);
    expect(read.filter((text) => text === undefined).length / scripts.length).toBeLessThan(0.02);
  });

  it("does the same", () => {
    const differing = scripts.flatMap((script, at) => {
      const text = read[at];
      if (text === undefined) return [];
      const [before, after] = [acts(script), acts(text)];
      return before === after ? [] : [{ script, text, before, after }];
    });
    expect(differing.slice(0, 5)).toEqual([]);
  });
});
