// Reads the heads of loops: their variables stand for the elements of what is looped over.

import { isIndented, type Language } from "../language.ts";
import type { Token } from "../lexer/lexicon.ts";
import { alternatives, elementOf, unknownValue, type Value } from "../values.ts";
import type { Cursor } from "./cursor.ts";
import type { Expressions } from "./expressions.ts";
import type { Passage, ReadItems } from "./passage.ts";

/** Tokens of a loop's variables: `(a, b), c in`. */
const maxVariableTokens = 12;

const declarations = ["const", "let", "var"];

export class Loops {
  readonly #cursor: Cursor;
  readonly #language: Language;
  readonly #variables: Map<string, Value>;
  readonly #expressions: Expressions;
  readonly #readItems: ReadItems;

  constructor(passage: Passage, expressions: Expressions, readItems: ReadItems) {
    this.#cursor = passage.cursor;
    this.#language = passage.language;
    this.#variables = passage.program.variables;
    this.#expressions = expressions;
    this.#readItems = readItems;
  }

  /** Reads a loop's head and binds its variables; false: none stands here. */
  head(end: number, depth: number): boolean {
    const { at } = this.#cursor;
    switch (this.#language.loops) {
      case "in":
        return this.#isOneOf("for") && this.#between("in", at + 1, end, depth);
      case "of": {
        const start = this.#isOneOf(...declarations) ? at + 1 : at;
        return !this.#isOneOf("for") && this.#between("of", start, end, depth);
      }
      case "as":
        return this.#isOneOf("foreach") && this.#as(depth);
      case "parenthesis":
        return this.#isOneOf("for", "foreach") && this.#parenthesis(depth);
    }
  }

  /** Where a loop stands behind what it repeats: `f(x) for x in y`, and Perl's `unlink for @files`. */
  behind(end: number): number | undefined {
    const start = this.#cursor.at;
    const first = this.#cursor.current?.text;
    const indented = isIndented(this.#language);
    if (!indented && this.#language.loops !== "parenthesis") return undefined;
    if (indented && (first === "for" || first === "async")) return undefined;
    for (let at = start; at < end; at += 1) {
      const token = this.#cursor.tokens[at];
      const loops = token?.text === "for" || (token?.text === "foreach" && !indented);
      if (loops && token.kind === "name" && at > start) return at;
      at = this.#cursor.past(at);
    }
    return undefined;
  }

  /** Perl's `for @files` behind a statement, whose topic it binds. */
  modifier(end: number, depth: number): void {
    this.#cursor.at += 1;
    const value = this.#expressions.read(end, depth);
    const items: Value = value.kind === "list" ? value : { kind: "list", items: [value] };
    this.#variables.set("$_", elementOf(items));
  }

  #isOneOf(...words: readonly string[]): boolean {
    return words.some((word) => this.#cursor.isWord(word));
  }

  /** `x in y`, `a, b in y`, `x of y` */
  #between(word: string, start: number, end: number, depth: number): boolean {
    const at = this.#variablesEnd(word, start, end);
    if (at === undefined || at === start) return false;
    this.#cursor.at = at + 1;
    const value = this.#expressions.read(this.#headEnd(end), depth);
    this.#bind(this.#cursor.namesBetween(start, at), value);
    return true;
  }

  /** Where the word stands behind variables; undefined: something else stands there. */
  #variablesEnd(word: string, start: number, end: number): number | undefined {
    const { tokens } = this.#cursor;
    const limit = Math.min(end, start + maxVariableTokens);
    let at = start;
    while (at < limit && tokens[at]?.text !== word) {
      if (!isOfVariables(tokens[at])) return undefined;
      at += 1;
    }
    return tokens[at]?.text === word ? at : undefined;
  }

  /** What is looped over ends before the body, or before a comprehension's next clause. */
  #headEnd(end: number): number {
    for (let at = this.#cursor.at; at < end; at += 1) {
      const token = this.#cursor.tokens[at];
      if (token?.text === ":" || token?.text === "if" || token?.text === "for") return at;
      at = this.#cursor.past(at);
    }
    return end;
  }

  /** `os.walk` yields folder, folders, files; other pairs are not followed. */
  #bind(names: readonly string[], value: Value): void {
    const element = elementOf(value);
    const [only] = names;
    if (names.length === 1 && only !== undefined) {
      this.#variables.set(only, element);
      return;
    }
    names.forEach((name, index) => {
      const part = element.kind === "list" ? element.items[index] : undefined;
      this.#variables.set(name, part ?? unknownValue(name));
    });
  }

  /** `foreach (y as $x)`, `foreach (y as $k => $v)` */
  #as(depth: number): boolean {
    const open = this.#cursor.at + 1;
    const close = this.#cursor.closeOf(open);
    if (close === undefined) return false;
    let as = open + 1;
    while (as < close && this.#cursor.tokens[as]?.text !== "as") as = this.#cursor.past(as) + 1;
    this.#cursor.at = open + 1;
    const value = this.#expressions.read(as, depth);
    const last = this.#cursor.namesBetween(as + 1, close).at(-1);
    if (last !== undefined) this.#variables.set(last, elementOf(value));
    this.#cursor.at = close + 1;
    return true;
  }

  /** `for my $x (y)`, `for (y)` */
  #parenthesis(depth: number): boolean {
    const { tokens } = this.#cursor;
    let open = this.#cursor.at + 1;
    while (tokens[open]?.kind === "name") open += 1;
    const name = this.#cursor.namesBetween(this.#cursor.at + 1, open).at(-1) ?? "$_";
    const close = this.#cursor.closeOf(open);
    if (close === undefined || tokens[open]?.text !== "(") return false;
    this.#cursor.at = open + 1;
    const { args } = this.#readItems(close, "arguments", depth + 1);
    const [only] = args;
    const items = args.length === 1 && only !== undefined ? alternatives(only) : args;
    this.#variables.set(name, elementOf({ kind: "list", items }));
    this.#cursor.at = close + 1;
    return true;
  }
}

function isOfVariables(token: Token | undefined): boolean {
  return token?.kind === "name" || [",", "(", ")", "[", "]"].includes(token?.text ?? "");
}
