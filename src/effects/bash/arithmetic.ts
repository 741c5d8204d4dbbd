// Shell arithmetic, as far as its operands are known.
// https://www.gnu.org/software/bash/manual/html_node/Shell-Arithmetic.html

import { maybe } from "./branches.ts";
import {
  type ArithmeticCommandExpansion,
  type ArithmeticExpression,
  type ArithmeticWord,
  parseArithmetic,
  type WordPart,
} from "./parse.ts";
import type { Shell } from "./shell.ts";
import { generated } from "./source.ts";
import { hole, isKnown, type Text } from "./text.ts";
import { assign, itemAt, lookUp, referred, scalar } from "./variables.ts";

/** How what stands in an expression is expanded. */
export interface Operands {
  text(shell: Shell, parts: readonly WordPart[]): Text;
  /** Text in which the shell expands as in double quotes. */
  quoted(shell: Shell, text: string): Text;
  substitute(shell: Shell, part: ArithmeticCommandExpansion): Text;
}

/** A known result; undefined: it is not known, or beyond the exact integers of a double. */
type Result = number | undefined;

export function evaluate(
  shell: Shell,
  expression: ArithmeticExpression,
  operands: Operands,
): Result {
  const { budget } = shell.run;
  budget.step();
  budget.enter();
  const value = evaluateNode(shell, expression, operands);
  budget.leave();
  return value;
}

function evaluateNode(shell: Shell, expression: ArithmeticExpression, operands: Operands): Result {
  switch (expression.type) {
    case "ArithmeticGroup":
      return evaluate(shell, expression.expression, operands);
    case "ArithmeticWord":
      return wordValue(shell, expression, operands);
    case "ArithmeticCommandExpansion":
      return expandedValue(shell, operands.substitute(shell, expression), operands);
    case "ArithmeticUnary":
      return unary(shell, expression, operands);
    case "ArithmeticBinary":
      return binary(shell, expression, operands);
    case "ArithmeticTernary":
      return choose(shell, evaluate(shell, expression.test, operands), operands, expression);
    default:
      return unexpected(expression);
  }
}

function unexpected(expression: never): never {
  throw new TypeError(`an arithmetic node of an unknown type: ${JSON.stringify(expression)}`);
}

function choose(
  shell: Shell,
  test: Result,
  operands: Operands,
  { consequent, alternate }: Extract<ArithmeticExpression, { type: "ArithmeticTernary" }>,
): Result {
  if (test !== undefined) return evaluate(shell, test !== 0 ? consequent : alternate, operands);
  maybe(shell, (inner) => evaluate(inner, consequent, operands));
  maybe(shell, (inner) => evaluate(inner, alternate, operands));
  return undefined;
}

function wordValue(shell: Shell, word: ArithmeticWord, operands: Operands): Result {
  const text = wordText(shell, word, operands);
  return text === word.value
    ? textValue(shell, text, operands)
    : expandedValue(shell, text, operands);
}

/**
 * Expanded text takes its place in the expression as it is: in `$x*2` it is an operand only where x
 * holds one, and nothing at all where x is empty.
 */
function expandedValue(shell: Shell, text: Text, operands: Operands): Result {
  const value = textValue(shell, text, operands);
  if (text === "") shell.giveUp();
  return isKnown(text) && /^\s*-?\w*\s*$/.test(text) ? value : undefined;
}

/** The parser leaves plain expansions in the text of a word. */
function wordText(shell: Shell, { value, parts }: ArithmeticWord, operands: Operands): Text {
  if (parts !== undefined) return operands.text(shell, parts);
  return /[$`"'\\]/.test(value) ? operands.quoted(shell, value) : value;
}

/** The value of text that stands as an operand, in the expression or in a variable. */
export function textValue(shell: Shell, text: Text, operands: Operands): Result {
  if (!isKnown(text)) return undefined;
  const trimmed = text.trim();
  if (trimmed === "") return 0;
  const number = integer(trimmed);
  if (number !== undefined) return number;
  if (/^[A-Za-z_]\w*$/.test(trimmed)) return variableValue(shell, trimmed, operands);
  const element = /^([A-Za-z_]\w*)\[(.*)\]$/s.exec(trimmed);
  if (element !== null && !/[$`[]/.test(element[2] ?? "")) {
    return elementValue(shell, element[1] ?? "", element[2] ?? "", operands);
  }
  return reparsed(shell, trimmed, operands);
}

/**
 * An expression that came out of a value. Its subscripts are expanded once more, so that
 * `x='a[$(rm y)]'; ((x))` runs rm.
 */
function reparsed(shell: Shell, text: string, operands: Operands): Result {
  const fragment = parseArithmetic(text, shell.run.budget);
  if (fragment === undefined) return failed(shell);
  const inner = shell.with({ source: generated(fragment.text, shell.run.current) });
  const expression = fragment.node;
  if (expression.type !== "ArithmeticWord") return evaluate(inner, expression, operands);
  if (expression.parts === undefined) return failed(shell);
  operands.text(inner, expression.parts);
  return undefined;
}

/** Text that is no expression ends the script. */
function failed(shell: Shell): undefined {
  shell.giveUp();
}

/** A variable may hold an expression; one that holds its own name ends the script. */
function variableValue(shell: Shell, name: string, operands: Operands): Result {
  const value = scalar(lookUp(shell, referred(shell, name)).value);
  return value === undefined ? 0 : heldValue(shell, value, operands);
}

function elementValue(shell: Shell, name: string, index: string, operands: Operands): Result {
  const { value } = lookUp(shell, referred(shell, name));
  const at = textValue(shell, index, operands);
  if (at === undefined) return undefined;
  return heldValue(shell, itemAt(value, String(at)) ?? "0", operands);
}

