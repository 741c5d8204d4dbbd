// Parameter expansion: `$x`, `${x...}` with every operator, as far as values are known.
// https://www.gnu.org/software/bash/manual/html_node/Shell-Parameter-Expansion.html

import type { ParameterExpansionPart, ParameterOperation, Word } from "./parse.ts";
import { compilePattern, matches, type Pattern } from "./pattern.ts";
import type { Shell } from "./shell.ts";
import { concat, hole, isEmpty, isKnown, type Text } from "./text.ts";
import {
  assign,
  isClosed,
  isName,
  itemAt,
  itemsOf,
  keysOf,
  lookUp,
  type Parameter,
  referred,
  scalar,
} from "./variables.ts";

/** What expansions are handed to. */
export interface Receiver {
  /** `literal`: written unquoted in the word; `expanded`: it came of an unquoted expansion. */
  add(text: Text, how: "literal" | "quoted" | "expanded"): undefined;
  /** An operator of a pattern, written unquoted in the word. */
  glob(pattern: string): undefined;
  parameter(parameter: Parameter, quoted: boolean, source: string): undefined;
}

/** How operands are expanded. */
export interface Operands {
  text(shell: Shell, word: Word): Text;
  into(shell: Shell, word: Word, to: Receiver, quoted: boolean): undefined;
  pattern(shell: Shell, word: Word): string | undefined;
  quotedText(shell: Shell, text: string): Text;
  arithmetic(shell: Shell, text: Text): number | undefined;
  maybe(shell: Shell, action: (shell: Shell) => undefined): undefined;
}

/** `$name`, for a name, a digit or a special character. */
export function parameterOf(shell: Shell, name: string): Parameter {
  const { state } = shell;
  switch (name) {
    case "@":
    case "*":
      if (state.parameters === undefined) return { kind: "unknown list", why: `$${name}` };
      return { kind: "list", items: state.parameters };
    case "#":
      return textual(
        state.parameters === undefined ? undefined : String(state.parameters.length),
        "$#",
      );
    case "?":
      return textual(state.status === undefined ? undefined : String(state.status), "$?");
    case "_":
      return { kind: "text", text: state.lastWord };
    case "0":
      // No variable bears this name: a new shell keeps its own there.
      return textual(scalar(state.variables.get("0")?.value), "$0");
    case "-":
    case "$":
    case "!":
      return { kind: "text", text: hole(`$${name}`) };
    default:
      return /^\d/.test(name) ? positional(shell, Number(name)) : variable(shell, name);
  }
}

function textual(text: Text | undefined, why: string): Parameter {
  return { kind: "text", text: text ?? hole(why) };
}

function positional({ state }: Shell, at: number): Parameter {
  if (state.parameters === undefined) return { kind: "text", text: hole(`$${at}`) };
  const text = state.parameters[at - 1];
  return text === undefined ? { kind: "unset" } : { kind: "text", text };
}

function variable(shell: Shell, name: string): Parameter {
  const text = scalar(lookUp(shell, referred(shell, name)).value);
  if (text !== undefined) return { kind: "text", text };
  if (shell.state.options.nounset) shell.quit(true);
  return { kind: "unset" };
}

/** Hands the value of `${...}` to a receiver. */
export function expandParameter(
  shell: Shell,
  part: ParameterExpansionPart,
  quoted: boolean,
  to: Receiver,
  operands: Operands,
): undefined {
  const { operation, text: source } = part;
  const parameter = subject(shell, part, operands);
  if (operation?.type === "Default") {
    return defaulted(shell, { part, operation, parameter, quoted, to, operands });
  }
  if (parameter === undefined) return;
  if (part.prefix === "#") return to.add(lengthOf(parameter, part), quoted ? "quoted" : "expanded");
  if (operation === undefined) return to.parameter(parameter, quoted, source);
  if (operation.type === "Slice") {
    const isArray = part.index !== undefined;
    return to.parameter(sliced(shell, parameter, operation, operands, isArray), quoted, source);
  }
  to.parameter(operated(shell, parameter, operation, operands), quoted, source);
}

