// Reads an interpreted program once, from top to bottom: what it calls, with which literal arguments.
// No interpreter: a loop's body is read once, a function's where it is defined, and what a branch decides is open.

import type { Act } from "../../tool.ts";
import type { Language } from "../language.ts";
import { lex } from "../lexer/index.ts";
import { unknownValue, type Value } from "../values.ts";
import { PassageHost } from "./host.ts";
import { Passage, type Within } from "./passage.ts";
import { maxDepth, Program } from "./program.ts";
import { Statements } from "./statements.ts";
import { survey } from "./survey.ts";

export interface Reading {
  /** Nothing in it is doubtful. */
  readonly understood: boolean;
  /** Modules that are not of the language itself. */
  readonly foreign: readonly string[];
}

/** Reads a whole program. `values`: variables that are there before it begins, such as its arguments. */
export function evaluate(
  source: string,
  language: Language,
  { act, via }: { readonly act: Act; readonly via: string },
  values: ReadonlyMap<string, Value> = new Map(),
): Reading {
  const program = new Program({ act, via, language, values });
  read(source, program, { depth: 0, possible: false });
  return { understood: program.isUnderstood, foreign: [...program.imported] };
}

/** The value of the last expression of a text. */
function read(source: string, program: Program, { depth, possible }: Within): Value {
  if (depth > maxDepth) {
    program.unknown("code nested too deep");
    return unknownValue("code");
  }
  const { tokens, trouble } = lex(source, program.language.lexicon);
  if (trouble !== undefined) program.unknown(trouble);
  const passage = new Passage(program, tokens, possible);
  survey(passage.cursor, program);
  const host = new PassageHost(passage, (inner) =>
    read(inner, program, { depth: depth + 1, possible: passage.possible }),
  );
  return new Statements(passage, host).run();
}
