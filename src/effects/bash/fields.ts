// Collects what the parts of words become as arguments: splits, matches patterns, keeps what is quoted together.

import type { Span, Word, WordPart } from "./command.ts";
import { isStar, joined } from "./lists.ts";
import type { Receiver } from "./parameters.ts";
import { exactPattern, globPart, globParts, hasGlob } from "./pattern.ts";
import type { Shell } from "./shell.ts";
import { hole, isKnown, partsOf, type Text, textOfParts, wordOfText } from "./text.ts";
import { lookUp, type Parameter, scalar } from "./variables.ts";

export class Fields implements Receiver {
  readonly #shell: Shell;
  readonly #into: Word[];
  readonly #source: string;
  readonly #span: Span;
  #parts: WordPart[] = [];
  #text = "";
  #open = false;
  #many = false;

  constructor(shell: Shell, into: Word[], source: string, span: Span) {
    this.#shell = shell;
    this.#into = into;
    this.#source = source;
    this.#span = span;
  }

  add(text: Text, how: "literal" | "quoted" | "expanded"): undefined {
    if (how === "expanded") return this.#expanded(text);
    this.#open = true;
    if (isKnown(text)) this.#text += text;
    else for (const part of text) this.#part(part, how === "literal" && part.kind === "hole");
  }

  glob(pattern: string): undefined {
    this.#open = true;
    if (this.#shell.state.options.noglob) this.#text += pattern;
    else this.#part(this.#globPart(pattern), true);
  }

  parameter(parameter: Parameter, quoted: boolean, source: string): undefined {
    switch (parameter.kind) {
      case "unset":
        return quoted ? this.add("", "quoted") : undefined;
      case "text":
        return this.add(parameter.text, quoted ? "quoted" : "expanded");
      case "unknown list":
        return this.#anyItems(parameter);
      case "list":
        if (quoted && isStar(source))
          return this.add(joined(this.#shell, parameter.items), "quoted");
        return this.#items(parameter.items, quoted);
    }
  }

  end(): undefined {
    if (!this.#open) return;
    this.#flush();
    const text = textOfParts(this.#parts);
    this.#into.push(wordOfText(text, this.#source, this.#span, this.#many));
    this.#parts = [];
    this.#open = false;
    this.#many = false;
  }

  #items(items: readonly Text[], quoted: boolean): undefined {
    for (const [at, item] of items.entries()) {
      if (at > 0) this.end();
      this.#shell.run.budget.step();
      this.add(item, quoted ? "quoted" : "expanded");
    }
  }

  #anyItems({ why, names }: Extract<Parameter, { kind: "unknown list" }>): undefined {
    if (names !== undefined && !this.#open) this.#names(names);
    else this.add(hole(why), "literal");
  }

  /** Any number of words, each of which is one of these. */
  #names(names: readonly Word[]): undefined {
    for (const name of names) {
      this.#shell.run.budget.step();
      this.#open = true;
      this.#many = true;
      if (name.value !== undefined) this.#part(exactPattern(name.value), true);
      else for (const part of name.parts) this.#part(part, true);
      this.end();
    }
  }

  #expanded(text: Text): undefined {
    const separators = scalar(lookUp(this.#shell, "IFS").value) ?? " \t\n";
    for (const part of partsOf(text)) {
      if (part.kind === "text" && isKnown(separators)) this.#splitText(part.text, separators);
      else if (part.kind === "hole" && part.names !== undefined && !this.#open) {
        this.#names(part.names);
      } else {
        this.#open = true;
        this.#part(part, true);
      }
    }
  }

  /** https://www.gnu.org/software/bash/manual/html_node/Word-Splitting.html */
  #splitText(text: string, separators: string): undefined {
    let start = 0;
    let at = 0;
    while (at < text.length) {
      if (!separators.includes(text.charAt(at))) {
        at += 1;
        continue;
      }
      this.#unquoted(text.slice(start, at));
      const blanks = skipBlanks(text, at, separators);
      const hard = separators.includes(text.charAt(blanks)) && blanks < text.length;
      if (hard) this.#open = true;
      this.#shell.run.budget.step();
      this.end();
      at = hard ? skipBlanks(text, blanks + 1, separators) : blanks;
      start = at;
    }
    this.#unquoted(text.slice(start));
  }

  #unquoted(text: string): undefined {
    if (text === "") return;
    this.#open = true;
    if (this.#shell.state.options.noglob || !hasGlob(text)) {
      this.#text += text;
      return;
    }
    for (const part of globParts(text)) this.#part(part, part.kind === "glob");
  }

  #part(part: WordPart, many: boolean): undefined {
    this.#many ||= many;
    if (part.kind === "text") {
      this.#text += part.text;
      return;
    }
    this.#flush();
    this.#parts.push(part);
  }

  #globPart(pattern: string): WordPart {
    if (pattern !== "**" || !this.#shell.state.options.globstar) return globPart(pattern);
    return { kind: "glob", text: "**", pattern };
  }

  #flush(): undefined {
    if (this.#text !== "") this.#parts.push({ kind: "text", text: this.#text });
    this.#text = "";
  }
}

function skipBlanks(text: string, from: number, separators: string): number {
  let at = from;
  while (
    at < text.length &&
    " \t\n".includes(text.charAt(at)) &&
    separators.includes(text.charAt(at))
  ) {
    at += 1;
  }
  return at;
}
