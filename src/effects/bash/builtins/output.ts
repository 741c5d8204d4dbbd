// `echo` and `printf`, whose output is known where their words are.

import type { Word } from "../command.ts";
import type { Builtin, Shell } from "../shell.ts";
import { concat, hole, isKnown, type Text } from "../text.ts";
import { setText } from "../variables.ts";
import { quiet, readOptions, textOf } from "./call.ts";
import { assignElement } from "./elements.ts";
import { decodeEscapes, isReadDifferently } from "./escapes.ts";
import { format } from "./format.ts";

const echo: Builtin = quiet(({ shell, args }) => {
  const { words, newline, escapes } = echoOptions(shell, args);
  if (words.some((word) => word.many)) return shell.write(hole("the output of echo"));
  const text = concat(
    ...words.flatMap((word, at) => (at === 0 ? [textOf(word)] : [" ", textOf(word)])),
  );
  const end = newline ? "\n" : "";
  if (!escapes) return shell.write(concat(text, end));
  if (!isKnown(text)) return shell.write(hole("the output of echo"));
  const { text: decoded, stopped } = decodeEscapes(text, "echo");
  const isOpen = shell.dialect === "posix" && decoded !== text;
  shell.write(isOpen ? hole(readInItsOwnWay) : stopped ? decoded : decoded + end);
});

const readInItsOwnWay = "an echo with a backslash, which each sh reads in its own way";

/** In bash, leading words of the letters n, e and E alone; in other shells, `-n` at most, and perhaps always escapes. */
function echoOptions(shell: Shell, args: readonly Word[]) {
  const posix = shell.dialect === "posix";
  let newline = true;
  let escapes = posix;
  let at = 0;
  for (; at < args.length; at += 1) {
    const text = args[at]?.value ?? "";
    if (!/^-[neE]+$/.test(text)) break;
    if (text.includes("n")) newline = false;
    if (text.includes("e") || text.includes("E")) {
      escapes = posix || text.lastIndexOf("e") > text.lastIndexOf("E");
    }
  }
  return { words: args.slice(at), newline, escapes };
}

const printf: Builtin = quiet(({ shell, args }) => {
  const { options, operands } = readOptions(args, "v:");
  const [template, ...values] = operands;
  const text = printed(shell, template, values);
  const variable = options.get("v");
  if (!options.has("v")) return shell.write(text);
  if (variable?.value !== undefined) assignElement(shell, variable.value, text, setText);
});

function printed(shell: Shell, template: Word | undefined, values: readonly Word[]): Text {
  const unknown = hole("the output of printf");
  if (template?.value === undefined || values.some((word) => word.many)) return unknown;
  const open = [template, ...values].some((word) => isReadDifferently(word.value ?? ""));
  if (open && shell.dialect === "posix") return unknown;
  return format(template.value, values.map(textOf), shell.run.budget) ?? unknown;
}

export const output: ReadonlyMap<string, Builtin> = new Map([
  ["echo", echo],
  ["printf", printf],
]);
