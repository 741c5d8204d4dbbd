// Options as the tools parse them (getopt_long and its relatives), over words that may be partly known.

import type { Word, WordPart } from "./command.ts";

/** How a program departs from GNU `getopt_long`. */
export interface OptionStyle {
  /** `posix`: the first operand ends the options (`xargs`, `env`, `nice`). Default `permute`. */
  readonly order?: "permute" | "posix";
  /** Long options may be cut short where that is unambiguous. Default true. */
  readonly abbreviations?: boolean;
  /** `-name` is tried as a long option first (`getopt_long_only`, Go's `flag`). Default false. */
  readonly singleDash?: boolean;
  /** `--no-x` takes `--x` back, as git's parse-options does. Default false. */
  readonly negations?: boolean;
}

/** An option or operand, in the order of the command line. `name` is the first of the option's names. */
type OptionItem =
  | { readonly kind: "option"; readonly name: string; readonly value: Word | undefined }
  | { readonly kind: "operand"; readonly word: Word };

/** What a command line says, by any of an option's names. */
export interface Options<Name extends string = string> {
  /** Given, and not taken back. */
  has(name: Name): boolean;
  /** How often it was given. */
  count(name: Name): number;
  /** The argument of its last occurrence. */
  value(name: Name): Word | undefined;
  /** The arguments of all its occurrences, in order. */
  values(name: Name): readonly Word[];
  /** Which of these options was given last, under the name asked for. */
  last<Asked extends Name>(...names: readonly Asked[]): Asked | undefined;
  readonly operands: readonly Word[];
  /** Options and operands in order, for programs where the order matters (`tar -C`). */
  readonly items: readonly OptionItem[];
  /** Options that the specification does not name, or that lack their argument, as written. */
  readonly unknown: readonly string[];
  /**
   * Words before `--` that may hold options which we do not see: they begin with a hole, may split
   * into several arguments, or have a hole among their flags. Those that may also be operands stand in
   * `operands` as well.
   */
  readonly doubtful: readonly Word[];
}

/**
 * Reads arguments (without the program's name). `posix`: options end at the first operand, as they do
 * for most programs where the environment has POSIXLY_CORRECT.
 */
type OptionParser<Name extends string = string> = (
  args: readonly Word[],
  posix?: boolean,
) => Options<Name>;

type Entry<Text extends string, Seen extends string = never> = Text extends `${infer A} ${infer B}`
  ? Entry<B, Seen | A>
  : Seen | Text;
type Bare<Text extends string> = Text extends `${infer A}:${string}` ? A : Text;
type Each<Text extends string> = Text extends `${infer A},${infer B}` ? A | Each<B> : Text;
/** The option names of a specification. */
export type OptionNames<Spec extends string> = Each<Bare<Entry<Spec>>>;

interface Option {
  readonly name: string;
  readonly argument: "none" | "required" | "optional";
}

interface Table {
  readonly short: ReadonlyMap<string, Option>;
  readonly long: ReadonlyMap<string, Option>;
  /** The names of `long`, sorted: an abbreviation is a range of them. */
  readonly longNames: readonly string[];
  readonly number: Option | undefined;
  readonly style: OptionStyle;
}

/**
 * Compiles a specification once. Each line is entries with one blank between them; an entry is an
 * option's names with commas (`r,R,recursive`; one character: short), then nothing (a flag), `:` (needs
 * an argument) or `::` (may have one attached). The entry `#` stands for `-5`, with the number as its value.
 */
export function optionParser<const Spec extends string>(
  spec: Spec | readonly Spec[],
  style: OptionStyle = {},
): OptionParser<OptionNames<Spec>> {
  const table = compile(typeof spec === "string" ? [spec] : spec, style);
  return function parseOptions(args, posix = false) {
    return new Parsed(table, args, posix || style.order === "posix");
  };
}