/** What the operators work on. */
function subject(shell: Shell, part: ParameterExpansionPart, operands: Operands): Parameter {
  const { operation, prefix } = part;
  if (operation?.type === "Names") return namesWith(shell, part.parameter);
  const quiet = operation?.type === "Default" ? withoutNounset(shell) : shell;
  const direct = element(quiet, part, operands);
  if (prefix !== "!") return direct;
  if (isAllItems(part)) return keysOf(lookUp(shell, referred(shell, part.parameter)).value);
  return indirect(quiet, direct, part.text, operands);
}

function withoutNounset(shell: Shell): Shell {
  if (!shell.state.options.nounset) return shell;
  const state = shell.state.fork();
  state.options = { ...state.options, nounset: false };
  return shell.with({ state });
}

function element(shell: Shell, part: ParameterExpansionPart, operands: Operands): Parameter {
  const { parameter: name, index } = part;
  if (index === undefined) return parameterOf(shell, name);
  const { value } = lookUp(shell, referred(shell, name));
  if (isAllItems(part)) return itemsOf(value);
  const key = indexText(shell, value, operands.text(shell, index), operands);
  if (key === undefined) return { kind: "text", text: hole(part.text) };
  const text = itemAt(value, key);
  return text === undefined ? { kind: "unset" } : { kind: "text", text };
}

/** The subscript of an indexed array is arithmetic, that of an associative one a text. */
function indexText(
  shell: Shell,
  value: ReturnType<typeof lookUp>["value"],
  index: Text,
  operands: Operands,
): string | undefined {
  if (typeof value === "object" && "kind" in value && value.kind === "associative") {
    return isKnown(index) ? index : undefined;
  }
  const at = operands.arithmetic(shell, index);
  return at === undefined ? undefined : String(at);
}

function isAllItems({ index }: ParameterExpansionPart): boolean {
  return index?.text === "@" || index?.text === "*";
}

function indirect(shell: Shell, direct: Parameter, source: string, operands: Operands): Parameter {
  if (direct.kind === "unset") return direct;
  const name = direct.kind === "text" ? direct.text : undefined;
  if (name === undefined || !isKnown(name)) return { kind: "text", text: hole(source) };
  const match = /^([A-Za-z_][A-Za-z0-9_]*)\[(.*)\]$/s.exec(name);
  if (match === null) return parameterOf(shell, name);
  const [, array = "", index = ""] = match;
  const { value } = lookUp(shell, referred(shell, array));
  if (index === "@" || index === "*") return itemsOf(value);
  const key = indexText(shell, value, index, operands);
  const text = key === undefined ? hole(source) : itemAt(value, key);
  return text === undefined ? { kind: "unset" } : { kind: "text", text };
}

function namesWith(shell: Shell, prefix: string): Parameter {
  if (!isClosed(shell)) return { kind: "unknown list", why: `\${!${prefix}@}` };
  const names = [...shell.state.variables.entries()]
    .filter(([name, { value }]) => name.startsWith(prefix) && value !== undefined)
    .map(([name]) => name);
  return { kind: "list", items: names.sort() };
}

interface Defaulted {
  readonly part: ParameterExpansionPart;
  readonly operation: Extract<ParameterOperation, { type: "Default" }>;
  readonly parameter: Parameter;
  readonly quoted: boolean;
  readonly to: Receiver;
  readonly operands: Operands;
}

/** `${x:-y}` and its relatives: the operand is expanded only where it is used. */
function defaulted(shell: Shell, how: Defaulted): undefined {
  const { part, operation, parameter, quoted, to, operands } = how;
  const { operator, operand } = operation;
  const present = isPresent(parameter, operator.startsWith(":"));
  const takesOperand = operator.endsWith("+") ? present : invert(present);
  if (takesOperand === undefined) {
    operands.maybe(shell, (inner) => {
      operands.text(inner, operand);
    });
    if (operator.endsWith("?")) shell.quit(false);
    return to.add(hole(part.text), quoted ? "quoted" : "expanded");
  }
  if (!takesOperand) {
    if (!operator.endsWith("+")) to.parameter(parameter, quoted, part.text);
    else if (quoted) to.add("", "quoted");
    return;
  }
  switch (operator) {
    case "=":
    case ":=": {
      const value = operands.text(shell, operand);
      if (isName(part.parameter)) {
        assign(shell, { name: part.parameter, value, append: false });
      }
      return to.add(value, quoted ? "quoted" : "expanded");
    }
    case "?":
    case ":?":
      operands.text(shell, operand);
      shell.quit(true);
      return;
    default:
      return operands.into(shell, operand, to, quoted);
  }
}

