// `[[ ... ]]`, `[ ... ]` and `test`: what is decided by known text. Files are not looked at.
// https://www.gnu.org/software/bash/manual/html_node/Bash-Conditional-Expressions.html

import { maybe } from "./branches.ts";
import type { Span, Word } from "./command.ts";
import type { TestExpression } from "./parse.ts";
import { locate } from "./paths.ts";
import { compilePattern, matches } from "./pattern.ts";
import type { Shell } from "./shell.ts";
import { spanOf } from "./source.ts";
import { isEmpty, isKnown, type Text } from "./text.ts";
import { lookUp } from "./variables.ts";
import { expandPattern, expandText, numberOf } from "./words.ts";

/** A decision; undefined: it is not known. */
type Decision = boolean | undefined;

/** `[[ ... ]]` */
export function decide(shell: Shell, expression: TestExpression): Decision {
  const { budget } = shell.run;
  budget.step();
  budget.enter();
  const value = decideNode(shell, expression);
  budget.leave();
  return value;
}

function decideNode(shell: Shell, expression: TestExpression): Decision {
  switch (expression.type) {
    case "TestGroup":
      return decide(shell, expression.expression);
    case "TestNot": {
      const value = decide(shell, expression.operand);
      return expression.negations.length % 2 === 0 ? value : not(value);
    }
    case "TestLogical":
      return decideAll(shell, expression.operator, expression.operands);
    case "TestUnary":
      return unary(shell, expression.operator, {
        text: expandText(shell, expression.operand),
        source: expression.operand.text,
        span: spanOf(shell.source, expression.operand),
      });
    case "TestBinary":
      return binary(shell, expression);
    default:
      return unexpected(expression);
  }
}

function unexpected(expression: never): never {
  throw new TypeError(`a condition of an unknown type: ${JSON.stringify(expression)}`);
}

function not(value: Decision): Decision {
  return value === undefined ? undefined : !value;
}

/** What stands behind an undecided operand may not be reached. */
function decideAll(
  shell: Shell,
  operator: "&&" | "||",
  operands: readonly TestExpression[],
): Decision {
  const settles = operator === "||";
  let undecided = false;
  for (const operand of operands) {
    const value: Decision = undecided
      ? maybe(shell, (inner) => decide(inner, operand))
      : decide(shell, operand);
    if (value === settles) return undecided ? undefined : settles;
    undecided ||= value === undefined;
  }
  return undecided ? undefined : !settles;
}

function binary(
  shell: Shell,
  { operator, left, right }: Extract<TestExpression, { type: "TestBinary" }>,
): Decision {
  const a = expandText(shell, left);
  switch (operator) {
    case "=":
    case "==":
    case "!=": {
      const pattern = expandPattern(shell, right);
      const same =
        isKnown(a) && pattern !== undefined ? matches(compilePattern(pattern), a) : undefined;
      return operator === "!=" ? not(same) : same;
    }
    case "=~":
      expandText(shell, right);
      return undefined;
    default:
      return compare(shell, operator, a, expandText(shell, right));
  }
}

interface Operand {
  readonly text: Text;
  readonly source: string;
  readonly span: Span;
}

function unary(shell: Shell, operator: string, operand: Operand): Decision {
  const { text } = operand;
  switch (operator) {
    case "-n":
      return not(isEmpty(text));
    case "-z":
      return isEmpty(text);
    case "-v":
      return isKnown(text) ? isVariable(shell, text) : undefined;
    case "-o":
    case "-t":
    case "-R":
      return undefined;
    default:
      return lookAt(shell, operator, operand);
  }
}

/** `-v 'x[$(rm y)]'` evaluates the subscript. */
function isVariable(shell: Shell, text: string): Decision {
  if (/^[A-Za-z_]\w*$/.test(text)) return isSet(shell, text);
  if (/^[A-Za-z_]\w*\[.*\]$/s.test(text)) numberOf(shell, text);
  return undefined;
}

function isSet(shell: Shell, name: string): Decision {
  const { value } = lookUp(shell, name);
  if (value === undefined) return false;
  return shell.state.variables.get(name) === undefined ? undefined : true;
}

/** A file operator: it looks at metadata, and is decided only for files that the script made or removed. */
function lookAt(shell: Shell, operator: string, { text, source, span }: Operand): Decision {
  if (isEmpty(text) === true) return false;
  const { target } = locate(shell, text, source);
  shell.emit(
    { kind: "list", target, recursive: false, permissions: false },
    `test ${operator}`,
    span,
  );
  const file = target.form === "resolved" ? shell.state.files.get(target.path) : undefined;
  if (operator !== "-e" && operator !== "-f") return file?.exists === false ? false : undefined;
  return file?.exists;
}

/** Operators over two texts or two numbers. */
function compare(shell: Shell, operator: string, a: Text, b: Text): Decision {
  switch (operator) {
    case "=":
    case "==":
      return isKnown(a) && isKnown(b) ? a === b : undefined;
    case "!=":
      return isKnown(a) && isKnown(b) ? a !== b : undefined;
    case "-eq":
    case "-ne":
    case "-lt":
    case "-le":
    case "-gt":
    case "-ge":
      return compareNumbers(operator, numberOf(shell, a), numberOf(shell, b));
    default:
      return undefined;
  }
}

function compareNumbers(
  operator: "-eq" | "-ne" | "-lt" | "-le" | "-gt" | "-ge",
  a: number | undefined,
  b: number | undefined,
): Decision {
  if (a === undefined || b === undefined) return undefined;
  switch (operator) {
    case "-eq":
      return a === b;
    case "-ne":
      return a !== b;
    case "-lt":
      return a < b;
    case "-le":
      return a <= b;
    case "-gt":
      return a > b;
    case "-ge":
      return a >= b;
  }
}

/** `test` and `[`, by the number of arguments, as POSIX has it; longer ones are not decided. */
export function decideWords(shell: Shell, words: readonly Word[]): Decision {
  if (words.some((word) => word.many)) {
    lookAtAll(shell, words);
    return undefined;
  }
  const [first, second, third] = words;
  if (words[0]?.value === "!" && words.length > 1) return not(decideWords(shell, words.slice(1)));
  if (first === undefined) return false;
  if (second === undefined) return not(isEmpty(textOf(first)));
  if (third === undefined) {
    return first.value === undefined ? undefined : unary(shell, first.value, operandOf(second));
  }
  const operator = second.value;
  if (words.length === 3 && operator !== undefined && operator !== "-a" && operator !== "-o") {
    return compare(shell, operator, textOf(first), textOf(third));
  }
  lookAtAll(shell, words);
  return undefined;
}

/** Emits the looks of `-f x` wherever they stand. */
function lookAtAll(shell: Shell, words: readonly Word[]): undefined {
  for (const [at, word] of words.entries()) {
    const operand = words[at + 1];
    if (operand !== undefined && /^-[a-hkprsuwxGLNOS]$/.test(word.value ?? "")) {
      lookAt(shell, word.value ?? "", operandOf(operand));
    }
  }
}

function textOf(word: Word): Text {
  return word.value ?? word.parts;
}

function operandOf(word: Word): Operand {
  return { text: textOf(word), source: word.source, span: word.span };
}
