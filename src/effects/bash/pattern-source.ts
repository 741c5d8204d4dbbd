// Collects what the parts of a word become as the source of a pattern.

import { isStar, oneText } from "./lists.ts";
import type { Receiver } from "./parameters.ts";
import { quoteForPattern } from "./pattern.ts";
import { isKnown, type Text } from "./text.ts";
import type { Parameter } from "./variables.ts";

export class PatternSource implements Receiver {
  readonly #takes: "all" | "first word";
  #source: string | undefined = "";
  #ended = false;

  constructor(takes: "all" | "first word" = "all") {
    this.#takes = takes;
  }

  add(text: Text, how: "literal" | "quoted" | "expanded"): undefined {
    if (this.#source === undefined || this.#ended) return;
    if (!isKnown(text)) this.#source = undefined;
    else this.#source += how === "expanded" ? text : quoteForPattern(text);
  }

  glob(pattern: string): undefined {
    if (this.#source !== undefined && !this.#ended) this.#source += pattern;
  }

  parameter(parameter: Parameter, quoted: boolean, source: string): undefined {
    const separates = this.#takes === "first word" && quoted && !isStar(source);
    if (separates && parameter.kind === "list" && parameter.items.length > 1) {
      this.add(parameter.items[0] ?? "", "quoted");
      this.#ended = true;
    } else this.add(oneText(parameter), quoted ? "quoted" : "expanded");
  }

  source(): string | undefined {
    return this.#source;
  }
}