function compile(lines: readonly string[], style: OptionStyle): Table {
  const short = new Map<string, Option>();
  const long = new Map<string, Option>();
  for (const entry of lines.join(" ").split(" ")) {
    const [names = "", ...colons] = entry.split(":");
    const argument = colons.length === 0 ? "none" : colons.length === 1 ? "required" : "optional";
    const all = names.split(",");
    const option: Option = { name: all[0] ?? names, argument };
    for (const name of all) (name.length === 1 ? short : long).set(name, option);
  }
  const number = short.get("#");
  short.delete("#");
  return { short, long, longNames: [...long.keys()].sort(), number, style };
}

class Parsed implements Options {
  readonly operands: Word[] = [];
  readonly items: OptionItem[] = [];
  readonly unknown: string[] = [];
  readonly doubtful: Word[] = [];
  readonly #table: Table;
  readonly #args: readonly Word[];
  #next = 0;

  constructor(table: Table, args: readonly Word[], posix: boolean) {
    this.#table = table;
    this.#args = args;
    let ended = false;
    for (let word = this.#take(); word !== undefined; word = this.#take()) {
      if (ended) this.#operand(word);
      else if (word.value === "--") ended = true;
      else if (!this.#option(word)) {
        this.#operand(word);
        ended = posix;
      }
    }
  }

  has(name: string): boolean {
    return this.count(name) > 0;
  }

  count(name: string): number {
    return this.#occurrences(name).length;
  }

  value(name: string): Word | undefined {
    return this.values(name).at(-1);
  }

  values(name: string): readonly Word[] {
    return this.#occurrences(name).flatMap((item) =>
      item.value === undefined ? [] : [item.value],
    );
  }

  last<Asked extends string>(...names: readonly Asked[]): Asked | undefined {
    for (const item of this.items.toReversed()) {
      if (item.kind === "operand") continue;
      const asked = names.find((name) => this.#canonical(name) === item.name);
      if (asked !== undefined) return asked;
    }
    return undefined;
  }

  #canonical(name: string): string | undefined {
    const { short, long, number } = this.#table;
    return (name === "#" ? number : (short.get(name) ?? long.get(name)))?.name;
  }

  #occurrences(name: string): (OptionItem & { kind: "option" })[] {
    const canonical = this.#canonical(name);
    const found: (OptionItem & { kind: "option" })[] = [];
    for (const item of this.items) {
      if (item.kind === "operand") continue;
      if (item.name === canonical) found.push(item);
      else if (item.name === `no-${canonical}`) found.length = 0;
    }
    return found;
  }

  #take(): Word | undefined {
    return this.#args[this.#next++];
  }

  #operand(word: Word): void {
    this.operands.push(word);
    this.items.push({ kind: "operand", word });
  }

  #add(option: Option, value: Word | undefined): void {
    this.items.push({ kind: "option", name: option.name, value });
  }

  /** True where the word was an option; false where it is (or may be) an operand. */
  #option(word: Word): boolean {
    if (mayHideOptions(word)) this.doubtful.push(word);
    const known = leadingText(word);
    if (!known.startsWith("-") || word.value === "-") return false;
    if (known === "-") this.#doubt(word);
    else if (known.startsWith("--")) this.#long(word, known, 2);
    else if (!this.#table.style.singleDash || !this.#long(word, known, 1))
      this.#cluster(word, known);
    return true;
  }

  #doubt(word: Word): void {
    if (this.doubtful.at(-1) !== word) this.doubtful.push(word);
  }

  /** `--name`, `--name=value`; behind one dash only what is known to be a name counts. */
  #long(word: Word, known: string, dashes: 1 | 2): boolean {
    const equals = known.indexOf("=", dashes);
    if (equals < 0 && word.value === undefined) {
      if (dashes === 2) this.#doubt(word);
      return dashes === 2;
    }
    const name = known.slice(dashes, equals < 0 ? undefined : equals);
    const option = this.#find(name);
    if (option === undefined) return dashes === 2 && this.#unnamed(word);
    if (equals >= 0) this.#add(option, dropText(word, equals + 1));
    else if (option.argument === "required") this.#separate(option, word);
    else this.#add(option, undefined);
    return true;
  }

  #unnamed(word: Word): true {
    this.unknown.push(word.value ?? word.source);
    return true;
  }

  #separate(option: Option, word: Word): void {
    const value = this.#take();
    if (value === undefined) this.unknown.push(word.value ?? word.source);
    else {
      if (value.many && hasHole(value)) this.#doubt(value);
      this.#add(option, value);
    }
  }

  #find(name: string): Option | undefined {
    const { long, short, style } = this.#table;
    const exact = long.get(name) ?? (style.singleDash ? short.get(name) : undefined);
    if (exact !== undefined) return exact;
    const begun = style.abbreviations === false ? undefined : this.#abbreviated(name);
    if (begun !== undefined || style.negations !== true || !name.startsWith("no-")) return begun;
    const positive = this.#find(name.slice(3)) ?? short.get(name.slice(3));
    return positive && { name: `no-${positive.name}`, argument: "none" };
  }

  /** The one option that some long name beginning so belongs to. */
  #abbreviated(name: string): Option | undefined {
    const { long, longNames } = this.#table;
    let at = lowerBound(longNames, name);
    const first = longNames[at];
    if (first === undefined || !first.startsWith(name)) return undefined;
    const option = long.get(first);
    for (at += 1; longNames[at]?.startsWith(name); at += 1) {
      if (long.get(longNames[at] ?? "") !== option) return undefined;
    }
    return option;
  }

  /** `-rf`, `-n5`, `-n 5`, `-5`. */
  #cluster(word: Word, known: string): void {
    for (let at = 1; at < known.length; at += 1) {
      const digits = this.#table.number === undefined ? 0 : digitsAt(known, at);
      if (digits > 0 && this.#table.number !== undefined) {
        this.#add(this.#table.number, knownWord(word, known.slice(at, at + digits)));
        at += digits - 1;
        continue;
      }
      const option = this.#table.short.get(known.charAt(at));
      if (option === undefined) this.unknown.push(`-${known.charAt(at)}`);
      else if (option.argument === "none") this.#add(option, undefined);
      else {
        this.#attached(option, word, at + 1);
        return;
      }
    }
    if (word.value === undefined) this.#doubt(word);
  }

  #attached(option: Option, word: Word, at: number): void {
    const rest = dropText(word, at);
    if (rest.parts.length > 0 && rest.value !== "") this.#add(option, rest);
    else if (option.argument === "required") this.#separate(option, word);
    else this.#add(option, undefined);
  }
}

