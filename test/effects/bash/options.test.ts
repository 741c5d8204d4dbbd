// Options as getopt_long reads them, held against the real getopt(1) where it is installed.

import { execFileSync, spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Word, WordPart } from "../../../src/effects/bash/command.ts";
import { type Options, optionParser } from "../../../src/effects/bash/options.ts";

const span = { start: 0, end: 0 };

/** `$x` stands for a hole, `$@` for one that may be any number of arguments, `*` for a pattern. */
function word(source: string): Word {
  const parts: WordPart[] = [];
  for (const piece of source.split(/(\$x|\$@|\*)/)) {
    if (piece === "") continue;
    if (piece.startsWith("$")) parts.push({ kind: "hole", why: piece });
    else if (piece === "*") parts.push({ kind: "glob", text: "*" });
    else parts.push({ kind: "text", text: piece });
  }
  const known = parts.every((part) => part.kind === "text");
  const many = source.includes("$@") || source.includes("*");
  return { value: known ? source : undefined, parts, many, source, span };
}

const words = (line: string): readonly Word[] => line.split(" ").filter(Boolean).map(word);
const shown = (list: readonly Word[]): string => list.map((w) => shownWord(w)).join(" ");
const shownWord = (w: Word): string =>
  w.value ?? w.parts.map((part) => (part.kind === "hole" ? part.why : part.text)).join("");

const spec = [
  "r,R,recursive f,force i,in-place:: n,lines:",
  "backup:: suffix,S: target-directory,t: force-local verbose,v version #",
] as const;
const parse = optionParser(spec);

/** Options as `name` or `name=value`, then `|` and the operands. */
function summary(options: Pick<Options, "items" | "operands">): string {
  const given = options.items.flatMap((item) =>
    item.kind === "operand"
      ? []
      : [item.value === undefined ? item.name : `${item.name}=${shownWord(item.value)}`],
  );
  return `${given.join(" ")} | ${shown(options.operands)}`.trim();
}

describe("GNU order", () => {
  it.each([
    ["-rf a b", "r f | a b"],
    ["a -r b -f", "r f | a b"],
    ["-r -- -f a", "r | -f a"],
    ["-rn5 a", "r n=5 | a"],
    ["-rn 5 a", "r n=5 | a"],
    ["-n -f a", "n=-f | a"],
    ["-i a", "i | a"],
    ["-i.bak a", "i=.bak | a"],
    ["-ri.bak a", "r i=.bak | a"],
    ["--in-place=.bak a", "i=.bak | a"],
    ["--in-place .bak", "i | .bak"],
    ["--recursive --lines 3", "r n=3 |"],
    ["--lines=3 x", "n=3 | x"],
    ["--li 3 x", "n=3 | x"],
    ["--rec x", "r | x"],
    ["--force x", "f | x"],
    ["-5 x", "#=5 | x"],
    ["-r12v x", "r #=12 verbose | x"],
    ["- x", "| - x"],
    ["-t d a", "target-directory=d | a"],
    ["--target=d a", "target-directory=d | a"],
  ])("%s", (line, expected) => {
    const options = parse(words(line));
    expect(summary(options)).toBe(expected);
    expect(options.unknown).toEqual([]);
    expect(options.doubtful).toEqual([]);
  });
});

describe("what is not an option of the program", () => {
  it.each([
    ["--ver", ["--ver"]],
    ["--nonsense=1 a", ["--nonsense=1"]],
    ["-rz a", ["-z"]],
    ["a -n", ["-n"]],
    ["--lines", ["--lines"]],
  ])("%s", (line, unknown) => {
    expect(parse(words(line)).unknown).toEqual(unknown);
  });
});

describe("words that are not wholly known", () => {
  it.each([
    ["$x a", "| $x a", "$x"],
    ["-- $x", "| $x", ""],
    ["-n$x a", "n=$x | a", ""],
    ["-n $x a", "n=$x | a", ""],
    ["-n $@ a", "n=$@ | a", "$@"],
    ["--lines=$x a", "n=$x | a", ""],
    ["-r$x a", "r | a", "-r$x"],
    ["-$x a", "| a", "-$x"],
    ["--$x a", "| a", "--$x"],
    ["--li$x a", "| a", "--li$x"],
    ["a$x b", "| a$x b", ""],
    ["a$@ b", "| a$@ b", "a$@"],
    ["* b", "| * b", ""],
    ["-i$x b", "i=$x | b", ""],
  ])("%s", (line, expected, doubtful) => {
    const options = parse(words(line));
    expect(summary(options)).toBe(expected);
    expect(shown(options.doubtful)).toBe(doubtful);
  });
});

