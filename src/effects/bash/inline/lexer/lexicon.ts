// How the languages write their tokens, as a table, and what a program is cut into.

/** Text, or the source of an expression that stands in a string: `${x}`, `#{x}`, `{x}`. */
export type Piece =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "code"; readonly source: string };

/**
 * `newline` ends a line and bears the indentation of the next one; `command` is text that a shell
 * runs (backticks); `pattern` is a regular expression or a transliteration.
 */
export type TokenKind =
  | "name"
  | "number"
  | "string"
  | "command"
  | "pattern"
  | "punctuation"
  | "newline";

export interface Token {
  readonly kind: TokenKind;
  /** Names, numbers and punctuation as written; a string's known text. */
  readonly text: string;
  readonly pieces: readonly Piece[];
  /** White space stands before it. */
  readonly spaced: boolean;
  /** Columns before the next line's first token; of `newline` only. */
  readonly indent: number;
}

/** How code stands in a string. `brace`: `{x}`; `dollar`: `$x`, `@x` and `${x}`, `@{x}`. */
export type Interpolation = "none" | "brace" | "dollarBrace" | "hashBrace" | "dollar";
/** `verbatim`: none at all; `quote`: only of the quote and the backslash; `c`: `\n`, `\x41`, ... */
export type Escapes = "verbatim" | "quote" | "c";

export interface Quote {
  readonly open: string;
  readonly close: string;
  readonly escapes: Escapes;
  readonly interpolation: Interpolation;
  readonly kind: "string" | "command";
}

export interface Lexicon {
  readonly lineComments: readonly string[];
  readonly blockComments: readonly (readonly [string, string])[];
  /** What may begin a name besides letters and `_`. */
  readonly sigils: string;
  /** The longest opening first. */
  readonly quotes: readonly Quote[];
  /** Letters that may stand before a quote, as in `rb"..."`. */
  readonly stringPrefixes: boolean;
  /** `/.../` where an operand may stand. */
  readonly regularExpressions: boolean;
  /** `q{}`, `qw()`, `qx//`, `s///`, ... */
  readonly quoteWords: boolean;
  /** `%w[]`, `%q()`, `%x()`, ... */
  readonly percentQuotes: boolean;
  /** The operator before a here-document's name, where the language has them. */
  readonly heredoc?: "<<" | "<<<";
  readonly newlines: "significant" | "ignored";
  /** Code stands between these, and text around it is printed. */
  readonly tags?: readonly [string, string];
}
