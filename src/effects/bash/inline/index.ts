// Programs of other languages within a command: `python -c`, `node -e`, here-documents for an interpreter.

import type { Word } from "../command.ts";
import { marked } from "../text.ts";
import { type Act, textOf } from "../tool.ts";
import { evaluate } from "./evaluate/index.ts";
import { javascript } from "./javascript.ts";
import type { Language } from "./language.ts";
import { lua } from "./lua.ts";
import { perl } from "./perl.ts";
import { php, phpFile } from "./php.ts";
import { python } from "./python/index.ts";
import { ruby } from "./ruby.ts";
import { text, type Value } from "./values.ts";

const languages = { python, javascript, perl, ruby, php, phpFile, lua } as const satisfies Record<
  string,
  Language
>;
export type LanguageName = keyof typeof languages;

/** The variables in which a program finds its arguments. `zeroth`: the list begins with the program. */
const argumentLists: Record<
  LanguageName,
  { readonly names: readonly string[]; readonly zeroth: number }
> = {
  python: { names: ["sys.argv"], zeroth: 1 },
  javascript: { names: ["process.argv"], zeroth: 1 },
  perl: { names: ["@ARGV", "$ARGV"], zeroth: 0 },
  ruby: { names: ["ARGV"], zeroth: 0 },
  php: { names: ["$argv"], zeroth: 1 },
  phpFile: { names: ["$argv"], zeroth: 1 },
  lua: { names: ["arg"], zeroth: 1 },
};

export interface Inline {
  readonly language: LanguageName;
  /** What its effects are put down to: `python -c`. */
  readonly via: string;
  /** The words behind the program text, as the program sees them. */
  readonly args: readonly Word[];
}

/** Says what a program does. A text that is not known is doubt. */
export function runInline(
  act: Act,
  source: Word | string,
  { language, via, args }: Inline,
): undefined {
  const code = typeof source === "string" ? source : (source.value ?? withMarks(source));
  if (typeof source !== "string" && source.value === undefined) {
    act.unknown(`${via} a program that is not wholly known`);
  }
  if (code === undefined) {
    act.emit({ kind: "execute", ...program(act), code: "inline", inspects: false, via });
    return;
  }
  const { names, zeroth } = argumentLists[language];
  const given: Value = {
    kind: "list",
    items: [...Array(zeroth).fill(text("-")), ...args.map(asValue)],
  };
  const values = new Map<string, Value>(names.map((name) => [name, given]));
  const { understood, foreign } = evaluate(code, languages[language], { act, via }, values);
  if (foreign.length > 0) {
    act.emit({ kind: "execute", ...program(act), code: "project", inspects: false, via });
  } else if (!understood)
    act.emit({ kind: "execute", ...program(act), code: "inline", inspects: false, via });
  else if (act.isSilent)
    act.emit({ kind: "execute", ...program(act), code: "inline", inspects: true, via });
  return undefined;
}

function asValue(word: Word): Value {
  return { kind: "text", parts: word.parts };
}

function program(act: Act): { readonly program: string; readonly words: readonly string[] } {
  return { program: act.invocation.program, words: act.args.map(textOf) };
}

/** The program with marks for its holes, so that what is around them is still seen. */
function withMarks(source: Word): string | undefined {
  if (source.parts.every((part) => part.kind === "hole")) return undefined;
  return marked(source.parts);
}
