// Expansion of words, as far as their parts are known.
// https://www.gnu.org/software/bash/manual/html_node/Shell-Expansions.html

import { type Operands as ArithmeticOperands, evaluate, textValue } from "./arithmetic.ts";
import { expandBraces } from "./braces.ts";
import { maybe } from "./branches.ts";
import type { Span, Word, WordPart } from "./command.ts";
import { expandParameter, parameterOf, type Receiver } from "./parameters.ts";
import {
  type ArithmeticExpression,
  type HereDocBody,
  type WordPart as Part,
  parseWord,
  type Word as SourceWord,
} from "./parse.ts";
import { exactPattern, globPart, globParts, hasGlob, quoteForPattern } from "./pattern.ts";
import type { Shell } from "./shell.ts";
import { generated, spanOf } from "./source.ts";
import { outputOf, processFile } from "./substitution.ts";
import {
  bounded,
  concat,
  hole,
  isKnown,
  partsOf,
  readable,
  type Text,
  textOfParts,
  unmarked,
} from "./text.ts";
import { lookUp, type Parameter, scalar } from "./variables.ts";

/** The arguments that words become: none, one or many from each. */
export function expandWords(shell: Shell, words: readonly SourceWord[], into: Word[] = []): Word[] {
  for (const word of words) expandWord(shell, word, into);
  return into;
}

export function expandWord(shell: Shell, word: SourceWord, into: Word[]): undefined {
  shell.run.budget.step();
  const span = spanOf(shell.source, word);
  if (word.parts === undefined && !needsMore(shell, word.text)) {
    into.push(literalWord(word.value, word.text, span));
  } else if (word.parts?.some((part) => part.type === "BraceExpansion")) {
    expandBracedWord(shell, word, into);
  } else {
    const fields = new Fields(shell, into, readable(word.text), span);
    expandParts(shell, partsOfWord(word), fields, false);
    fields.end();
  }
}

/** A word with one exact value. */
export function literalWord(value: string, source: string, span: Span): Word {
  return { value, parts: [{ kind: "text", text: value }], many: false, source, span };
}

/** A word of this text. */
export function wordOfText(text: Text, source: string, span: Span, many = false): Word {
  if (isKnown(text)) return literalWord(text, source, span);
  return { value: undefined, parts: text, many, source, span };
}

/** A word that is neither split nor matched against files: the right side of an assignment. */
export function expandText(shell: Shell, word: SourceWord): Text {
  shell.run.budget.step();
  if (word.parts === undefined && !needsMore(shell, word.text)) return word.value;
  const single = new Single(shell);
  expandParts(shell, partsOfWord(word), single, false);
  return single.text();
}

/**
 * The word that `case` looks at. Where a quoted list has an empty item, bash leaves a mark of its own
 * in its place, so that neither the joined text nor any item matches.
 */
export function expandCaseWord(shell: Shell, word: SourceWord): Text {
  shell.run.budget.step();
  const single = new Single(shell, "marks empty items");
  expandParts(shell, partsOfWord(word), single, false);
  return single.text();
}

/** As `expandText`; a tilde is expanded behind a colon too. */
export function expandAssigned(shell: Shell, word: SourceWord): Text {
  const { text, parts } = word;
  if (parts !== undefined || !text.includes(":~") || word.value !== text) {
    return expandText(shell, word);
  }
  return concat(...text.split(/(:)/).map((piece) => withTilde(shell, piece)));
}

/** A word as the source of a pattern, in which quoted characters bear a backslash; undefined: not known. */
export function expandPattern(shell: Shell, word: SourceWord): string | undefined {
  shell.run.budget.step();
  const pattern = new PatternSource();
  expandParts(shell, partsOfWord(word), pattern, false);
  return pattern.source();
}

/** As `expandPattern`; of the words that a quoted list makes, `case` takes the first. */
export function expandCasePattern(shell: Shell, word: SourceWord): string | undefined {
  shell.run.budget.step();
  const pattern = new PatternSource("first word");
  expandParts(shell, partsOfWord(word), pattern, false);
  return pattern.source();
}

/** The text of a here-document. */
export function expandHereDocument(shell: Shell, body: HereDocBody, quoted: boolean): Text {
  if (quoted) return markedText(shell, body.text);
  const { parts } = body;
  if (parts === undefined) return markedText(shell, unescapeHereDocument(body.text));
  const single = new Single(shell);
  for (const part of parts) {
    if (part.type === "Literal") single.add(markedText(shell, unescapeHereDocument(part.text)));
    else expandParts(shell, [part], single, true);
  }
  return single.text();
}