function invert(value: boolean | undefined): boolean | undefined {
  return value === undefined ? undefined : !value;
}

/** Is it set, and with a colon not empty? undefined: that is not known. */
function isPresent(parameter: Parameter, colon: boolean): boolean | undefined {
  switch (parameter.kind) {
    case "unset":
      return false;
    case "unknown list":
      return undefined;
    case "text": {
      const empty = isEmpty(parameter.text);
      if (empty === undefined) return undefined;
      return !(colon && empty);
    }
    case "list": {
      const [first] = parameter.items;
      if (first === undefined) return false;
      return isPresent({ kind: "text", text: first }, colon && parameter.items.length === 1);
    }
  }
}

function lengthOf(parameter: Parameter, part: ParameterExpansionPart): Text {
  const counts = isAllItems(part) || part.parameter === "@" || part.parameter === "*";
  switch (parameter.kind) {
    case "unset":
      return "0";
    case "unknown list":
      return parameter.size === undefined ? hole(part.text) : String(parameter.size);
    case "list":
      if (counts) return String(parameter.items.length);
      return hole(part.text);
    case "text":
      if (counts) return "1";
      return isKnown(parameter.text) ? String([...parameter.text].length) : hole(part.text);
  }
}

function operated(
  shell: Shell,
  parameter: Parameter,
  operation: Exclude<ParameterOperation, { type: "Default" | "Slice" }>,
  operands: Operands,
): Parameter {
  const operate = operatorOf(shell, operation, operands);
  switch (parameter.kind) {
    case "unset":
    case "unknown list":
      return parameter;
    case "text":
      return { kind: "text", text: operate(parameter.text) };
    case "list":
      shell.run.budget.step(parameter.items.length);
      return { kind: "list", items: parameter.items.map(operate) };
  }
}

type Operator = (text: Text) => Text;

function operatorOf(
  shell: Shell,
  operation: Exclude<ParameterOperation, { type: "Default" | "Slice" }>,
  operands: Operands,
): Operator {
  switch (operation.type) {
    case "Remove": {
      const pattern = patternOf(shell, operation.operand, operands);
      return onKnown((text) => removed(text, pattern, operation.operator));
    }
    case "Replace": {
      const pattern = patternOf(shell, operation.pattern, operands);
      const replacement = operands.text(shell, operation.replacement);
      return onKnown((text) => replaced(text, pattern, replacement, operation.operator));
    }
    case "CaseModification": {
      const pattern =
        operation.operand === undefined
          ? compilePattern("?")
          : patternOf(shell, operation.operand, operands);
      return onKnown((text) => changedCase(text, pattern, operation.operator));
    }
    case "Transform":
      return onKnown((text) => transformed(shell, text, operation.operand.value, operands));
    case "Names":
      return (text) => text;
    case "Unknown":
      return () => hole("an unknown operator");
  }
}

function onKnown(operate: (text: string) => Text | undefined): Operator {
  return (text) => {
    const result = isKnown(text) ? operate(text) : undefined;
    return result ?? hole("a changed value");
  };
}

function patternOf(shell: Shell, word: Word, operands: Operands): Pattern {
  const source = operands.pattern(shell, word);
  return source === undefined ? undefined : compilePattern(source);
}

/** More characters than this are not searched for a pattern: each start may cost the whole length. */
const maxSearched = 1_024;

function removed(
  text: string,
  pattern: Pattern,
  operator: "#" | "##" | "%" | "%%",
): string | undefined {
  if (pattern === undefined || text.length > maxSearched) return undefined;
  const front = operator.startsWith("#");
  const longest = operator.length === 2;
  for (let i = 0; i <= text.length; i += 1) {
    const length = longest ? text.length - i : i;
    const piece = front ? text.slice(0, length) : text.slice(text.length - length);
    const matched = matches(pattern, piece);
    if (matched === undefined) return undefined;
    if (matched) return front ? text.slice(length) : text.slice(0, text.length - length);
  }
  return text;
}

