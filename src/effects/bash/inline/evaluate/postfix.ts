// Reads what stands behind an operand: members, subscripts, arguments.

import { hasArrows, type Language } from "../language.ts";
import type { Token } from "../lexer/lexicon.ts";
import { elementOf, known, text, unknownValue, type Value } from "../values.ts";
import { BareCalls } from "./bare-calls.ts";
import type { Calls } from "./calls.ts";
import type { Cursor } from "./cursor.ts";
import { isHarmless, rootOf } from "./full-names.ts";
import type { Given, Passage, ReadItems } from "./passage.ts";
import type { Program } from "./program.ts";

export class Postfix {
  readonly #passage: Passage;
  readonly #cursor: Cursor;
  readonly #program: Program;
  readonly #language: Language;
  readonly #calls: Calls;
  readonly #readItems: ReadItems;
  readonly #bareCalls: BareCalls;

  constructor(passage: Passage, calls: Calls, readItems: ReadItems) {
    this.#passage = passage;
    this.#cursor = passage.cursor;
    this.#program = passage.program;
    this.#language = passage.language;
    this.#calls = calls;
    this.#readItems = readItems;
    this.#bareCalls = new BareCalls(passage, calls, readItems);
  }

  /** The value of an operand with all that stands behind it. */
  read(operand: Value, end: number, depth: number): Value {
    let value = operand;
    let receiver: Value | undefined;
    while (this.#cursor.at < end) {
      const token = this.#cursor.current;
      if (token === undefined) break;
      if (this.#isLineBeforeMember(token)) this.#cursor.at += 1;
      else if (this.#isMember(token)) [value, receiver] = this.#select(value);
      else if (this.#opensArguments(token)) {
        value = this.#invoke(value, receiver, depth);
        receiver = undefined;
      } else if (this.#opensSubscript(token)) {
        value = this.#subscript(value, depth);
        receiver = undefined;
      } else {
        if (value.kind !== "list" && this.#isArrow(token)) this.#arrowParameter();
        break;
      }
    }
    return this.#bareCalls.read(value, receiver, end, depth);
  }

  #isMember(token: Token): boolean {
    return token.kind === "punctuation" && this.#language.members.includes(token.text);
  }

  #isLineBeforeMember(token: Token): boolean {
    const next = token.kind === "newline" ? this.#cursor.peek(1) : undefined;
    return next !== undefined && this.#isMember(next);
  }

  /** Not in `puts (x)`: a parenthesis behind a blank begins an argument. */
  #opensArguments(token: Token): boolean {
    const { bareCalls, blockWords } = this.#language;
    const isApart = token.spaced && bareCalls && blockWords.size > 0;
    return token.kind === "punctuation" && token.text === "(" && !isApart;
  }

  #opensSubscript(token: Token): boolean {
    const isApart = token.spaced && this.#language.bareCalls;
    return token.kind === "punctuation" && token.text === "[" && !isApart;
  }

  #isArrow(token: Token): boolean {
    return token.text === "=>" && hasArrows(this.#language) && !this.#language.bareCalls;
  }

  /** `x => ...`: the parameter that stands before. */
  #arrowParameter(): void {
    const name = this.#cursor.peek(-1);
    if (name?.kind !== "name") return;
    const value = this.#passage.takeElement() ?? unknownValue(name.text);
    this.#program.variables.set(name.text, value);
  }

  /** From a member's operator on: the member, and what it is a member of. */
  #select(value: Value): [Value, Value | undefined] {
    this.#cursor.at += 1;
    const token = this.#cursor.current;
    if (token?.kind !== "name") return [value, undefined];
    this.#cursor.at += 1;
    return [this.#program.selected(value, token.text), value];
  }

  /** From the parenthesis on: a call with the arguments in it. */
  #invoke(callee: Value, receiver: Value | undefined, depth: number): Value {
    const close = this.#cursor.closeOf(this.#cursor.at);
    this.#cursor.at += 1;
    if (close === undefined) return unknownValue("a call");
    const settles = callee.kind === "name" && callee.name.endsWith(".then");
    this.#passage.element = receiver === undefined || settles ? receiver : elementOf(receiver);
    const given = this.#readItems(close, "arguments", depth + 1);
    this.#cursor.at = close + 1;
    this.#passage.element = undefined;
    return this.#passage.returned(this.#calls.call(callee, receiver, given));
  }

  #subscript(value: Value, depth: number): Value {
    const open = this.#cursor.at;
    const close = this.#cursor.closeOf(open);
    this.#cursor.at += 1;
    if (close === undefined) return unknownValue("an element");
    const { args } = this.#readItems(close, "arguments", depth + 1);
    const inner = this.#cursor.tokens.slice(open + 1, close);
    this.#cursor.at = close + 1;
    return this.#element(value, args, inner.map((token) => token.text).join(""));
  }

  /** `value[args]`, where `inner` is what stands in the brackets. */
  #element(value: Value, args: Value[], inner: string): Value {
    if (inner === "::-1") return reversed(value);
    const slice = /^(\d*)(?::|\.\.\.?)(\d*)$/.exec(inner);
    if (slice !== null && value.kind === "list") return sliced(value.items, slice[1], slice[2]);
    const index = known(args[0]);
    if (value.kind === "list" && index !== undefined && args.length === 1 && inner === index) {
      return value.items[Number(index)] ?? unknownValue("an element");
    }
    if (value.kind === "record" && index !== undefined) {
      return value.fields.get(index) ?? unknownValue(index);
    }
    if (value.kind === "name") {
      const name = `${value.name}.[]`;
      const given: Given = { args, named: new Map() };
      if (this.#language.calls.has(name)) return this.#calls.named(name, undefined, given);
      if (index !== undefined) return this.#memberByText(value, index);
    }
    return value.kind === "list" ? elementOf(value) : unknownValue("an element");
  }

  /** `fs["rmSync"]`, `os.environ["HOME"]` */
  #memberByText(value: Value & { kind: "name" }, index: string): Value {
    const member = this.#program.member(value, index);
    const isFunction = member.kind === "name" && this.#language.calls.has(member.name);
    const ofModule =
      member.kind === "name" &&
      this.#language.isModule(rootOf(value.name)) &&
      !isHarmless(this.#language, value.name);
    return ofModule || isFunction ? member : unknownValue(`${value.name}[${index}]`);
  }
}

/** `[1:]`, `[1:3]`, and Ruby's `[0..]` */
function sliced(items: readonly Value[], from = "", to = ""): Value {
  return { kind: "list", items: items.slice(Number(from), to === "" ? undefined : Number(to)) };
}

/** `[::-1]`, of a text */
function reversed(value: Value): Value {
  const source = known(value);
  return source === undefined
    ? unknownValue("a reversed text")
    : text([...source].reverse().join(""));
}
