// The language of sed scripts, as far as it decides which files are touched and what is run.

/** One command of a script. */
export interface SedCommand {
  /** Its letter; `s///w` and `s///e` by flags: `s///w`. */
  readonly name: string;
  /** The file that it reads or writes. */
  readonly file?: string;
  /** Shell text that it runs. */
  readonly shell?: string;
  /** Runs what stands in the line. */
  readonly runsInput?: boolean;
  /** `s` of literal text for literal text, without an address. */
  readonly substitute?: {
    readonly pattern: string;
    readonly replacement: string;
    readonly global: boolean;
  };
}

/** Commands beyond this are not read: undefined. */
const maxCommands = 4_096;

/** Reads a script by the rules of GNU sed (`compile.c`); undefined: sed would refuse it. */
export function sedCommands(source: string): readonly SedCommand[] | undefined {
  const scanner = new Scanner(source);
  const commands: SedCommand[] = [];
  while (commands.length < maxCommands) {
    const command = scanner.command();
    if (command === "end") return commands;
    if (command === undefined) return undefined;
    commands.push(command);
  }
  return undefined;
}

class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  command(): SedCommand | "end" | undefined {
    this.#skip(" \t\r\n;}");
    if (this.#at >= this.#text.length) return "end";
    const start = this.#at;
    if (!this.#addresses()) return undefined;
    const addressed = this.#at > start;
    const name = this.#text.charAt(this.#at++);
    return this.#body(name, addressed);
  }

  #body(name: string, addressed: boolean): SedCommand | undefined {
    if (name === "#") return this.#line(() => ({ name }));
    if ("{=dDgGhHnNpPxzF".includes(name) && name !== "") return { name };
    if ("aic".includes(name) && name !== "") return this.#insertion(name);
    if ("rRwW".includes(name) && name !== "")
      return this.#line((file) => this.#fileCommand(name, file));
    if ("qQlLv".includes(name) && name !== "") return this.#label(name, "");
    if (":btT".includes(name) && name !== "") return this.#label(name, "}");
    if (name === "e")
      return this.#line((shell) => (shell === "" ? { name, runsInput: true } : { name, shell }));
    if (name === "s") return this.#substitution(addressed);
    return name === "y" ? this.#transliteration() : undefined;
  }

