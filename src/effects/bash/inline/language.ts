// What a language is to the reader of its programs: how it is written, and what its calls do.

import type { RunOptions, Word } from "../command.ts";
import type { Act, More } from "../tool.ts";
import type { Lexicon, Token } from "./lexer/lexicon.ts";
import type { Value } from "./values.ts";

/** A call with its arguments evaluated. */
export interface Call {
  /** Full name (`os.remove`), or the method's own. */
  readonly name: string;
  readonly receiver: Value | undefined;
  readonly args: readonly Value[];
  readonly named: ReadonlyMap<string, Value>;
}

/** What a call does. Undefined: it does nothing, and what it returns is not known. */
export type Action = (call: Call, host: Host) => Value | undefined;

/** What an action may do. */
export interface Host {
  readonly act: Act;
  /** What every effect here says of itself. */
  readonly more: More;
  unknown(why: string): void;
  /** The paths that a value may name, against the program's folder. */
  words(value: Value | undefined): readonly Word[];
  shell(value: Value | undefined, options?: RunOptions): void;
  command(words: readonly Value[], options?: RunOptions): void;
  /** Text in the same language. */
  code(value: Value | undefined): Value;
  chdir(value: Value | undefined): void;
  bind(name: string, value: Value): void;
  variable(name: string): Value | undefined;
  /** Loads a module that is not of the language itself. */
  imported(module: string): void;
  /** Calls a function that was handed over as a value. */
  call(callee: Value, args: readonly Value[]): Value;
}

export interface Language {
  readonly lexicon: Lexicon;
  /** Between a value and its member. */
  readonly members: readonly string[];
  readonly concatenation: "+" | "." | "..";
  /** Calls need no parentheses. */
  readonly bareCalls: boolean;
  /** Between an argument's or a field's name and its value. */
  readonly argumentNames: readonly string[];
  /** Names of functions mean the same in capitals. */
  readonly ignoresCase: boolean;
  /** `def f`, `sub f`, `function f`, `class C`: what follows is the program's own name. */
  readonly definitions: ReadonlySet<string>;
  /** What follows in the statement, or the statement itself, may not be reached. */
  readonly conditions: ReadonlySet<string>;
  /** Words that stand before an operand and change nothing that we follow. */
  readonly prefixes: ReadonlySet<string>;
  readonly wordOperators: ReadonlySet<string>;
  /** Words that open a block that `end` closes. */
  readonly blockWords: ReadonlySet<string>;
  /** A loop's words: `for x in y`, `const x of y`, `y as x`. */
  readonly loops: "in" | "of" | "as" | "parenthesis";
  readonly calls: ReadonlyMap<string, Action>;
  readonly methods: ReadonlyMap<string, Action>;
  readonly values: ReadonlyMap<string, Value>;
  /** Beginnings of full names and what they stand for, as `posix.` for `os.`. */
  readonly aliases: readonly (readonly [string, string])[];
  /** Full names that only compute or look; `json.` for all of a module. */
  readonly harmless: ReadonlySet<string>;
  readonly harmlessMethods: ReadonlySet<string>;
  /** Names through which anything may be reached. */
  readonly reflective: ReadonlySet<string>;
  /** Reads `import` and its like; true where it did. */
  readonly imports: (reader: Reader) => boolean;
  /** Ruby's and PHP's constants (`File`), Python's modules: names whose unmodelled functions are doubt. */
  readonly isModule: (root: string) => boolean;
}

/** What `imports` reads with. */
export interface Reader {
  peek(ahead?: number): Token | undefined;
  take(): Token | undefined;
  bind(name: string, value: Value): void;
  imported(module: string): void;
}

/** Python's way: indentation makes blocks, and a loop may stand behind an expression (`f(x) for x in y`). */
export function isIndented({ loops, bareCalls }: Language): boolean {
  return loops === "in" && !bareCalls;
}

/**
 * `=>` may stand behind a function's parameters, as in JavaScript; in Perl and PHP it only stands between
 * a key and its value. Ruby's keys are taken for parameters.
 */
export function hasArrows({ concatenation }: Language): boolean {
  return concatenation === "+";
}