/** May be, or hold, an option that cannot be seen. */
function mayHideOptions(word: Word): boolean {
  return word.parts[0]?.kind === "hole" || (word.many && hasHole(word));
}

export function hasHole(word: Word): boolean {
  return word.parts.some((part) => part.kind === "hole");
}

/** The known text that the word begins with. */
export function leadingText(word: Word): string {
  const first = word.parts[0];
  return first?.kind === "text" ? first.text : "";
}

/** The word without the first characters of its leading text. */
export function dropText(word: Word, length: number): Word {
  const [first, ...rest] = word.parts;
  const left = first?.kind === "text" ? first.text.slice(length) : "";
  const parts: readonly WordPart[] = left === "" ? rest : [{ kind: "text", text: left }, ...rest];
  return { ...word, parts, value: word.value?.slice(length) };
}

/** A word of exactly this text, at the place of another. */
export function knownWord(at: Word, text: string): Word {
  return { ...at, value: text, parts: [{ kind: "text", text }], many: false };
}

function digitsAt(text: string, at: number): number {
  let end = at;
  while (text.charCodeAt(end) >= 0x30 && text.charCodeAt(end) <= 0x39) end += 1;
  return end - at;
}

/** The first place in a sorted list whose text is not less than this. */
function lowerBound(sorted: readonly string[], text: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? "") < text) low = middle + 1;
    else high = middle;
  }
  return low;
}
