// Reads calls without parentheses: `unlink "a", "b"`, `puts x if y`.

import type { Language } from "../language.ts";
import type { Token } from "../lexer/lexicon.ts";
import { elementOf, type Value } from "../values.ts";
import type { Calls } from "./calls.ts";
import type { Cursor } from "./cursor.ts";
import type { Passage, ReadItems } from "./passage.ts";

/** Words that end the arguments. */
const stops: ReadonlySet<string> = new Set([
  "if", "unless", "while", "until", "for", "foreach", "and", "or", "rescue", "do",
]); // biome-ignore format: a list of words
/** They stand between statements, and are never an argument. */
const structure: ReadonlySet<string> = new Set(["do", "then", "end"]);
/** An operator that stands tight before a word behind a blank: `puts -1`, not `a - 1` or `a-1`. */
const tightOperators = ["*", "-", "<", "\\", "@", "%", "&", "->"];

export class BareCalls {
  readonly #passage: Passage;
  readonly #cursor: Cursor;
  readonly #language: Language;
  readonly #calls: Calls;
  readonly #readItems: ReadItems;

  constructor(passage: Passage, calls: Calls, readItems: ReadItems) {
    this.#passage = passage;
    this.#cursor = passage.cursor;
    this.#language = passage.language;
    this.#calls = calls;
    this.#readItems = readItems;
  }

  /** The value itself, or what calling it yields, if it is called by standing here. */
  read(value: Value, receiver: Value | undefined, end: number, depth: number): Value {
    if (!this.#language.bareCalls || value.kind !== "name") return value;
    if (receiver === undefined && !this.#isCallable(value.name)) return value;
    const next = this.#cursor.current;
    const argues = this.#cursor.at < end && next !== undefined && this.#beginsArgument(next);
    if (argues) return this.#withArguments(value, receiver, end, depth);
    if (receiver !== undefined) return this.#method(value, receiver);
    const isConstant = /^[A-Z]/.test(value.name) && !value.name.includes(".");
    if (isConstant || !this.#language.calls.has(value.name)) return value;
    this.#passage.element = undefined;
    return this.#calls.call(value, undefined, { args: [], named: new Map() });
  }

  #withArguments(callee: Value, receiver: Value | undefined, end: number, depth: number): Value {
    const stop = this.#argumentsEnd(end);
    const { args, named } = this.#readItems(stop, "arguments", depth + 1);
    this.#cursor.at = stop;
    const given = { args: args.flatMap((arg) => (arg.kind === "list" ? arg.items : [arg])), named };
    return this.#passage.returned(this.#calls.call(callee, receiver, given));
  }

  /** `list.each`: the block behind it takes the receiver's elements. */
  #method(callee: Value, receiver: Value): Value {
    this.#passage.element = elementOf(receiver);
    const result = this.#calls.call(callee, receiver, { args: [], named: new Map() });
    this.#passage.element ??= elementOf(receiver);
    return result;
  }

  #isCallable(name: string): boolean {
    if (name.startsWith("$") || name.startsWith("@") || name.startsWith("%")) return false;
    if (this.#language.conditions.has(name) || this.#language.blockWords.has(name)) return false;
    return !/^[A-Z_]+$/.test(name) && !structure.has(name);
  }

  #beginsArgument(token: Token): boolean {
    switch (token.kind) {
      case "string":
      case "number":
      case "command":
      case "pattern":
        return true;
      case "name":
        return (
          !this.#language.conditions.has(token.text) &&
          !this.#language.wordOperators.has(token.text) &&
          !structure.has(token.text)
        );
      case "newline":
        return false;
      case "punctuation": {
        if (token.text === "(" || token.text === "[" || token.text === ":") return token.spaced;
        const next = this.#cursor.peek(1);
        const tight = next !== undefined && !next.spaced && token.spaced;
        return tight && tightOperators.includes(token.text);
      }
    }
  }

  /** Where the arguments end that begin at the cursor. */
  #argumentsEnd(end: number): number {
    const start = this.#cursor.at;
    for (let at = start; at < end; at += 1) {
      const token = this.#cursor.tokens[at];
      if (token === undefined) return end;
      if (this.#endsArguments(token) || (this.#opensBlock(token) && at > start)) return at;
      at = this.#cursor.past(at);
    }
    return end;
  }

  #endsArguments({ kind, text }: Token): boolean {
    if (kind === "newline" || text === ";") return true;
    if (kind === "name") return stops.has(text);
    return kind === "punctuation" && (text === "||" || text === "&&");
  }

  /** Ruby's block is none of the arguments. */
  #opensBlock(token: Token): boolean {
    return token.text === "{" && this.#language.blockWords.size > 0;
  }
}
