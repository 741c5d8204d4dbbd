// Ruby's quotes: `%w[]`, `%i[]`, `%q()`, `%Q()`, `%()`, `%x()`, `%r{}`.

import { decode } from "./pieces.ts";
import type { Scanner } from "./scanner.ts";

/** False: none stands here. */
export function readPercentQuote(scanner: Scanner): boolean {
  if (!scanner.lexicon.percentQuotes || scanner.peek() !== "%") return false;
  if (!scanner.operandMayFollow()) return false;
  const match = scanner.match(/^%([wWiIqQxr]?)([^\w\s=])/, 3);
  const [head = "", kind = "", open] = match ?? [];
  if (open === undefined) return false;
  scanner.at += head.length;
  const text = scanner.takeDelimited(open);
  if (kind !== "" && "wWiI".includes(kind)) scanner.pushWords(text);
  else if (kind === "r") scanner.push("pattern", "", []);
  else if (kind === "q") {
    scanner.push("string", "", decode(text, { escapes: "quote", interpolation: "none" }));
  } else {
    const pieces = decode(text, { escapes: "c", interpolation: "hashBrace" });
    scanner.push(kind === "x" ? "command" : "string", "", pieces);
  }
  return true;
}
