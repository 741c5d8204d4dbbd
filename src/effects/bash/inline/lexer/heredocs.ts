// Here-documents: their bodies stand on the lines behind the one that announces them.

import { isDigit } from "./characters.ts";
import type { Interpolation } from "./lexicon.ts";
import { decode } from "./pieces.ts";
import type { Scanner } from "./scanner.ts";

interface Pending {
  readonly name: string;
  readonly interpolates: boolean;
  /** Of its token, which has no text yet. */
  readonly index: number;
}

/** UTF-16 code units of an operator with the name behind it. */
const maxHeadLength = 80;

export class Heredocs {
  readonly #scanner: Scanner;
  #pending: Pending[] = [];

  constructor(scanner: Scanner) {
    this.#scanner = scanner;
  }

  /** `<<E`, `<<~'E'`, `<<<"E"`; false: none begins here. */
  readHead(): boolean {
    const operator = this.#scanner.lexicon.heredoc;
    if (operator === undefined || !this.#scanner.startsWith(operator)) return false;
    if (!this.#scanner.operandMayFollow()) return false;
    const match = this.#scanner.match(/^(<<<?)[~-]? ?(?:"(\w+)"|'(\w+)'|(\w+))/, maxHeadLength);
    const name = match?.[2] ?? match?.[3] ?? match?.[4];
    if (match?.[1] !== operator || name === undefined || isDigit(name)) return false;
    this.#scanner.at += match[0].length;
    const index = this.#scanner.tokens.length;
    this.#pending.push({ name, interpolates: match[3] === undefined, index });
    this.#scanner.push("string", "");
    return true;
  }

  /** From the beginning of a line, the bodies of those that the line before it announced. */
  readBodies(): void {
    const { tokens } = this.#scanner;
    for (const { name, interpolates, index } of this.#pending) {
      const pieces = decode(this.#takeBody(name), {
        escapes: interpolates ? "c" : "verbatim",
        interpolation: interpolates ? this.#interpolation() : "none",
      });
      const token = tokens[index];
      if (token !== undefined) tokens[index] = { ...token, pieces };
    }
    this.#pending = [];
  }

  #takeBody(name: string): string {
    const scanner = this.#scanner;
    const lines: string[] = [];
    while (scanner.at < scanner.source.length) {
      const end = scanner.source.indexOf("\n", scanner.at);
      const line = scanner.source.slice(scanner.at, end < 0 ? scanner.source.length : end);
      const trimmed = line.trimStart();
      if (isEnd(trimmed, name)) {
        scanner.at += line.length - trimmed.length + name.length;
        break;
      }
      lines.push(line);
      scanner.at = end < 0 ? scanner.source.length : end + 1;
    }
    return lines.join("\n");
  }

  #interpolation(): Interpolation {
    return this.#scanner.lexicon.percentQuotes ? "hashBrace" : "dollar";
  }
}

/** PHP's statement may go on behind the name. */
function isEnd(line: string, name: string): boolean {
  return line === name || (line.startsWith(name) && /^[;),]/.test(line.slice(name.length)));
}
