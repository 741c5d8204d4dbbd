// Compilers of any language, called by themselves.

import { leadingText } from "../../options.ts";
import { type FamilyRow, program } from "../../tool.ts";

/** With these it writes no file. */
const showing: ReadonlySet<string> = new Set([
  "-fsyntax-only", "-E", "-M", "-MM", "-v", "-dumpversion", "-dumpmachine", "-print-search-dirs",
]); // biome-ignore format: a list of options

/** A compiler writes what `-o` names, and `a.out` or object files without it. */
const compiler = program((act) => {
  const inputs = act.args.filter((word) => !leadingText(word).startsWith("-"));
  const at = act.args.findIndex((word) => word.value === "-o");
  const output = at >= 0 ? act.args[at + 1] : undefined;
  const shows = act.args.some((word) => showing.has(word.value ?? ""));
  if (act.args.some((word) => /^(?:-wrapper|-B|-fplugin=|-specs=)/.test(leadingText(word))))
    act.unknown(`${act.invocation.program} runs a program that its options name`);
  for (const input of inputs) if (input !== output) act.read(input);
  if (output !== undefined) return act.overwrite(output);
  if (!shows && inputs.length > 0) return act.write(".", { via: act.invocation.program });
  return undefined;
});

export const compilerRows: readonly FamilyRow[] = [
  [
    "gcc g++ cc c++ clang clang++ tcc rustc javac kotlinc scalac ghc gfortran nvcc ld lld as nasm yasm protoc flex bison lex yacc swiftc zig nim fpc dmd ldc2 valac",
    compiler,
  ],
];