/** Text in which the shell expands as in double quotes, though it was not written so: `${x@P}`. */
export function expandQuoted(shell: Shell, text: string): Text {
  const name = /^\$(\w+)$/.exec(text)?.[1];
  if (name !== undefined) return oneText(parameterOf(shell, name));
  const word = parseWord(`"${text.replaceAll('"', '\\"')}"`, shell.run.budget);
  if (word === undefined) return hole("a text that is expanded again");
  return expandText(shell.with({ source: generated(word.text, shell.run.current) }), word.node);
}

/** The value of an arithmetic expression; undefined: not known. */
export function arithmetic(
  shell: Shell,
  expression: ArithmeticExpression | undefined,
): number | undefined {
  return expression === undefined ? undefined : evaluate(shell, expression, arithmeticOperands);
}

const arithmeticOperands: ArithmeticOperands = {
  text(shell, parts) {
    const single = new Single(shell);
    expandParts(shell, parts, single, true);
    return single.text();
  },
  quoted: expandQuoted,
  substitute: outputOf,
};

/** Backslashes of a here-document quote only what is special in it. */
function unescapeHereDocument(text: string): string {
  return text.includes("\\") ? text.replace(/\\(?:\n|([$`\\]))/g, "$1") : text;
}

function needsMore(shell: Shell, text: string): boolean {
  return shell.source.marked || text.charCodeAt(0) === 0x7e || text.includes("=~");
}

/** A word without parts is one literal. */
function partsOfWord(word: SourceWord): readonly Part[] {
  if (word.parts !== undefined) return word.parts;
  const { pos, end, text, value } = word;
  return [{ type: "Literal", pos, end, text, value }];
}

function expandBracedWord(shell: Shell, word: SourceWord, into: Word[]): undefined {
  const { budget } = shell.run;
  const span = spanOf(shell.source, word);
  for (const text of expandBraces(word.text, budget)) {
    // Outside quotes, an empty word is none.
    if (text === "") continue;
    if (/^[\w./:@%+,-]+$/.test(text)) {
      into.push(literalWord(text, word.text, span));
      continue;
    }
    const single = parseWord(text, budget);
    if (single === undefined) {
      into.push(wordOfText(hole("a brace expansion"), word.text, span, true));
      continue;
    }
    const fields = new Fields(shell, into, word.text, span);
    const source = generated(single.text, span);
    expandParts(shell.with({ source }), partsOfWord(single.node), fields, false);
    fields.end();
  }
}

/** Hands what each part becomes to a receiver, in order. */
export function expandParts(
  shell: Shell,
  parts: readonly Part[],
  to: Receiver,
  quoted: boolean,
): undefined {
  shell.run.budget.step(parts.length >> 3);
  for (const [at, part] of parts.entries()) {
    expandPart(shell, part, { to, quoted, first: at === 0, last: at === parts.length - 1 });
  }
}

interface At {
  readonly to: Receiver;
  readonly quoted: boolean;
  readonly first: boolean;
  readonly last: boolean;
}

function expandPart(shell: Shell, part: Part, { to, quoted, first, last }: At): undefined {
  switch (part.type) {
    case "Literal":
      if (quoted) return to.add(markedText(shell, part.value), "quoted");
      if (first && part.text.includes("~") && (last || part.text.includes("/"))) {
        return addWithTilde(shell, part.text, part.value, to);
      }
      return to.add(markedText(shell, part.value), "literal");
    case "SingleQuoted":
    case "AnsiCQuoted":
      return to.add(markedText(shell, part.value), "quoted");
    case "DoubleQuoted":
    case "LocaleString":
      if (!part.parts.every(isAllParameters)) to.add("", "quoted");
      return expandParts(shell, part.parts, to, true);
    case "Glob":
      if (part.parts === undefined || quoted) return to.glob(part.text);
      return to.glob(bracketSource(shell, part.parts) ?? part.text);
    case "ExtendedGlob":
      if (part.parts !== undefined) expandParts(shell, part.parts, new Single(shell), true);
      return to.glob(part.text);
    case "BraceExpansion":
      // Where braces are not expanded they are characters, and what is in them is as elsewhere.
      if (part.parts === undefined) return to.add(markedText(shell, part.text), "literal");
      to.add("{", "literal");
      expandParts(shell, part.parts, to, quoted);
      return to.add("}", "literal");
    case "SimpleExpansion":
      return to.parameter(parameterOf(shell, part.text.slice(1)), quoted, part.text);
    case "ParameterExpansion":
      return expandParameter(shell, part, quoted, to, operands);
    case "CommandExpansion":
      return to.add(outputOf(shell, part), quoted ? "quoted" : "expanded");
    case "ArithmeticExpansion":
      return to.add(arithmeticText(shell, part), quoted ? "quoted" : "expanded");
    case "ProcessSubstitution":
      return to.add(processFile(shell, part), "quoted");
    default:
      return unexpected(part);
  }
}

function unexpected(part: never): never {
  throw new TypeError(`a word part of an unknown type: ${JSON.stringify(part)}`);
}

/** `"$@"` alone may become no word at all, other quotes leave an empty one. */
function isAllParameters(part: Part): boolean {
  if (part.type === "SimpleExpansion") return part.text === "$@";
  return (
    part.type === "ParameterExpansion" &&
    part.operation === undefined &&
    (part.parameter === "@" || part.index?.text === "@")
  );
}

function bracketSource(shell: Shell, parts: readonly Part[]): string | undefined {
  const inner = new PatternSource();
  expandParts(shell, parts, inner, false);
  const source = inner.source();
  return source === undefined ? undefined : `[${source}]`;
}

function arithmeticText(shell: Shell, part: Extract<Part, { type: "ArithmeticExpansion" }>): Text {
  if (part.expression === undefined) {
    if (/^\$(\(\(\s*\)\)|\[\s*\])$/.test(part.text)) return "0";
    if (/\$[({]|`/.test(part.text)) shell.unknown("arithmetic that cannot be parsed", part);
    return hole(part.text);
  }
  const value = arithmetic(shell, part.expression);
  return value === undefined ? hole(part.text) : String(value);
}

/** A tilde is expanded at the beginning, and behind the `=` of what looks like an assignment. */
function addWithTilde(shell: Shell, text: string, value: string, to: Receiver): undefined {
  const left = /^[A-Za-z_]\w*=(?=~)/.exec(text)?.[0] ?? "";
  if (left !== "") to.add(left, "literal");
  const rest = value.slice(left.length);
  const isTilde = text.charAt(left.length) === "~";
  to.add(isTilde ? withTilde(shell, rest) : markedText(shell, rest), "literal");
}

function markedText(shell: Shell, text: string): Text {
  return shell.source.marked ? unmarked(text, "a value in the text") : text;
}

/** `~`, `~/x`, `~+`; another user's home is not known. */
function withTilde(shell: Shell, text: string): Text {
  if (!text.startsWith("~")) return markedText(shell, text);
  const slash = text.indexOf("/");
  const prefix = slash < 0 ? text : text.slice(0, slash);
  const rest = markedText(shell, slash < 0 ? "" : text.slice(slash));
  if (prefix === "~") return concat(scalar(lookUp(shell, "HOME").value) ?? hole("~"), rest);
  if (prefix === "~+") return concat(scalar(lookUp(shell, "PWD").value) ?? hole("~+"), rest);
  return concat(hole(prefix), rest);
}

/** What operators of `${...}` do with their operands. */
const operands = {
  text: expandText,
  into(shell: Shell, word: SourceWord, to: Receiver, quoted: boolean): undefined {
    if (quoted) return expandParts(shell, partsOfWord(word), to, true);
    if (word.parts === undefined && word.text === word.value && !word.text.startsWith("~")) {
      return to.add(markedText(shell, word.value), "expanded");
    }
    const parts = partsOfWord(word);
    for (const [at, part] of parts.entries()) {
      if (part.type === "Literal" && part.text === part.value && !part.text.startsWith("~")) {
        to.add(markedText(shell, part.value), "expanded");
      } else
        expandPart(shell, part, { to, quoted, first: at === 0, last: at === parts.length - 1 });
    }
  },
  pattern: expandPattern,
  quotedText: expandQuoted,
  arithmetic: (shell: Shell, text: Text) => textValue(shell, text, arithmeticOperands),
  maybe,
};

/** Collects arguments: splits, matches patterns, keeps what is quoted together. */
class Fields implements Receiver {
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

/** Collects one text. */
class Single implements Receiver {
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

/** Collects the source of a pattern. */
class PatternSource implements Receiver {
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

function hasEmptyItem(parameter: Parameter): boolean {
  return (
    parameter.kind === "list" &&
    parameter.items.length > 1 &&
    parameter.items.some((item) => item === "")
  );
}

function oneText(parameter: Parameter): Text {
  switch (parameter.kind) {
    case "unset":
      return "";
    case "text":
      return parameter.text;
    case "list":
      return joinTexts(parameter.items, " ");
    case "unknown list":
      return hole(parameter.why);
  }
}

function joined(shell: Shell, items: readonly Text[]): Text {
  const separators = scalar(lookUp(shell, "IFS").value) ?? " ";
  if (!isKnown(separators)) return hole("$*");
  return joinTexts(items, separators.slice(0, 1));
}

function joinTexts(items: readonly Text[], separator: string): Text {
  return concat(...items.flatMap((item, at) => (at === 0 ? [item] : [separator, item])));
}

function isStar(source: string): boolean {
  return source === "$*" || source.startsWith("${*") || source.includes("[*]");
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

/** Text as arithmetic reads it; undefined: not known. */
export function numberOf(shell: Shell, text: Text): number | undefined {
  return textValue(shell, text, arithmeticOperands);
}
