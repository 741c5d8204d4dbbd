// Reads assignments: `x = y`, `a = b = y`, `x += y`, `my ($a, $b) = y`, `const { a, b: c } = y`.

import { hasArrows, type Language } from "../language.ts";
import { unknownValue, type Value } from "../values.ts";
import type { Cursor } from "./cursor.ts";
import type { Expressions } from "./expressions.ts";
import { assignmentOperators } from "./operators.ts";
import type { Passage } from "./passage.ts";
import { maxDepth, type Program } from "./program.ts";

const declarations: ReadonlySet<string> = new Set([
  "my", "our", "local", "const", "let", "var", "state", "static", "global",
]); // biome-ignore format: a list of words
const functionWords: ReadonlySet<string> = new Set(["lambda", "function", "sub", "proc", "fn"]);

export class Assignments {
  readonly #cursor: Cursor;
  readonly #language: Language;
  readonly #program: Program;
  readonly #expressions: Expressions;

  constructor(passage: Passage, expressions: Expressions) {
    this.#cursor = passage.cursor;
    this.#language = passage.language;
    this.#program = passage.program;
    this.#expressions = expressions;
  }

  /** The value that is assigned; undefined: no assignment stands here. */
  read(end: number, depth: number): Value | undefined {
    const start = this.#cursor.at;
    this.#skipDeclarations();
    const pattern = this.#cursor.closeOf(this.#cursor.at);
    if (pattern !== undefined && this.#cursor.tokens[pattern + 1]?.text === "=") {
      return this.#destructuring(pattern, end, depth);
    }
    const name = this.#cursor.current;
    const operator = this.#cursor.peek(1);
    if (
      name?.kind !== "name" ||
      operator?.kind !== "punctuation" ||
      !assignmentOperators.has(operator.text) ||
      this.#cursor.at + 1 >= end
    ) {
      if (name?.kind !== "name") this.#cursor.at = start;
      return undefined;
    }
    this.#cursor.at += 2;
    return this.#assign(name.text, operator.text, end, depth);
  }

  #skipDeclarations(): void {
    let token = this.#cursor.current;
    while (token?.kind === "name" && declarations.has(token.text)) {
      this.#cursor.at += 1;
      token = this.#cursor.current;
    }
  }

  #assign(name: string, operator: string, end: number, depth: number): Value {
    const isFunction = this.#isFunction(end);
    const chained = depth < maxDepth ? this.read(end, depth + 1) : undefined;
    const right = chained ?? this.#rightSide(end, depth);
    if (isFunction) {
      this.#program.own.add(name);
      this.#program.variables.delete(name);
      return { kind: "name", name };
    }
    const replaces = operator === "=" || operator === ":=";
    this.#program.bind(name, replaces ? right : unknownValue(name));
    return right;
  }

  /** A function literal: its body is read here, so that calling it adds nothing. */
  #isFunction(end: number): boolean {
    const { at: start, tokens } = this.#cursor;
    for (let at = start; at < Math.min(end, start + 4); at += 1) {
      const token = tokens[at];
      if (token?.kind === "name" && functionWords.has(token.text)) return true;
      at = this.#cursor.past(at);
      if (tokens[at + 1]?.text === "=>" && hasArrows(this.#language)) return true;
    }
    return tokens[start]?.text === "->";
  }

  /** Several values behind an `=` are a list. */
  #rightSide(end: number, depth: number): Value {
    const items = [this.#expressions.read(end, depth)];
    while (this.#cursor.at < end && this.#cursor.current?.text === ",") {
      if (this.#cursor.peek(2)?.text === "=") break;
      this.#cursor.at += 1;
      if (this.#cursor.at < end) items.push(this.#expressions.read(end, depth));
    }
    const [only] = items;
    return items.length === 1 && only !== undefined ? only : { kind: "list", items };
  }

  /** From the bracket that opens the pattern on. */
  #destructuring(close: number, end: number, depth: number): Value {
    const open = this.#cursor.at;
    this.#cursor.at = close + 2;
    const value = this.#expressions.read(end, depth);
    this.#patternNames(open, close).forEach(({ member, local }, index) => {
      const ordered = value.kind === "list" ? value.items[index] : undefined;
      const inner = value.kind === "name" ? this.#program.member(value, member) : ordered;
      this.#program.bind(local, inner ?? unknownValue(local));
    });
    return value;
  }

  #patternNames(open: number, close: number): readonly { member: string; local: string }[] {
    const { tokens } = this.#cursor;
    const names: { member: string; local: string }[] = [];
    for (let at = open + 1; at < close; at += 1) {
      const token = tokens[at];
      if (token?.kind !== "name") continue;
      const renamed = tokens[at + 1]?.text === ":" ? tokens[at + 2] : undefined;
      names.push({ member: token.text, local: renamed?.text ?? token.text });
      if (renamed !== undefined) at += 2;
    }
    return names;
  }
}
