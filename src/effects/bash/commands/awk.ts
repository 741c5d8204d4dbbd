// awk(1) and its kin: programs over lines, which can run commands and open files.

import type { CommandFamily, Stdin, Word } from "../command.ts";
import { leadingText, type Options } from "../options.ts";
import { holeMark, marked, partsOf, textOfParts, unmarked } from "../text.ts";
import { type Act, family, tool, wordOf } from "../tool.ts";
import { type AwkDeed, readAwk } from "./awk-program.ts";

const optionLines = [
  "f,file: F,field-separator: v,assign: e,source: i,include: l,load: E,exec: W: b,characters-as-bytes",
  "c,traditional C,copyright d,dump-variables:: D,debug:: g,gen-pot h,help I,trace k,csv L,lint::",
  "M,bignum n,non-decimal-data N,use-lc-numeric o,pretty-print:: O,optimize p,profile:: P,posix",
  "r,re-interval s,no-optimize S,sandbox t,lint-old V,version",
] as const;

type AwkOptions = Options<"f" | "F" | "v" | "e" | "i" | "l" | "E" | "S" | "W" | "d" | "o" | "p">;

const awk = tool(
  optionLines,
  (act, options) => {
    if (options.values("W").some((word) => /^(v|he|us)/.test(word.value ?? ""))) return undefined;
    const given = options.last("f", "e", "E") !== undefined;
    const [program] = options.operands;
    const files = given ? options.operands : options.operands.slice(1);
    for (const file of files) if (isFile(file)) act.read(file);
    for (const dump of ["d", "o", "p"] as const) {
      for (const file of options.values(dump)) act.overwrite(file);
    }
    const stdout = runSource(act, options, given || program === undefined ? [] : [program]);
    const edited = editsInPlace(options) ? files.filter(isFile) : [];
    for (const file of edited) act.write(file, { via: "awk -i inplace" });
    return stdout === undefined ? undefined : { stdout };
  },
  { order: "posix" },
);

/** Operands of the form `name=value` are assignments. */
function isFile(word: Word): boolean {
  return word.value !== "-" && !/^[A-Za-z_]\w*=/.test(leadingText(word));
}

function editsInPlace(options: AwkOptions): boolean {
  const included = [...options.values("i"), ...options.values("l")];
  return included.some((word) => /(^|\/)inplace(\.awk)?$/.test(word.value ?? ""));
}

/** What it prints, where that is known. */
function runSource(act: Act, options: AwkOptions, operand: readonly Word[]): string | undefined {
  const variables = variablesOf(act, options);
  for (const library of [...options.values("i"), ...options.values("l")])
    doubtLibrary(act, library);
  const files = [...options.values("f"), ...options.values("E")];
  for (const file of files) runFile(act, file, variables, options);
  const source = [...options.values("e"), ...operand].map(sourceText).join("\n");
  if (source === "") return undefined;
  const stdout = runText(act, source, variables, options.has("S"));
  return files.length === 0 ? stdout : undefined;
}

/** Libraries that gawk brings along do nothing by being loaded. */
const ownLibraries: ReadonlySet<string> = new Set(
  "inplace assert bits ctime ftrans getopt gettime group join libintl noassign ord passwd processarray quicksort readable readfile rewind round shellquote strtonum walkarray zerofile filefuncs fnmatch fork intdiv ordchr readdir revoutput revtwoway rwarray time".split(
    " ",
  ),
);

function doubtLibrary(act: Act, library: Word): undefined {
  const name = (library.value ?? holeMark).replace(/^.*\//, "").replace(/\.(awk|so)$/, "");
  if (!ownLibraries.has(name)) act.unknown(`${library.source}: a library of awk that is not seen`);
}

function runFile(
  act: Act,
  file: Word,
  variables: ReadonlyMap<string, string>,
  options: AwkOptions,
): void {
  if (file.value !== "-" && file.value !== "/dev/stdin") act.read(file);
  const text = act.contentOf(file);
  if (text !== undefined) runText(act, text, variables, options.has("S"));
  else act.unknown("a program of awk in a file");
}

function sourceText(word: Word): string {
  return word.value ?? marked(textOfParts(word.parts));
}

/** From `-v`, and the fields of the input where that is one known line. */
function variablesOf(act: Act, options: AwkOptions): ReadonlyMap<string, string> {
  const variables = new Map<string, string>();
  const line = act.input?.replace(/\n$/, "") ?? "\n";
  if (!line.includes("\n")) {
    variables.set("$0", line);
    const list = options.has("F") ? [] : fields(line);
    for (const [at, field] of list.entries()) variables.set(`$${at + 1}`, field);
  }
  for (const word of options.values("v")) {
    const text = sourceText(word);
    const equals = text.indexOf("=");
    if (equals > 0) variables.set(text.slice(0, equals), text.slice(equals + 1));
  }
  return variables;
}

function fields(line: string): readonly string[] {
  return line.split(/[ \t]/).filter((field) => field !== "");
}

function runText(
  act: Act,
  source: string,
  variables: ReadonlyMap<string, string>,
  sandbox: boolean,
): string | undefined {
  const program = readAwk(source, variables);
  if (sandbox) return program?.stdout;
  if (program === undefined) act.unknown("a program of awk that could not be read");
  else if (source.includes(holeMark)) act.unknown("a program of awk that is not wholly known");
  for (const deed of program?.deeds ?? []) perform(act, deed);
  return program?.stdout;
}

/** A rule may never be reached, and `BEGIN` may stand under a condition: all of it is `possible`. */
function perform(act: Act, { kind, text, input }: AwkDeed): undefined {
  const known = unmarked(text, "a value that awk computes");
  const word = wordOf(partsOf(known), act.scope.hole("a value that awk computes"));
  const more = { certainty: "possible" } as const;
  switch (kind) {
    case "run": {
      const stdin = input === undefined ? {} : { stdin: inputOf(input) };
      const via = `${act.invocation.program} command`;
      act.script(typeof known === "string" ? known : word, { possible: true, via, ...stdin });
      return;
    }
    case "write":
      return act.overwrite(word, more);
    case "append":
      return act.write(word, more);
    case "read":
      return act.read(word, more);
    case "load":
      return doubtLibrary(act, word);
  }
}

function inputOf(text: string): Stdin {
  if (!text.includes(holeMark)) return { kind: "text", text };
  return { kind: "unknown", why: "what awk prints", partly: text };
}

export const awks: CommandFamily = family(["awk gawk mawk nawk original-awk igawk", awk]);
