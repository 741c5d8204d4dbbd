// Cuts a program of any of the interpreted languages into tokens, in one pass, from a table.

import { isBlank, isDigit, isNamePart, isNameStart } from "./characters.ts";
import { Heredocs } from "./heredocs.ts";
import type { Lexicon, Token } from "./lexicon.ts";
import { readPercentQuote } from "./percent-quotes.ts";
import { readAngle, readQuoteWord } from "./quote-words.ts";
import { readQuoted } from "./quotes.ts";
import { readRegularExpression } from "./regular-expressions.ts";
import { Scanner } from "./scanner.ts";

export interface Lexed {
  readonly tokens: readonly Token[];
  /** Why not all of it could be read. */
  readonly trouble: string | undefined;
}

/** UTF-16 code units of one program; longer ones are not read. */
const maxProgramLength = 65_536;
const maxTokens = 12_000;

/** Operators of more than one character, all languages together; the longest first. */
const operators = [
  "<=>", "===", "!==", "**=", "...", "//=", "||=", "&&=", "??=", "<<=", ">>=", ">>>",
  "=>", "->", "::", "?.", "&.", "==", "!=", "<=", ">=", "&&", "||", "??", "+=", "-=", "*=", "/=",
  ".=", "%=", "|=", "&=", "^=", ":=", "**", "//", "++", "--", "..", "<<", ">>", "=~", "!~",
]; // biome-ignore format: one line a length

/** By their first character, so that most characters are asked for once. */
const operatorsFrom: ReadonlyMap<string, readonly string[]> = new Map(
  operators.map((one) => [
    one.charAt(0),
    operators.filter((each) => each.startsWith(one.charAt(0))),
  ]),
);

export function lex(source: string, lexicon: Lexicon): Lexed {
  if (source.length > maxProgramLength) {
    return { tokens: [], trouble: `longer than ${maxProgramLength} characters` };
  }
  return new Lexer(new Scanner(source, lexicon)).run();
}

class Lexer {
  readonly #scanner: Scanner;
  readonly #lexicon: Lexicon;
  readonly #heredocs: Heredocs;
  /** Brackets that are open. */
  #depth = 0;

  constructor(scanner: Scanner) {
    this.#scanner = scanner;
    this.#lexicon = scanner.lexicon;
    this.#heredocs = new Heredocs(scanner);
  }

  run(): Lexed {
    const scanner = this.#scanner;
    if (this.#lexicon.tags !== undefined) this.#skipText(this.#lexicon.tags[0]);
    while (scanner.at < scanner.source.length && scanner.trouble === undefined) {
      if (scanner.tokens.length > maxTokens) scanner.trouble = `more than ${maxTokens} tokens`;
      else this.#next();
    }
    return { tokens: scanner.tokens, trouble: scanner.trouble };
  }

  #next(): undefined {
    const scanner = this.#scanner;
    const c = scanner.peek();
    if (c === "\n") return this.#newline();
    if (c === " " || c === "\t" || c === "\r" || c === "\f") return scanner.skip(1);
    if (c === "\\" && scanner.peek(1) === "\n") return scanner.skip(2);
    if (this.#comment() || this.#closingTag() || readQuoted(scanner)) return;
    if (this.#heredocs.readHead() || readAngle(scanner) || readQuoteWord(scanner)) return;
    if (readPercentQuote(scanner) || readRegularExpression(scanner)) return;
    if (isDigit(c)) return this.#number();
    if (isNameStart(c) || this.#isSigil(c)) return this.#name();
    this.#operator(c);
  }

  #newline(): undefined {
    const scanner = this.#scanner;
    scanner.skip(1);
    this.#heredocs.readBodies();
    if (this.#lexicon.newlines === "ignored") return;
    let indent = 0;
    for (; isBlank(scanner.peek()); scanner.at += 1) indent += scanner.peek() === "\t" ? 8 : 1;
    if (this.#depth === 0 || !this.#lexicon.stringPrefixes) {
      scanner.push("newline", "\n", [], indent);
    }
  }

  #comment(): boolean {
    const end = this.#commentEnd();
    if (end === undefined) return false;
    this.#scanner.skip(end - this.#scanner.at);
    return true;
  }

  #commentEnd(): number | undefined {
    const { source, at } = this.#scanner;
    for (const [open, close] of this.#lexicon.blockComments) {
      if (!source.startsWith(open, at)) continue;
      const end = source.indexOf(close, at + open.length);
      return end < 0 ? source.length : end + close.length;
    }
    for (const open of this.#lexicon.lineComments) {
      if (!source.startsWith(open, at)) continue;
      const end = source.indexOf("\n", at);
      return end < 0 ? source.length : end;
    }
    return undefined;
  }

  #closingTag(): boolean {
    const [open, close] = this.#lexicon.tags ?? [];
    if (open === undefined || close === undefined) return false;
    if (!this.#scanner.startsWith(close)) return false;
    this.#scanner.at += close.length;
    this.#scanner.push("punctuation", ";");
    this.#skipText(open);
    return true;
  }

  /** Passes printed text up to where code begins. */
  #skipText(open: string): void {
    const scanner = this.#scanner;
    const start = scanner.source.indexOf(open, scanner.at);
    scanner.at = start < 0 ? scanner.source.length : start + open.length;
    if (start >= 0 && scanner.startsWith("php")) scanner.at += 3;
  }

  #number(): undefined {
    const scanner = this.#scanner;
    let text = scanner.takeName();
    if (scanner.peek() === "." && isDigit(scanner.peek(1))) {
      scanner.at += 1;
      text += `.${scanner.takeName()}`;
    }
    scanner.push("number", text);
  }

  /** Does a name begin here with a sigil? */
  #isSigil(c: string): boolean {
    if (!this.#lexicon.sigils.includes(c)) return false;
    const next = this.#scanner.peek(1);
    if (isNameStart(next)) return c === "$" || c === "@" || this.#scanner.operandMayFollow();
    if (c === "@") return next === "@" && isNameStart(this.#scanner.peek(2));
    return c === "$" && /[0-9!@&`'+\\/,;.<>()[\]^?~$-]/.test(next);
  }

  /** `name`, `$name`, `@@name`, and variables of one character: `$!` */
  #name(): undefined {
    const scanner = this.#scanner;
    const start = scanner.at;
    const isPlain = isNameStart(scanner.peek());
    scanner.at += isPlain ? 1 : scanner.peek(1) === "@" ? 3 : 2;
    if (isPlain || isNamePart(scanner.peek(-1))) scanner.takeName();
    this.#rubySuffix();
    scanner.push("name", scanner.source.slice(start, scanner.at));
  }

  /** `exist?`, `delete!` */
  #rubySuffix(): void {
    if (!this.#lexicon.percentQuotes) return;
    const c = this.#scanner.peek();
    const next = this.#scanner.peek(1);
    if ((c === "?" || c === "!") && next !== "=" && !isNamePart(next)) this.#scanner.at += 1;
  }

  #operator(c: string): void {
    const candidates = operatorsFrom.get(c) ?? [];
    const operator = candidates.find((each) => this.#scanner.startsWith(each)) ?? c;
    this.#scanner.at += operator.length;
    if (operator === "(" || operator === "[" || operator === "{") this.#depth += 1;
    if (operator === ")" || operator === "]" || operator === "}") {
      this.#depth = Math.max(0, this.#depth - 1);
    }
    this.#scanner.push("punctuation", operator);
  }
}
