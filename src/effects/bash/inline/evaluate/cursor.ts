// Where the reader of a text stands: its tokens, and the brackets among them.

import type { Token } from "../lexer/lexicon.ts";

/** What stands between the separators: `;` and ends of lines between statements, `,` between arguments. */
export type Items = "statements" | "arguments";

const opening: ReadonlyMap<string, string> = new Map([
  ["(", ")"],
  ["[", "]"],
  ["{", "}"],
]);
const closing: ReadonlySet<string> = new Set(opening.values());

export class Cursor {
  readonly tokens: readonly Token[];
  at = 0;
  readonly #closes: ReadonlyMap<number, number>;

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
    this.#closes = matchBrackets(tokens);
  }

  get current(): Token | undefined {
    return this.tokens[this.at];
  }

  peek(ahead = 0): Token | undefined {
    return this.tokens[this.at + ahead];
  }

  take(): Token | undefined {
    const token = this.tokens[this.at];
    this.at += 1;
    return token;
  }

  /** Does this name stand here? */
  isWord(word: string): boolean {
    const token = this.current;
    return token?.kind === "name" && token.text === word;
  }

  /** Where the bracket closes that opens at a place; undefined: none opens there. */
  closeOf(open: number): number | undefined {
    return this.#closes.get(open);
  }

  /** The place itself, or where the bracket closes that opens there: what is in brackets is passed over. */
  past(at: number): number {
    return this.#closes.get(at) ?? at;
  }

  namesBetween(start: number, end: number): readonly string[] {
    return this.tokens
      .slice(start, end)
      .filter((token) => token.kind === "name")
      .map((token) => token.text);
  }
}

export function isBracket(token: Token): boolean {
  return closing.has(token.text) || opening.has(token.text);
}

export function isSeparator(token: Token, between: Items): boolean {
  if (token.kind === "newline") return between === "statements";
  if (token.kind !== "punctuation") return false;
  return token.text === ";" || (between === "arguments" && token.text === ",");
}

function matchBrackets(tokens: readonly Token[]): ReadonlyMap<number, number> {
  const closes = new Map<number, number>();
  const open: number[] = [];
  tokens.forEach((token, at) => {
    if (token.kind !== "punctuation") return;
    if (opening.has(token.text)) open.push(at);
    else if (closing.has(token.text)) {
      const start = open.at(-1);
      if (start === undefined || opening.get(tokens[start]?.text ?? "") !== token.text) return;
      open.pop();
      closes.set(start, at);
    }
  });
  return closes;
}
