// `/.../` where an operand may stand; anywhere else it divides.

import type { Scanner } from "./scanner.ts";

/** False: none stands here. */
export function readRegularExpression(scanner: Scanner): boolean {
  if (!scanner.lexicon.regularExpressions || scanner.peek() !== "/") return false;
  if (!scanner.operandMayFollow()) return false;
  const end = endOf(scanner);
  if (end === undefined) return false;
  scanner.at = end;
  scanner.takeName();
  scanner.push("pattern", "");
  return true;
}

function endOf({ source, at: start }: Scanner): number | undefined {
  let inClass = false;
  for (let at = start + 1; at < source.length; at += 1) {
    const c = source[at];
    if (c === "\n") return undefined;
    if (c === "\\") at += 1;
    else if (c === "[") inClass = true;
    else if (c === "]") inClass = false;
    else if (c === "/" && !inClass) return at + 1;
  }
  return undefined;
}
