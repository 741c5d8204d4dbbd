// Parameters as one text, lists among them.

import type { Shell } from "./shell.ts";
import { concat, hole, isKnown, type Text } from "./text.ts";
import { lookUp, type Parameter, scalar } from "./variables.ts";

export function oneText(parameter: Parameter): Text {
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

/** What `"$*"` is: the items with the first character of `IFS` between them. */
export function joined(shell: Shell, items: readonly Text[]): Text {
  const separators = scalar(lookUp(shell, "IFS").value) ?? " ";
  if (!isKnown(separators)) return hole("$*");
  return joinTexts(items, separators.slice(0, 1));
}

function joinTexts(items: readonly Text[], separator: string): Text {
  return concat(...items.flatMap((item, at) => (at === 0 ? [item] : [separator, item])));
}

/** Is a list joined where it is quoted, rather than a word for each item? */
export function isStar(source: string): boolean {
  return source === "$*" || source.startsWith("${*") || source.includes("[*]");
}
