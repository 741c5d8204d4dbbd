// One text of a program while it is read: the program itself, code in a string, text that is evaluated.

import type { Language, Reader } from "../language.ts";
import type { Token } from "../lexer/lexicon.ts";
import { elementOf, unknownValue, type Value } from "../values.ts";
import { Cursor, type Items } from "./cursor.ts";
import type { Program } from "./program.ts";

/** What a call was given. */
export interface Given {
  readonly args: Value[];
  readonly named: Map<string, Value>;
}

/** Reads what brackets hold: expressions between separators, from the cursor up to a place. */
export type ReadItems = (end: number, items: Items, depth: number) => Given;

/** Where a text stands in its program. */
export interface Within {
  /** Texts around it. */
  readonly depth: number;
  readonly possible: boolean;
}

export class Passage implements Reader {
  readonly program: Program;
  readonly cursor: Cursor;
  /** What is read now may not be reached. */
  possible: boolean;
  /** What the parameter of the next function literal is. */
  element: Value | undefined;

  constructor(program: Program, tokens: readonly Token[], possible: boolean) {
    this.program = program;
    this.cursor = new Cursor(tokens);
    this.possible = possible;
  }

  get language(): Language {
    return this.program.language;
  }

  peek(ahead?: number): Token | undefined {
    return this.cursor.peek(ahead);
  }

  take(): Token | undefined {
    return this.cursor.take();
  }

  bind(name: string, value: Value): void {
    this.program.bind(name, value);
  }

  imported(module: string): void {
    this.program.imported.add(module);
  }

  /** Reads what may not be reached. */
  possibly<T>(read: () => T): T {
    const outer = this.possible;
    this.possible = true;
    const result = read();
    this.possible = outer;
    return result;
  }

  /** Binds parameters to what they are called with, as far as that is known. */
  bindParameters(start: number, end: number, value: Value | undefined): void {
    for (const name of this.cursor.namesBetween(start, end)) {
      this.program.variables.set(name, value ?? unknownValue(name));
    }
  }

  /** The block behind a call takes the elements of what the call returned: `Dir.glob("*").each { |f| ... }`. */
  returned(value: Value): Value {
    this.element = elementOf(value);
    return value;
  }

  /** For the parameters of one function literal. */
  takeElement(): Value | undefined {
    const { element } = this;
    this.element = undefined;
    return element;
  }
}
