// Any text in, an answer out: every kind of node, every limit, every mutation of a script.

import fc from "fast-check";
import { forEachChild, parse, type SyntaxNode } from "unbash";
import { describe, expect, it } from "vitest";
import type { Effect } from "../../../src/core/effect.ts";
import { claimedTwice, families } from "../../../src/effects/bash/commands/index.ts";
import { analyseBash } from "../../../src/effects/bash/index.ts";
import { limits } from "../../../src/effects/limits.ts";
import { fixedContext, inheritedContext } from "./notation.ts";
import { generatedScript } from "./scripts.ts";

function effectsOf(script: string): readonly Effect[] {
  return analyseBash(script, fixedContext, {}).effects;
}

function doubts(script: string): readonly string[] {
  return effectsOf(script).flatMap((effect) => (effect.kind === "unknown" ? [effect.why] : []));
}

/** What holds of every answer. */
function expectSound(script: string, effects: readonly Effect[]): void {
  expect(effects.length).toBeGreaterThan(0);
  expect(effects.length).toBeLessThanOrEqual(limits.effects + 1);
  for (const effect of effects) {
    expect(effect).not.toMatchObject({ why: expect.stringContaining("analysis failed") });
    expect(effect.span?.start).toBeGreaterThanOrEqual(0);
    expect(effect.span?.end).toBeLessThanOrEqual(script.length);
    if ("target" in effect && effect.target !== undefined && effect.target.form !== "unresolved") {
      expect(effect.target.path.startsWith("/")).toBe(true);
    }
  }
}

/** One script for each kind of node, which none of the others need have. */
const everyNode: Record<SyntaxNode["type"], string> = {
  Script: "ls",
  Statement: "ls &",
  Command: "A=1 ls -l > f",
  Word: "echo a",
  CompoundList: "{ ls; ls; }",
  AndOr: "ls && ls || ls",
  Pipeline: "ls | cat",
  Time: "time -p ls",
  Negation: "! ls",
  Redirected: "{ ls; } > f",
  If: "if ls; then ls; fi",
  Elif: "if ls; then ls; elif ls; then ls; else ls; fi",
  For: "for i in a; do ls; done",
  Select: "select i in a; do ls; done",
  ArithmeticFor: "for ((i=0; i<2; i++)); do ls; done",
  While: "while ls; do ls; done",
  Function: "f() { ls; }; f",
  Coproc: "coproc X { ls; }",
  Subshell: "(ls)",
  BraceGroup: "{ ls; }",
  Case: "case a in b) ls;; esac",
  CaseItem: "case a in a|b) ls;& c) ls;;& esac",
  TestCommand: "[[ -n a ]]",
  TestUnary: "[[ -f a ]]",
  TestBinary: "[[ a == b ]]",
  TestLogical: "[[ a && b || c ]]",
  TestNot: "[[ ! a ]]",
  TestGroup: "[[ ( a ) ]]",
  ArithmeticCommand: "((x))",
  ArithmeticBinary: "((x + 1))",
  ArithmeticUnary: "((-x, !x, x++))",
  ArithmeticTernary: "((x ? 1 : 2))",
  ArithmeticGroup: "(((x) + 1))",
  ArithmeticWord: "((x))",
  ArithmeticCommandExpansion: "(($(ls)))",
  Assignment: "a[1]+=2",
  ArrayValue: "a=(x [3]=y)",
  Redirect: "ls 2> f >> g < h <> i &> j >| k 3<&0",
  HereString: "cat <<< x",
  HereDoc: "cat <<-E\n\t$x\n\tE",
  HereDocBody: "cat <<E\n$x\nE",
  HereDocDelimiter: "cat <<'E'\n$x\nE",
  FileDescriptor: "ls 2> f",
  FileDescriptorVariable: "ls {fd}> f",
  Literal: "echo a'b'",
  SingleQuoted: "echo 'a'",
  DoubleQuoted: 'echo "a"',
  AnsiCQuoted: "echo $'a'",
  LocaleString: 'echo $"a"',
  SimpleExpansion: "echo $x $1 $@",
  ParameterExpansion: "echo ${x} ${#x} ${!x} ${x[1]}",
  Default: "echo ${x:-a} ${x=a} ${x:+a} ${x?a}",
  Remove: "echo ${x#a} ${x%%a}",
  Replace: "echo ${x/a/b} ${x//a}",
  Slice: "echo ${x:1:2}",
  CaseModification: "echo ${x^} ${x,,a}",
  Transform: "echo ${x@Q}",
  Names: "echo ${!x@} ${!x*}",
  Unknown: "echo ${x&y}",
  CommandExpansion: "echo $(ls) `ls` ${ ls; }",
  ArithmeticExpansion: "echo $((1)) $[2]",
  ProcessSubstitution: "cat <(ls) >(cat)",
  Glob: "echo * ? [ab]",
  ExtendedGlob: "echo @(a|b) !($x)",
  BraceExpansion: "echo {a,$x} {1..3}",
};

function kindsIn(script: string): ReadonlySet<string> {
  const kinds = new Set<string>();
  const visit = (node: SyntaxNode) => {
    kinds.add(node.type);
    forEachChild(node, visit);
  };
  visit(parse(script));
  return kinds;
}

