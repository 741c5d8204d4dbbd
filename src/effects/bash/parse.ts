// Shell text to syntax tree. The only importer of the parser: it knows what the parser is weak at.

import {
  type ArithmeticExpression,
  type CommandExpansionPart,
  type ParsedScript,
  parse,
  type Word,
} from "unbash";
import { messageOf } from "../../core/errors.ts";
import { type Budget, LimitReached, limits } from "../limits.ts";

export type * from "unbash";

/** A syntax tree, or why there is none. */
export type Parsed =
  | { readonly ok: true; readonly script: ParsedScript }
  | { readonly ok: false; readonly why: string };

/**
 * Never throws but for a limit. A tree may have `errors`; those of a substitution stand in its own
 * script, which `substitutionScript` gives.
 */
export function parseScript(text: string, budget: Budget): Parsed {
  const openers = measure(text);
  budget.parse(text.length + openers * openerCost);
  try {
    return { ok: true, script: parse(text) };
  } catch (cause) {
    return { ok: false, why: `it cannot be parsed: ${messageOf(cause)}` };
  }
}

/** The script of a substitution. It is parsed when it is first asked for, which costs again. */
export function substitutionScript(
  part: Pick<CommandExpansionPart, "text" | "script">,
  budget: Budget,
): Parsed {
  budget.parse(part.text.length + count(part.text, opener) * openerCost);
  try {
    const { script } = part;
    if (script === undefined) return { ok: false, why: "a substitution cannot be parsed" };
    return { ok: true, script };
  } catch (cause) {
    return { ok: false, why: `a substitution cannot be parsed: ${messageOf(cause)}` };
  }
}

/** A part of a tree that was parsed from a text of its own; offsets are in that text. */
export interface Fragment<Node> {
  readonly node: Node;
  readonly text: string;
}

/** One word, as an argument of a command would be; undefined where the text is none. */
export function parseWord(word: string, budget: Budget): Fragment<Word> | undefined {
  // A leading `#` would begin a comment.
  const text = `: ${word.startsWith("#") ? "\\" : ""}${word}`;
  const command = onlyCommand(text, budget);
  if (command?.type !== "Command") return undefined;
  const [node, ...more] = command.suffix;
  return node?.type === "Word" && more.length === 0 ? { node, text } : undefined;
}

/** An arithmetic expression; undefined where the text is none. */
export function parseArithmetic(
  expression: string,
  budget: Budget,
): Fragment<ArithmeticExpression> | undefined {
  const text = `((${expression}\n))`;
  const command = onlyCommand(text, budget);
  const node = command?.type === "ArithmeticCommand" ? command.expression : undefined;
  return node === undefined ? undefined : { node, text };
}

function onlyCommand(text: string, budget: Budget) {
  const parsed = parseScript(text, budget);
  if (!parsed.ok || parsed.script.errors?.length) return undefined;
  const [statement, ...more] = parsed.script.commands;
  return more.length === 0 ? statement?.command : undefined;
}

const openerCost = 64;
const opener = /\$[({]|`|[<>]\(/g;
const hereDocument = /<</g;
const syntax = /[ \t]+|[\n;&|<>(){}[\]$`"'\\!#=*?]/g;

/** Counts the openers. The parser's time grows with what is counted here; so it is counted first. */
function measure(text: string): number {
  if (text.length > limits.sourceLength) throw new LimitReached("sourceLength");
  const openers = count(text, opener);
  if (openers > limits.openers) throw new LimitReached("openers");
  if (text.length < limits.hereDocuments) return openers;
  if (count(text, hereDocument) > limits.hereDocuments) throw new LimitReached("hereDocuments");
  if (text.length < limits.syntaxCharacters) return openers;
  if (count(text, syntax) > limits.syntaxCharacters) throw new LimitReached("syntaxCharacters");
  return openers;
}

function count(text: string, pattern: RegExp): number {
  pattern.lastIndex = 0;
  let found = 0;
  while (pattern.test(text)) found += 1;
  return found;
}
