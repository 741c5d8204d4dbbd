// Expansion of words, as far as their parts are known.
// https://www.gnu.org/software/bash/manual/html_node/Shell-Expansions.html

import { type Operands as ArithmeticOperands, evaluate, textValue } from "./arithmetic.ts";
import { expandBraces } from "./braces.ts";
import { maybe } from "./branches.ts";
import type { Word } from "./command.ts";
import { Fields } from "./fields.ts";
import { oneText } from "./lists.ts";
import { expandParameter, parameterOf, type Receiver } from "./parameters.ts";
import {
  type ArithmeticExpression,
  type HereDocBody,
  type WordPart as Part,
  parseWord,
  type Word as SourceWord,
} from "./parse.ts";
import { PatternSource } from "./pattern-source.ts";
import type { Shell } from "./shell.ts";
import { Single } from "./single.ts";
import { generated, spanOf } from "./source.ts";
import { outputOf, processFile } from "./substitution.ts";
import { concat, hole, literalWord, readable, type Text, unmarked, wordOfText } from "./text.ts";
import { lookUp, scalar } from "./variables.ts";

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

/** Text as arithmetic reads it; undefined: not known. */
export function numberOf(shell: Shell, text: Text): number | undefined {
  return textValue(shell, text, arithmeticOperands);
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
  arithmetic: numberOf,
  maybe,
};
