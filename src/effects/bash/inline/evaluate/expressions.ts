// Reads expressions: operands with operators between them, of which few have a result that is known.

import type { Language } from "../language.ts";
import type { Token } from "../lexer/lexicon.ts";
import { formatted } from "../pure.ts";
import { concat, text, unknownValue, type Value } from "../values.ts";
import { type Cursor, isBracket } from "./cursor.ts";
import type { PassageHost } from "./host.ts";
import { prefixOperators } from "./operators.ts";
import type { Given, Passage, ReadItems } from "./passage.ts";
import { Postfix } from "./postfix.ts";
import { stringValue } from "./strings.ts";

/** Tokens of a block's parameters: `|a, b|`. */
const maxParameterTokens = 16;

export class Expressions {
  readonly #passage: Passage;
  readonly #cursor: Cursor;
  readonly #language: Language;
  readonly #host: PassageHost;
  readonly #readItems: ReadItems;
  readonly #postfix: Postfix;

  constructor(passage: Passage, host: PassageHost, readItems: ReadItems) {
    this.#passage = passage;
    this.#cursor = passage.cursor;
    this.#language = passage.language;
    this.#host = host;
    this.#readItems = readItems;
    this.#postfix = new Postfix(passage, host.calls, readItems);
  }

  read(end: number, depth: number): Value {
    let value = this.#operand(end, depth);
    while (this.#cursor.at < end) {
      const token = this.#cursor.current;
      const operator = token === undefined ? undefined : this.#binary(token);
      if (operator === undefined) break;
      this.#cursor.at += 1;
      const right = this.#operand(end, depth);
      value = this.#combine(operator, value, right);
    }
    return value;
  }

  /** The operator that the token is between two operands. */
  #binary(token: Token): string | undefined {
    if (token.kind === "name")
      return this.#language.wordOperators.has(token.text) ? token.text : undefined;
    if (token.kind !== "punctuation" || isBracket(token)) return undefined;
    if (token.text === ":" && this.#language.loops === "in") return undefined;
    return token.text === "," || token.text === ";" ? undefined : token.text;
  }

  #combine(operator: string, left: Value, right: Value): Value {
    if (operator === this.#language.concatenation) return concat(left, right);
    if (operator === "%" && left.kind === "text" && this.#language.loops === "in") {
      return formatted(left, right);
    }
    if (operator === "/" && left.kind === "text" && left.type !== undefined) {
      const given: Given = { args: [left, right], named: new Map() };
      return this.#host.calls.call({ kind: "name", name: "/" }, undefined, given);
    }
    if (operator === "=" || operator === "=>") return right;
    return unknownValue(`the result of ${operator}`);
  }

  #operand(end: number, depth: number): Value {
    while (this.#cursor.at < end) {
      const token = this.#cursor.current;
      if (token === undefined) break;
      if (this.#isSymbol(token)) return this.#symbol();
      if (!this.#isSkipped(token)) {
        return this.#postfix.read(this.#primary(token, end, depth), end, depth);
      }
      this.#cursor.at += 1;
    }
    return unknownValue("nothing");
  }

  /** It stands before an operand and changes nothing that we follow. */
  #isSkipped({ kind, text: word }: Token): boolean {
    if (kind === "name") {
      return this.#language.prefixes.has(word) || this.#language.conditions.has(word);
    }
    return kind === "newline" || (kind === "punctuation" && prefixOperators.has(word));
  }

  #isSymbol(token: Token): boolean {
    const { bareCalls, loops } = this.#language;
    if (token.text !== ":" || !bareCalls || loops !== "in") return false;
    return this.#cursor.peek(1)?.kind === "name";
  }

  /** Ruby's `:name` */
  #symbol(): Value {
    const name = this.#cursor.peek(1)?.text ?? "";
    this.#cursor.at += 2;
    return { kind: "name", name };
  }

  #primary(token: Token, end: number, depth: number): Value {
    const { at } = this.#cursor;
    this.#cursor.at += 1;
    switch (token.kind) {
      case "number":
        return text(token.text);
      case "string":
        return this.#string(token);
      case "command":
        this.#host.shell(this.#string(token));
        return unknownValue("a command's output");
      case "pattern":
        this.#string(token);
        return unknownValue("a regular expression");
      case "name":
        return this.#passage.program.valueOf(token.text);
      case "newline":
        return unknownValue("nothing");
      case "punctuation": {
        const close = this.#cursor.closeOf(at);
        if (close !== undefined) return this.#group(token.text, close, depth);
        if (token.text === "|") this.#blockParameters(end);
        return unknownValue(token.text);
      }
    }
  }

  #string({ pieces }: Token): Value {
    return stringValue(pieces, this.#language, this.#host.readCode);
  }

  /** From behind an opening bracket. */
  #group(open: string, close: number, depth: number): Value {
    if (open === "(" && this.#cursor.tokens[close + 1]?.text === "=>") {
      this.#passage.bindParameters(this.#cursor.at, close, this.#passage.takeElement());
      this.#cursor.at = close + 1;
      return unknownValue("parameters");
    }
    return open === "{" ? this.#braces(close, depth) : this.#list(open, close, depth);
  }

  /** A record, or a block, that may not be reached. */
  #braces(close: number, depth: number): Value {
    const { args, named } = this.#isRecord(close)
      ? this.#readItems(close, "arguments", depth + 1)
      : this.#passage.possibly(() => this.#readItems(close, "statements", depth + 1));
    this.#cursor.at = close + 1;
    if (named.size > 0) return { kind: "record", fields: named };
    return args.at(-1) ?? unknownValue("a block");
  }

  /** `{ a: 1 }` and `{ a, b }`, told from a block by its first two tokens. */
  #isRecord(close: number): boolean {
    const next = this.#cursor.peek(1);
    if (this.#cursor.at >= close) return true;
    return next?.text === ":" || next?.text === "=>" || next?.text === ",";
  }

  /** A list, but for one expression in parentheses; `(x,)` is a list too. */
  #list(open: string, close: number, depth: number): Value {
    const { args } = this.#readItems(close, "arguments", depth + 1);
    this.#cursor.at = close + 1;
    const [only] = args;
    const isAlone = open === "(" && args.length === 1 && only !== undefined;
    const trailing = this.#cursor.tokens[close - 1]?.text === ",";
    return isAlone && !trailing ? only : { kind: "list", items: args };
  }

  /** Ruby's `|a, b|` */
  #blockParameters(end: number): void {
    const start = this.#cursor.at;
    const limit = Math.min(end, start + maxParameterTokens);
    let at = start;
    while (at < limit && this.#cursor.tokens[at]?.text !== "|") at += 1;
    if (this.#cursor.tokens[at]?.text !== "|") return;
    this.#passage.bindParameters(start, at, this.#passage.takeElement());
    this.#cursor.at = at + 1;
  }
}