describe("styles", () => {
  it("posix: the first operand ends the options", () => {
    const posix = optionParser(spec, { order: "posix" });
    expect(summary(posix(words("-r a -f")))).toBe("r | a -f");
  });
  it("so does a caller that finds POSIXLY_CORRECT", () => {
    expect(summary(parse(words("-r a -f"), true))).toBe("r | a -f");
  });
  it("without abbreviations a long name is whole", () => {
    const whole = optionParser(spec, { abbreviations: false });
    expect(whole(words("--rec a")).unknown).toEqual(["--rec"]);
  });
  it("single dash: long names first, then short ones", () => {
    const single = optionParser("auto-approve out: f x", { singleDash: true });
    expect(summary(single(words("-auto-approve -out=p -fx a")))).toBe("auto-approve out=p f x | a");
    expect(summary(single(words("-out p --auto")))).toBe("out=p auto-approve |");
  });
  it("negations take an option back", () => {
    const git = optionParser("f,force q,quiet no-verify", { negations: true });
    const options = git(words("--force --quiet --no-force --no-verify"));
    expect([options.has("f"), options.has("quiet"), options.has("no-verify")]).toEqual([
      false,
      true,
      true,
    ]);
    expect(git(words("--no-force --force")).has("force")).toBe(true);
  });
});

describe("access", () => {
  const options = parse(words("-v -n1 -f -n2 --verbose --recursive"));
  it("any name of an option stands for it", () => {
    expect(options.has("R")).toBe(true);
    expect(options.count("verbose")).toBe(2);
    expect(shown(options.values("lines"))).toBe("1 2");
    expect(options.value("n")?.value).toBe("2");
    expect(options.has("i")).toBe(false);
  });
  it("which was last", () => {
    expect(options.last("f", "lines")).toBe("lines");
    expect(options.last("f", "recursive")).toBe("recursive");
    expect(options.last("i", "backup")).toBeUndefined();
  });
});

const getopt = spawnSync("getopt", ["--test"]).status === 4;
if (!getopt) console.warn("skipped: no enhanced getopt(1) here to compare with");

describe.skipIf(!getopt)("as getopt(1) reads them", () => {
  const pieces = [
    ..."-r -f -rf -n -n5 -rn -i -i.b -t --rec --recursive --force --force-l --lines --lines=4".split(
      " ",
    ),
    ..."--li --in-place --in-place=x --backup --backup=t --suffix --v --verb -- - a b -z --no".split(
      " ",
    ),
  ];
  const oracle = optionParser([
    "r f i:: n: t:",
    "recursive force force-local lines: in-place:: backup:: suffix: verbose version",
  ]);
  /** One shell for all of the lines, which have no blanks inside a word. */
  function asGetopt(lines: readonly (readonly string[])[]): readonly string[] {
    const long = "recursive,force,force-local,lines:,in-place::,backup::,suffix:,verbose,version";
    const script = `while IFS= read -r line; do getopt -q -u -o 'rfi::n:t:' -l '${long}' -- $line; done`;
    const input = `${lines.map((line) => line.join(" ")).join("\n")}\n`;
    return execFileSync("bash", ["-c", script], { input }).toString().split("\n").slice(0, -1);
  }
  function asWe(args: readonly string[]): string {
    const options = oracle(args.map(word));
    const given = options.items.flatMap((item) => {
      if (item.kind === "operand") return [];
      const takes = "i n t lines in-place backup suffix".split(" ").includes(item.name);
      const dashes = item.name.length === 1 ? "-" : "--";
      return [`${dashes}${item.name}`, ...(takes ? [item.value?.value ?? ""] : [])];
    });
    return ` ${[...given, "--", ...options.operands.map((w) => w.value ?? "")].join(" ")}`;
  }
  it("over random command lines", () => {
    const anyLine = fc.array(fc.constantFrom(...pieces), { maxLength: 7 });
    const lines = fc
      .sample(anyLine, { numRuns: 80, seed: 20_260 })
      .filter((args) => oracle(args.map(word)).unknown.length === 0);
    expect(lines.length).toBeGreaterThan(20);
    expect(lines.map(asWe)).toEqual(asGetopt(lines));
  });
});
