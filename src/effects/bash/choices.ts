// Words that hold a value which is known to be one of a few.

import type { Word, WordPart } from "./command.ts";
import { isKnown, textOfParts } from "./text.ts";

type Choice = Extract<WordPart, { kind: "hole" }> & { readonly oneOf: readonly string[] };

/** The commands that these words may be; undefined: they hold no such value. */
export function choicesIn(words: readonly Word[]): readonly (readonly Word[])[] | undefined {
  const choice = firstChoice(words);
  if (choice === undefined) return undefined;
  return choice.oneOf.map((value) => words.flatMap((word) => withValue(word, choice, value)));
}

function firstChoice(words: readonly Word[]): Choice | undefined {
  for (const word of words) {
    if (word.value !== undefined) continue;
    for (const part of word.parts) {
      if (part.kind === "hole" && isChoice(part) && isPlain(word, part.oneOf)) return part;
    }
  }
  return undefined;
}

function isChoice(part: Extract<WordPart, { kind: "hole" }>): part is Choice {
  return part.oneOf !== undefined;
}

/** Outside quotes, a value that would be split or matched against files is not followed. */
function isPlain(word: Word, values: readonly string[]): boolean {
  return !word.many || values.every((value) => /^[\w./:@%+,=~-]*$/.test(value));
}

/** A word that an empty value leaves empty outside quotes is no word. */
function withValue(word: Word, choice: Choice, value: string): readonly Word[] {
  if (word.value !== undefined || !word.parts.includes(choice)) return [word];
  const text = textOfParts(
    word.parts.map((part) => (part === choice ? { kind: "text", text: value } : part)),
  );
  if (!isKnown(text)) return [{ ...word, parts: text }];
  if (text === "" && word.many) return [];
  return [{ ...word, value: text, parts: [{ kind: "text", text }], many: false }];
}
