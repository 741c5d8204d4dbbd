// Where the lexer stands in a program, and the tokens that it has cut so far.

import { isBlank, isNamePart } from "./characters.ts";
import type { Interpolation, Lexicon, Piece, Token, TokenKind } from "./lexicon.ts";
import { braced, codeMarks } from "./pieces.ts";

const noPieces: readonly Piece[] = [];

const closers: ReadonlyMap<string, string> = new Map([
  ["(", ")"],
  ["[", "]"],
  ["{", "}"],
  ["<", ">"],
]);

/** Words after which an operand stands, so that a `/` begins a regular expression. */
const beforeOperand = new Set([
  "return", "and", "or", "not", "if", "unless", "while", "until", "in", "split", "grep", "map",
  "typeof", "case", "when", "join", "x", "print", "puts", "await", "else", "then", "do",
]); // biome-ignore format: a list of words

export class Scanner {
  readonly source: string;
  readonly lexicon: Lexicon;
  readonly tokens: Token[] = [];
  at = 0;
  /** Why the rest cannot be read. */
  trouble: string | undefined;
  #spaced = false;

  constructor(source: string, lexicon: Lexicon) {
    this.source = source;
    this.lexicon = lexicon;
  }

  /** The character that stands here, or some places ahead; empty at the end. */
  peek(ahead = 0): string {
    return this.source[this.at + ahead] ?? "";
  }

  startsWith(text: string): boolean {
    return this.source.startsWith(text, this.at);
  }

  /** Looks for a pattern in the characters that follow. */
  match(pattern: RegExp, maxLength: number): RegExpExecArray | null {
    return pattern.exec(this.source.slice(this.at, this.at + maxLength));
  }

  /** Passes white space, or what counts as such. */
  skip(length: number): undefined {
    this.at += length;
    this.#spaced = true;
  }

  skipBlanks(): void {
    while (isBlank(this.source[this.at])) this.at += 1;
  }

  push(kind: TokenKind, text: string, pieces: readonly Piece[] = noPieces, indent = 0): undefined {
    this.tokens.push({ kind, text, pieces, spaced: this.#spaced, indent });
    this.#spaced = false;
  }

  /** `qw(a b)` and `%w[a b]` are `("a", "b")`. */
  pushWords(text: string): undefined {
    this.push("punctuation", "(");
    for (const word of text.split(/\s+/).filter((each) => each !== "")) {
      this.push("string", "", [{ kind: "text", text: word }]);
      this.push("punctuation", ",");
    }
    this.push("punctuation", ")");
  }

  /** Letters, digits and `_`, as far as they go: a name, a number, the flags of a pattern. */
  takeName(): string {
    const start = this.at;
    while (isNamePart(this.source[this.at] ?? " ")) this.at += 1;
    return this.source.slice(start, this.at);
  }

  /**
   * Raw text up to the delimiter that closes, from behind the one that opens; brackets nest, and
   * code in it may hold the delimiter.
   */
  takeDelimited(
    open: string,
    close = closerOf(open),
    interpolation: Interpolation = "none",
  ): string {
    const start = this.at;
    const nests = open !== close && closers.get(open) === close;
    const code = codeMarks.get(interpolation);
    let depth = 1;
    for (let at = start; at < this.source.length; at += 1) {
      if (this.source[at] === "\\") at += 1;
      else if (code !== undefined && this.source.startsWith(code, at)) {
        at = braced(this.source, at + code.length).end - 1;
      } else if (this.source.startsWith(close, at)) {
        depth -= 1;
        if (depth > 0) continue;
        this.at = at + close.length;
        return this.source.slice(start, at);
      } else if (nests && this.source.startsWith(open, at)) depth += 1;
    }
    this.trouble = "a string does not end";
    this.at = this.source.length;
    return this.source.slice(start);
  }

  /** Does an operand stand here, rather than an operator behind one? */
  operandMayFollow(): boolean {
    const last = this.tokens.at(-1);
    if (last === undefined || last.kind === "newline") return true;
    if (last.kind === "punctuation") return ![")", "]", "}"].includes(last.text);
    if (last.kind !== "name") return false;
    if (beforeOperand.has(last.text)) return true;
    // `puts %w[a]`, `foo /x/`: a space before and none behind, as Ruby and Perl guess.
    return (
      (this.lexicon.percentQuotes || this.lexicon.quoteWords) &&
      this.#spaced &&
      !isBlank(this.source[this.at + 1]) &&
      !"$@%".includes(last.text[0] ?? "")
    );
  }
}

export function isBracket(opener: string): boolean {
  return closers.has(opener);
}

/** What closes a string that a character opens: the other bracket, or the character itself. */
function closerOf(open: string): string {
  return closers.get(open) ?? open;
}
