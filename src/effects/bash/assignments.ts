// Assignments as they stand in a script, with their right sides expanded.

import type { Word } from "./command.ts";
import type { ArrayValue, Assignment, Word as SourceWord } from "./parse.ts";
import type { Shell } from "./shell.ts";
import { spanOf } from "./source.ts";
import { isArray, type Value } from "./state.ts";
import { concat, hole, isKnown, type Text, wordOfText } from "./text.ts";
import { type Assigned, indexed, isName } from "./variables.ts";
import { expandAssigned, expandText, expandWords } from "./words.ts";

/** An argument of `declare` and its relatives: also a word, as every other command sees it. */
export interface AssignmentWord extends Word {
  readonly assigned: Assigned;
}

export function expandAssignment(shell: Shell, node: Assignment): Assigned {
  const { name, append = false } = node;
  // The index is a lazy property of the node.
  const source = node.index;
  const index = source === undefined ? {} : { index: expandText(shell, source) };
  const value =
    node.value.type === "ArrayValue"
      ? arrayOf(shell, node.value)
      : expandAssigned(shell, node.value);
  return { name, value, append, ...index };
}

export function assignmentWord(shell: Shell, node: Assignment): AssignmentWord {
  const assigned = expandAssignment(shell, node);
  const { name, index, value } = assigned;
  const left = index === undefined ? name : concat(name, "[", index, "]");
  const text = concat(left, node.append ? "+=" : "=", isArray(value) ? hole("an array") : value);
  return { ...wordOfText(text, node.text, spanOf(shell.source, node)), assigned };
}

/** What an argument assigns, where it was not written as an assignment: `declare "$x"`; undefined: nothing. */
export function assignedBy(word: Word): Assigned | undefined {
  if ("assigned" in word) return (word as AssignmentWord).assigned;
  const [first, ...rest] = word.parts;
  if (first?.kind !== "text") return undefined;
  const match = /^([A-Za-z_][A-Za-z0-9_]*)(\+?)=/.exec(first.text);
  if (match === null) return undefined;
  const [head, name = "", append] = match;
  const value: Text = concat(first.text.slice(head.length), rest);
  return { name, value, append: append === "+" };
}

/** The name that an argument of `declare` or `read` names, without a value; undefined: not known. */
export function nameIn(word: Word): string | undefined {
  return word.value !== undefined && isName(word.value) ? word.value : undefined;
}

function arrayOf(shell: Shell, { elements }: ArrayValue): Value {
  if (elements.some((element) => element.text.startsWith("["))) return keyedArray(shell, elements);
  const words = expandWords(shell, elements);
  const unsure = words.find((word) => word.many);
  if (unsure !== undefined) return { kind: "array", why: unsure.source };
  return indexed(words.map((word) => word.value ?? word.parts));
}

/** `([a]=1 [b]=2)`: the items are expanded, their places are not followed. */
function keyedArray(shell: Shell, elements: readonly SourceWord[]): Value {
  const items = new Map<string, Text>();
  let known = true;
  for (const element of elements) {
    const text = expandText(shell, element);
    const match = isKnown(text) ? /^\[([^\]]*)\]=(.*)$/s.exec(text) : null;
    if (match === null) known = false;
    else items.set(match[1] ?? "", match[2] ?? "");
  }
  if (!known) return { kind: "array", why: "an array with keys" };
  const numbers = [...items].map(([key, text]) => [Number(key), text] as const);
  if (numbers.every(([key]) => Number.isSafeInteger(key))) {
    return { kind: "indexed", items: new Map(numbers) };
  }
  return { kind: "associative", items };
}