function replaced(
  text: string,
  pattern: Pattern,
  replacement: Text,
  operator: "/" | "//" | "/#" | "/%",
): Text | undefined {
  if (pattern === undefined || text.length > maxSearched) return undefined;
  if (pattern.length === 0) return operator === "/#" ? concat(replacement, text) : text;
  const pieces: Text[] = [];
  let at = 0;
  while (at <= text.length) {
    const end = longestMatch(text, at, pattern, operator);
    if (end === undefined) return undefined;
    if (end > at) {
      pieces.push(replacement);
      at = end;
      if (operator !== "//") break;
    } else {
      if (operator === "/#") break;
      pieces.push(text.slice(at, at + 1));
      at += 1;
    }
  }
  return concat(...pieces, text.slice(at));
}

/** The end of the longest match at an offset; the offset itself where there is none. */
function longestMatch(
  text: string,
  at: number,
  pattern: Exclude<Pattern, undefined>,
  operator: "/" | "//" | "/#" | "/%",
): number | undefined {
  const shortest = operator === "/%" ? text.length : at + 1;
  for (let end = text.length; end >= shortest && end > at; end -= 1) {
    const matched = matches(pattern, text.slice(at, end));
    if (matched === undefined) return undefined;
    if (matched) return end;
  }
  return at;
}

function changedCase(
  text: string,
  pattern: Pattern,
  operator: "^" | "^^" | "," | ",,",
): string | undefined {
  const upper = operator.startsWith("^");
  const chars = [...text];
  const changed: string[] = [];
  for (const [at, char] of chars.entries()) {
    const applies = (operator.length === 2 || at === 0) && matches(pattern, char);
    if (applies === undefined) return undefined;
    changed.push(applies ? (upper ? char.toUpperCase() : char.toLowerCase()) : char);
  }
  return changed.join("");
}

function transformed(
  shell: Shell,
  text: string,
  operator: string,
  operands: Operands,
): Text | undefined {
  switch (operator) {
    case "U":
      return text.toUpperCase();
    case "L":
      return text.toLowerCase();
    case "u":
      return text.slice(0, 1).toUpperCase() + text.slice(1);
    case "Q":
      return /^[\x20-\x7e]*$/.test(text) ? `'${text.replaceAll("'", "'\\''")}'` : undefined;
    case "P":
      // A prompt string is expanded once more, substitutions included.
      operands.quotedText(shell, text);
      return undefined;
    default:
      return undefined;
  }
}

function sliced(
  shell: Shell,
  parameter: Parameter,
  operation: Extract<ParameterOperation, { type: "Slice" }>,
  operands: Operands,
  isArray: boolean,
): Parameter {
  const offset = operands.arithmetic(shell, operands.text(shell, operation.offset));
  const length =
    operation.length === undefined
      ? Number.POSITIVE_INFINITY
      : operands.arithmetic(shell, operands.text(shell, operation.length));
  const why = "a part of a value";
  switch (parameter.kind) {
    case "unset":
      return parameter;
    case "unknown list":
      return { kind: "unknown list", why };
    case "text": {
      if (!isKnown(parameter.text) || offset === undefined || length === undefined) {
        return { kind: "text", text: hole(why) };
      }
      const [start, end] = bounds([...parameter.text].length, offset, length);
      return { kind: "text", text: [...parameter.text].slice(start, end).join("") };
    }
    case "list":
      if (offset === undefined || length === undefined) return { kind: "unknown list", why };
      return { kind: "list", items: slicedItems(parameter.items, offset, length, isArray) };
  }
}

/** `${@:1}` begins at the first parameter; offset 0 would be `$0`. Arrays are counted from 0. */
function slicedItems(
  items: readonly Text[],
  offset: number,
  length: number,
  isArray: boolean,
): readonly Text[] {
  const start = offset > 0 && !isArray ? offset - 1 : offset;
  const from = start < 0 ? Math.max(0, items.length + start) : start;
  return items.slice(from, Math.min(items.length, from + length));
}

function bounds(size: number, offset: number, length: number): readonly [number, number] {
  const start = offset < 0 ? size + offset : offset;
  if (start < 0) return [size, size];
  const end = length < 0 ? size + length : Math.min(size, start + length);
  return [Math.min(start, size), Math.max(end, Math.min(start, size))];
}