function heldValue(shell: Shell, text: Text, operands: Operands): Result {
  const { run } = shell;
  if (run.indirections >= maxIndirections) return failed(shell);
  run.indirections += 1;
  const value = textValue(shell, text, operands);
  run.indirections -= 1;
  return value;
}

/** Bash allows 1024; no script means more than a few. */
const maxIndirections = 16;

function integer(text: string): Result {
  if (/^(0|[1-9]\d*)$/.test(text)) return exact(Number(text));
  if (/^0[0-7]+$/.test(text)) return exact(Number.parseInt(text, 8));
  if (/^0[xX][0-9a-fA-F]+$/.test(text)) return exact(Number.parseInt(text.slice(2), 16));
  const based = /^([1-9]\d?)#([0-9A-Za-z]+)$/.exec(text);
  if (based === null) return /^-\d+$/.test(text) ? integerNegative(text) : undefined;
  const base = Number(based[1]);
  const digits = based[2] ?? "";
  if (base < 2 || base > 36) return undefined;
  return validDigits(digits, base) ? exact(Number.parseInt(digits, base)) : undefined;
}

function integerNegative(text: string): Result {
  const value = integer(text.slice(1));
  return value === undefined ? undefined : 0 - value;
}

function validDigits(digits: string, base: number): boolean {
  return [...digits.toLowerCase()].every((digit) => Number.parseInt(digit, 36) < base);
}

function exact(value: number): Result {
  return Number.isSafeInteger(value) ? value : undefined;
}

function unary(
  shell: Shell,
  { operator, operand, prefix }: Extract<ArithmeticExpression, { type: "ArithmeticUnary" }>,
  operands: Operands,
): Result {
  const value = evaluate(shell, operand, operands);
  if (operator === "++" || operator === "--") {
    const next = value === undefined ? undefined : exact(value + (operator === "++" ? 1 : -1));
    store(shell, operand, next, operands);
    return prefix ? next : value;
  }
  if (value === undefined) return undefined;
  switch (operator) {
    case "-":
      return 0 - value;
    case "+":
      return value;
    case "!":
      return value === 0 ? 1 : 0;
    case "~":
      return -value - 1;
    default:
      return undefined;
  }
}

function binary(
  shell: Shell,
  expression: Extract<ArithmeticExpression, { type: "ArithmeticBinary" }>,
  operands: Operands,
): Result {
  const { operator, left, right } = expression;
  if (operator === "=") {
    const value = evaluate(shell, right, operands);
    store(shell, left, value, operands);
    return value;
  }
  const assigning = /^(\*|\/|%|\+|-|<<|>>|&|\^|\|)=$/.exec(operator);
  const a = evaluate(shell, left, operands);
  if (operator === "&&" || operator === "||") return logical(shell, operator, a, right, operands);
  const b = evaluate(shell, right, operands);
  if (b === 0 && /^[/%]=?$/.test(operator)) failed(shell);
  const value =
    a === undefined || b === undefined ? undefined : compute(assigning?.[1] ?? operator, a, b);
  if (assigning !== null) store(shell, left, value, operands);
  return operator === "," ? b : value;
}

function logical(
  shell: Shell,
  operator: "&&" | "||",
  left: Result,
  right: ArithmeticExpression,
  operands: Operands,
): Result {
  const settled = operator === "&&" ? 0 : 1;
  if (left === undefined) {
    maybe(shell, (inner) => evaluate(inner, right, operands));
    return undefined;
  }
  if ((left !== 0 ? 1 : 0) === settled) return settled;
  const value = evaluate(shell, right, operands);
  return value === undefined ? undefined : Number(value !== 0);
}

function compute(operator: string, a: number, b: number): Result {
  switch (operator) {
    case "+":
      return exact(a + b);
    case "-":
      return exact(a - b);
    case "*":
      return exact(a * b);
    case "/":
      return b === 0 ? undefined : Math.trunc(a / b);
    case "%":
      return b === 0 ? undefined : a % b;
    case "**":
      return b < 0 ? undefined : exact(a ** b);
    case "<":
      return Number(a < b);
    case ">":
      return Number(a > b);
    case "<=":
      return Number(a <= b);
    case ">=":
      return Number(a >= b);
    case "==":
      return Number(a === b);
    case "!=":
      return Number(a !== b);
    case "<<":
    case ">>":
    case "&":
    case "|":
    case "^":
      return bitwise(operator, BigInt(a), BigInt(b));
    default:
      return undefined;
  }
}

function bitwise(operator: "<<" | ">>" | "&" | "|" | "^", a: bigint, b: bigint): Result {
  if ((operator === "<<" || operator === ">>") && (b < 0n || b > 63n)) return undefined;
  switch (operator) {
    case "<<":
      return exact(Number(BigInt.asIntN(64, a << b)));
    case ">>":
      return exact(Number(a >> b));
    case "&":
      return exact(Number(a & b));
    case "|":
      return exact(Number(a | b));
    case "^":
      return exact(Number(a ^ b));
  }
}

/** Sets the variable, or the item of an array, that stands on the left of an assignment. */
function store(
  shell: Shell,
  target: ArithmeticExpression,
  value: Result,
  operands: Operands,
): undefined {
  if (target.type !== "ArithmeticWord") return;
  const place = wordText(shell, target, operands);
  if (!isKnown(place)) return;
  const match = /^([A-Za-z_]\w*)(?:\[(.*)\])?$/s.exec(place.trim());
  if (match === null) return;
  const [, name = "", index] = match;
  const text = value === undefined ? hole(`$${name}`) : String(value);
  if (index === undefined) return assign(shell, { name, value: text, append: false });
  const at = textValue(shell, index, operands);
  const key = at === undefined ? hole(place) : String(at);
  assign(shell, { name, value: text, append: false, index: key });
}