describe("every kind of node", () => {
  it.each(Object.entries(everyNode))("%s is understood: %s", (kind, script) => {
    expect(kindsIn(script)).toContain(kind);
    expectSound(script, effectsOf(script));
    expectSound(script, analyseBash(script, inheritedContext, {}).effects);
  });

  it.each(Object.entries(everyNode))("%s in a substitution, a function and a loop", (_, script) => {
    for (const around of [
      `x=$(${script}\n)`,
      `f() {\n${script}\n}\nf`,
      `while ls; do\n${script}\ndone`,
    ]) {
      expectSound(around, effectsOf(around));
    }
  });
});

describe("limits are named", () => {
  const rows: Record<string, readonly [limit: string, script: string]> = {
    "a long text": ["sourceLength", "x".repeat(limits.sourceLength + 1)],
    "many blanks and quotes": ["syntaxCharacters", "a ".repeat(limits.syntaxCharacters + 1)],
    "many openers": ["openers", "echo ".concat("$(".repeat(limits.openers + 1))],
    "many here-documents": ["hereDocuments", "cat <<E\nx\nE\n".repeat(limits.hereDocuments + 1)],
    "groups within one another": ["nesting", `${"( ".repeat(255)}ls${" )".repeat(255)}`],
    "loops within one another": [
      "steps",
      `${"for i in {1..250}; do ".repeat(4)}:${"; done".repeat(4)}`,
    ],
    "braces within one another": ["braceWords", `echo ${"{a,b}".repeat(12)}`],
    "a long sequence": ["braceWords", "echo {1..99999999}"],
    "many effects": ["effects", "rm x; ".repeat(limits.effects + 1)],
    "long paths": ["effectText", `rm ${`${"x".repeat(3_000)} `.repeat(60)}`],
    "eval of eval": ["steps", `${"eval ".repeat(300)} ls`],
  };
  it.each(Object.entries(rows))("%s", (_, [limit, script]) => {
    expect(doubts(script).at(-1)).toContain(`limit ${limit}`);
  });

  it("recursion is told, and what stands behind it is still seen", () => {
    const script = "f() { f; }; f; rm x";
    expect(doubts(script)).toEqual([`f calls functions more than ${limits.calls} deep`]);
    expect(effectsOf(script).at(-1)).toMatchObject({ kind: "delete", certainty: "certain" });
  });

  it("what is deeper than the parser goes is said to be so", () => {
    const script = `${"echo $(".repeat(300)}ls${")".repeat(300)}`;
    expect(doubts(script).at(-1)).toContain("it cannot be parsed: maximum command");
  });

  it("a fork bomb ends", () => {
    expect(doubts(":(){ :|:& };:")).toEqual([`: calls functions more than ${limits.calls} deep`]);
  });

  it("an endless loop ends", () => {
    expect(effectsOf("while :; do rm x; done; rm y").map(({ kind }) => kind)).toContain("delete");
  });
});

describe("any text", () => {
  const snippets = fc.constantFrom(...Object.values(everyNode));
  const pieces = fc.constantFrom(
    ..."$ ( ) { } [ ] ` ' \" \\ ; & | < > \n # ~ * ? ! = $( ${ $(( <( << <<< && || ;; fi do done esac \uE0F0 \0 é 😀".split(
      " ",
    ),
  );
  const random = fc.oneof(
    fc.string(),
    fc.string({ unit: "binary" }),
    fc.array(pieces).map((all) => all.join("")),
  );

  it("has an answer", () => {
    fc.assert(
      fc.property(random, (script) => expectSound(script, effectsOf(script))),
      { numRuns: 1_500 },
    );
  });

  it("mutated scripts have an answer", () => {
    const mutated = fc
      .tuple(fc.oneof(snippets, generatedScript), fc.nat(), fc.nat(8), fc.oneof(pieces, snippets))
      .map(([script, at, cut, piece]) => {
        const place = at % (script.length + 1);
        return script.slice(0, place) + piece + script.slice(place + cut);
      });
    fc.assert(
      fc.property(mutated, (script) => expectSound(script, effectsOf(script))),
      { numRuns: 1_500 },
    );
  });

  it("is answered alike each time", () => {
    fc.assert(
      fc.property(generatedScript, (script) => {
        expect(effectsOf(script)).toEqual(effectsOf(script));
      }),
      { numRuns: 100 },
    );
  });

  it("never claims less when it stands in a group, a function or a script of its own", () => {
    const kinds = (script: string) => new Set(effectsOf(script).map(({ kind }) => kind));
    const deleting = fc.constantFrom(
      "rm x",
      "rm -r *",
      "find . -delete",
      "> f",
      "chmod 777 x",
      "git reset --hard",
    );
    fc.assert(
      fc.property(deleting, fc.array(fc.nat(6), { maxLength: 4 }), (command, ways) => {
        const wrapped = ways.reduce(wrap, command);
        for (const kind of kinds(command)) expect(kinds(wrapped), wrapped).toContain(kind);
      }),
    );
  });
});

/** Ways to hide a command. */
function wrap(script: string, way: number): string {
  const quoted = `'${script.replaceAll("'", "'\\''")}'`;
  switch (way) {
    case 0:
      return `{ ${script}\n}`;
    case 1:
      return `f() { ${script}\n}; f`;
    case 2:
      return `bash -c ${quoted}`;
    case 3:
      return `eval ${quoted}`;
    case 4:
      return `echo ${quoted} | sh`;
    case 5:
      return `x=${quoted}; for i in 1; do eval "$x"; done`;
    default:
      return `echo $(${script}\n)`;
  }
}

describe("families", () => {
  it("no name is claimed twice", () => {
    expect(claimedTwice(families)).toEqual([]);
  });
});
