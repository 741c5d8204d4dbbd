// Python's blocks: a line that is indented further may not be reached, unless `with` or `try` opens it.

interface Block {
  readonly indent: number;
  readonly possible: boolean;
}

export class Indentation {
  #blocks: Block[] = [];
  /** What the last line begins with. */
  #opener = "";

  /** What stands in the blocks that are open may not be reached. */
  get possible(): boolean {
    return this.#blocks.some((block) => block.possible);
  }

  /** A line that is not empty begins. */
  line(indent: number, firstWord: string): void {
    while (this.#deepest > indent) this.#blocks.pop();
    if (indent > this.#deepest) {
      const reached = this.#opener === "with" || this.#opener === "try";
      this.#blocks.push({ indent, possible: !reached });
    }
    this.#opener = firstWord;
  }

  get #deepest(): number {
    return this.#blocks.at(-1)?.indent ?? 0;
  }
}
