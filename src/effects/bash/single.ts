// Collects what the parts of a word become as one text, that is neither split nor matched against files.

import type { WordPart } from "./command.ts";
import { isStar, joined, oneText } from "./lists.ts";
import type { Receiver } from "./parameters.ts";
import type { Shell } from "./shell.ts";
import { bounded, hole, isKnown, partsOf, type Text, textOfParts } from "./text.ts";
import type { Parameter } from "./variables.ts";

export class Single implements Receiver {
  readonly #shell: Shell;
  readonly #marks: boolean;
  #known = "";
  readonly #parts: WordPart[] = [];

  constructor(
    shell: Shell,
    emptyItems: "joins empty items" | "marks empty items" = "joins empty items",
  ) {
    this.#shell = shell;
    this.#marks = emptyItems === "marks empty items";
  }

  add(text: Text): undefined {
    if (isKnown(text)) {
      this.#known += text;
      return;
    }
    this.#parts.push(...partsOf(this.#known), ...text);
    this.#known = "";
  }

  glob(pattern: string): undefined {
    this.add(pattern);
  }

  parameter(parameter: Parameter, quoted: boolean, source: string): undefined {
    const joins = parameter.kind === "list" && isStar(source);
    if (this.#marks && quoted && !joins && hasEmptyItem(parameter)) return this.add(hole(source));
    this.add(joins ? joined(this.#shell, parameter.items) : oneText(parameter));
  }

  text(): Text {
    if (this.#parts.length === 0) return bounded(this.#known);
    return bounded(textOfParts([...this.#parts, ...partsOf(this.#known)]));
  }
}

function hasEmptyItem(parameter: Parameter): boolean {
  return (
    parameter.kind === "list" &&
    parameter.items.length > 1 &&
    parameter.items.some((item) => item === "")
  );
}