  #fileCommand(name: string, file: string): SedCommand | undefined {
    return file === "" ? undefined : { name: name.toLowerCase(), file };
  }

  #skip(characters: string): void {
    while (this.#at < this.#text.length && characters.includes(this.#text.charAt(this.#at)))
      this.#at += 1;
  }

  /** The rest of the line without the blanks before it. */
  #line(make: (rest: string) => SedCommand | undefined): SedCommand | undefined {
    this.#skip(" \t");
    const end = this.#text.indexOf("\n", this.#at);
    const rest = this.#text.slice(this.#at, end < 0 ? undefined : end);
    this.#at = end < 0 ? this.#text.length : end + 1;
    return make(rest);
  }

  /** Text up to a newline that no backslash precedes. */
  #insertion(name: string): SedCommand {
    this.#skip(" \t");
    for (; this.#at < this.#text.length; this.#at += 1) {
      const c = this.#text.charAt(this.#at);
      if (c === "\n") break;
      if (c === "\\") this.#at += 1;
    }
    return { name };
  }

  #label(name: string, alsoEnds: string): SedCommand {
    this.#skip(" \t");
    while (this.#at < this.#text.length && !`;\n${alsoEnds}`.includes(this.#text.charAt(this.#at)))
      this.#at += 1;
    return { name };
  }

  /** `1,$`, `/re/,+3`, `0~4`, `\cREc`, then `!`. False: it has no end. */
  #addresses(): boolean {
    if (!this.#address()) return false;
    this.#skip(" \t");
    if (this.#text.charAt(this.#at) === ",") {
      this.#at += 1;
      this.#skip(" \t+~");
      if (!this.#address()) return false;
    }
    this.#skip(" \t!");
    return true;
  }

  #address(): boolean {
    const c = this.#text.charAt(this.#at);
    if (c === "/" || c === "\\") {
      this.#at += c === "/" ? 1 : 2;
      const delimiter = c === "/" ? "/" : this.#text.charAt(this.#at - 1);
      if (this.#regex(delimiter) === undefined) return false;
      this.#skip("IM");
    } else this.#skip("0123456789$~");
    return true;
  }

  /** Text up to a delimiter that no backslash precedes, and the delimiter is passed. */
  #until(delimiter: string): string | undefined {
    const start = this.#at;
    for (; this.#at < this.#text.length; this.#at += 1) {
      const c = this.#text.charAt(this.#at);
      if (c === delimiter) return this.#text.slice(start, this.#at++);
      if (c === "\\") this.#at += 1;
    }
    return undefined;
  }

  /** As `until`, but a delimiter within `[...]` ends nothing. */
  #regex(delimiter: string): string | undefined {
    const start = this.#at;
    for (; this.#at < this.#text.length; this.#at += 1) {
      const c = this.#text.charAt(this.#at);
      if (c === delimiter) return this.#text.slice(start, this.#at++);
      if (c === "\\") this.#at += 1;
      if (c === "[") this.#passBrackets();
    }
    return undefined;
  }

  /** Up to the `]` that ends a bracket expression, where one does; a first `]` stands for itself. */
  #passBrackets(): void {
    const first = this.#text.charAt(this.#at + 1) === "^" ? this.#at + 2 : this.#at + 1;
    const line = this.#text.indexOf("\n", first);
    for (let at = first; at < (line < 0 ? this.#text.length : line); at += 1) {
      const c = this.#text.charAt(at);
      const named = c === "[" && /[:.=]/.test(this.#text.charAt(at + 1));
      const close = named ? this.#text.indexOf(`${this.#text.charAt(at + 1)}]`, at + 2) : -1;
      if (close > 0) at = close + 1;
      else if (c === "]" && at > first) {
        this.#at = at;
        return;
      }
    }
  }

  #transliteration(): SedCommand | undefined {
    const delimiter = this.#text.charAt(this.#at++);
    const read = this.#until(delimiter) !== undefined && this.#until(delimiter) !== undefined;
    return read ? { name: "y" } : undefined;
  }

  #substitution(addressed: boolean): SedCommand | undefined {
    const delimiter = this.#text.charAt(this.#at++);
    const pattern = this.#regex(delimiter);
    const replacement = pattern === undefined ? undefined : this.#until(delimiter);
    if (pattern === undefined || replacement === undefined) return undefined;
    const start = this.#at;
    this.#skip("gpiImMe0123456789");
    const flags = this.#text.slice(start, this.#at);
    if (flags.includes("e"))
      return {
        name: "s///e",
        shell: runText(replacement),
        runsInput: !isWhole(pattern, replacement),
      };
    if (this.#text.charAt(this.#at) === "w") {
      this.#at += 1;
      return this.#line((file) => this.#fileCommand("s///w", file));
    }
    const literal =
      !addressed && isLiteral(pattern) && !/[&\\]/.test(replacement) && /^g?$/.test(flags);
    return literal
      ? { name: "s", substitute: { pattern, replacement, global: flags === "g" } }
      : { name: "s" };
  }
}

/** No character that a basic or extended regular expression reads. */
function isLiteral(pattern: string): boolean {
  return pattern !== "" && !/[.*^$[\]\\+?(){}|]/.test(pattern);
}

/** The line is the replacement and nothing else, so that what is run is known. */
function isWhole(pattern: string, replacement: string): boolean {
  return /^\^?\.\*\$?$/.test(pattern) && !/(?:^|[^\\])&|\\[0-9]/.test(replacement);
}

/** A replacement as text: `\/` is a slash, `\n` a newline. */
function runText(replacement: string): string {
  return replacement.replace(/\\(.)/gs, (_, c: string) => (c === "n" ? "\n" : c));
}
