// Reads what stands between separators: statements, and the arguments and elements that brackets hold.

import { isIndented, type Language } from "../language.ts";
import type { Token } from "../lexer/lexicon.ts";
import { unknownValue, type Value } from "../values.ts";
import { Assignments } from "./assignments.ts";
import { type Cursor, type Items, isSeparator } from "./cursor.ts";
import { Expressions } from "./expressions.ts";
import type { PassageHost } from "./host.ts";
import { Indentation } from "./indentation.ts";
import { Loops } from "./loops.ts";
import { conditionOperators } from "./operators.ts";
import type { Given, Passage } from "./passage.ts";
import { maxDepth } from "./program.ts";

export class Statements {
  readonly #passage: Passage;
  readonly #cursor: Cursor;
  readonly #language: Language;
  readonly #indentation = new Indentation();
  readonly #expressions: Expressions;
  readonly #assignments: Assignments;
  readonly #loops: Loops;

  constructor(passage: Passage, host: PassageHost) {
    this.#passage = passage;
    this.#cursor = passage.cursor;
    this.#language = passage.language;
    const readItems = this.#items.bind(this);
    this.#expressions = new Expressions(passage, host, readItems);
    this.#assignments = new Assignments(passage, this.#expressions);
    this.#loops = new Loops(passage, this.#expressions, readItems);
  }

  /** Reads the whole passage. The value of its last expression. */
  run(): Value {
    const { args } = this.#items(this.#cursor.tokens.length, "statements", 0);
    return args.at(-1) ?? unknownValue("nothing");
  }

  #items(end: number, items: Items, depth: number): Given {
    const given: Given = { args: [], named: new Map() };
    if (depth > maxDepth) {
      this.#passage.program.unknown("brackets nested too deep");
      this.#cursor.at = end;
      return given;
    }
    const outer = this.#passage.possible;
    while (this.#cursor.at < end) {
      const token = this.#cursor.current;
      if (token === undefined) break;
      if (isSeparator(token, items)) this.#separator(token);
      else {
        const possible = outer || this.#indentation.possible;
        const stop = this.#itemEnd(this.#cursor.at, end, items);
        this.#passage.possible = possible || this.#isConditional(this.#cursor.at, stop);
        this.#item(stop, given, depth);
      }
    }
    this.#passage.possible = outer;
    return given;
  }

  #separator(token: Token): void {
    this.#cursor.at += 1;
    if (token.kind !== "newline" || !isIndented(this.#language)) return;
    const next = this.#cursor.current;
    if (next === undefined || next.kind === "newline") return;
    this.#indentation.line(token.indent, next.text);
  }

  /** Where the statement or argument ends that begins at a place. */
  #itemEnd(start: number, end: number, items: Items): number {
    const indented = isIndented(this.#language);
    // `for a, b in c`: a comma between the two words separates no items.
    let names = false;
    for (let at = start; at < end; at += 1) {
      const token = this.#cursor.tokens[at];
      if (token === undefined) return end;
      if (token.kind === "name" && indented) {
        if (token.text === "for" || token.text === "in") names = token.text === "for";
      }
      const separates = !(names && token.text === ",");
      if (separates && isSeparator(token, items) && !this.#continues(at, items)) return at;
      at = this.#cursor.past(at);
    }
    return end;
  }

  /** A line that goes on with a member on the next one. */
  #continues(at: number, items: Items): boolean {
    if (this.#cursor.tokens[at]?.kind !== "newline") return false;
    if (items === "arguments") return true;
    const next = this.#cursor.tokens[at + 1];
    return next?.kind === "punctuation" && this.#language.members.includes(next.text);
  }

  /** Does a word or an operator stand there behind which nothing is sure to be reached? */
  #isConditional(start: number, end: number): boolean {
    for (let at = start; at < end; at += 1) {
      const token = this.#cursor.tokens[at];
      if (token?.kind === "name" && this.#language.conditions.has(token.text)) return true;
      if (token?.kind === "punctuation" && conditionOperators.has(token.text)) return true;
      at = this.#cursor.past(at);
    }
    return false;
  }

  /** One statement or argument. A loop that stands behind it binds its variables before it is read. */
  #item(end: number, given: Given, depth: number): void {
    const loop = this.#loops.behind(end);
    if (loop !== undefined) this.#readBehind(loop, end, depth);
    const name = depth > 0 ? this.#argumentName(end) : undefined;
    const whole = this.#phrases(loop ?? end, depth);
    if (loop !== undefined) this.#cursor.at = end;
    const item: Value = loop === undefined ? whole : { kind: "list", items: [whole] };
    if (name === undefined) given.args.push(item);
    else given.named.set(name, item);
  }

  /** Reads the loop that stands at a place behind, and comes back. */
  #readBehind(loop: number, end: number, depth: number): void {
    const start = this.#cursor.at;
    this.#cursor.at = loop;
    if (isIndented(this.#language)) this.#phrases(end, depth);
    else this.#loops.modifier(end, depth);
    this.#cursor.at = start;
  }

  /** `name=value` and `name: value` among arguments. */
  #argumentName(end: number): string | undefined {
    const token = this.#cursor.current;
    const next = this.#cursor.peek(1);
    if (token === undefined || next === undefined || this.#cursor.at + 2 >= end) return undefined;
    if (token.kind !== "name" && token.kind !== "string") return undefined;
    if (next.kind !== "punctuation" || !this.#language.argumentNames.includes(next.text)) {
      return undefined;
    }
    if (token.kind === "name" && this.#language.conditions.has(token.text)) return undefined;
    this.#cursor.at += 2;
    return token.kind === "name" ? token.text : plainText(token);
  }

  /** The value of the last phrase that has one. */
  #phrases(end: number, depth: number): Value {
    let value: Value | undefined;
    let count = 0;
    while (this.#cursor.at < end) {
      const before = this.#cursor.at;
      value = this.#phrase(end, depth) ?? value;
      count += 1;
      if (this.#cursor.at === before) this.#cursor.at += 1;
    }
    return value ?? unknownValue(count === 1 ? "an expression" : "a statement");
  }

  /** An import, a definition, a loop's head, an assignment, or an expression. */
  #phrase(end: number, depth: number): Value | undefined {
    const token = this.#cursor.current;
    if (token === undefined) return undefined;
    if (token.kind === "newline") {
      this.#cursor.at += 1;
      return undefined;
    }
    if (token.kind === "name") {
      if (this.#language.imports(this.#passage)) return undefined;
      if (this.#language.definitions.has(token.text)) return this.#definition(end);
      if (this.#loops.head(end, depth)) return undefined;
    }
    return this.#assignments.read(end, depth) ?? this.#expressions.read(end, depth);
  }

  /** `def f(a, b=c):`: the name and the parameters are no calls. */
  #definition(end: number): undefined {
    this.#cursor.at += 1;
    while (this.#cursor.at < end && this.#cursor.current?.kind === "name") this.#cursor.at += 1;
    const close = this.#cursor.closeOf(this.#cursor.at);
    if (close === undefined || this.#cursor.current?.text !== "(") return;
    this.#passage.bindParameters(this.#cursor.at, close, undefined);
    this.#cursor.at = close + 1;
  }
}

/** A string's text without the code in it. */
function plainText(token: Token): string {
  return token.pieces.map((piece) => (piece.kind === "text" ? piece.text : "")).join("");
}
