// What is known of a text's names before it is read: which it defines itself, and which have no one value.

import { hasArrows } from "../language.ts";
import type { Cursor } from "./cursor.ts";
import { assignmentOperators } from "./operators.ts";
import type { Program } from "./program.ts";

/** Notes names that the program defines itself, and those that it assigns in more than one place. */
export function survey(cursor: Cursor, program: Program): void {
  const { language, own, unsettled } = program;
  const seen = new Set<string>();
  cursor.tokens.forEach((token, at) => {
    const next = cursor.tokens[at + 1];
    if (token.kind !== "name" || next === undefined) return;
    if (language.definitions.has(token.text) && next.kind === "name") {
      own.add(next.text);
      hideParameters(cursor, at + 2, program);
    }
    if (next.text === "=>" && hasArrows(language)) unsettled.add(token.text);
    if (next.kind !== "punctuation" || !assignmentOperators.has(next.text)) return;
    if (seen.has(token.text) || next.text !== "=") unsettled.add(token.text);
    seen.add(token.text);
  });
}

/** Parameters hide variables of the same name. */
function hideParameters(cursor: Cursor, open: number, { unsettled }: Program): void {
  const close = cursor.closeOf(open);
  if (close === undefined) return;
  for (const name of cursor.namesBetween(open + 1, close)) unsettled.add(name);
}
