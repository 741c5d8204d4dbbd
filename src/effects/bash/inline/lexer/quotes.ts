// Strings between the quotes of the lexicon, with Python's prefixes.

import { isNamePart } from "./characters.ts";
import type { Quote } from "./lexicon.ts";
import { decode } from "./pieces.ts";
import type { Scanner } from "./scanner.ts";

/** False: no string begins here. */
export function readQuoted(scanner: Scanner): boolean {
  const prefix = prefixOf(scanner);
  const previous = scanner.source[scanner.at - 1];
  if (prefix !== "" && previous !== undefined && isNamePart(previous)) return false;
  const start = scanner.at + prefix.length;
  const quote = scanner.lexicon.quotes.find(({ open }) => scanner.source.startsWith(open, start));
  if (quote === undefined) return false;
  scanner.at = start + quote.open.length;
  const { open, close, kind, escapes, interpolation } = prefixed(quote, prefix.toLowerCase());
  const text = scanner.takeDelimited(open, close, interpolation);
  scanner.push(kind, "", decode(text, { escapes, interpolation }));
  joinAdjacent(scanner);
  return true;
}

function prefixOf({ source, at, lexicon }: Scanner): string {
  let prefix = "";
  if (!lexicon.stringPrefixes) return prefix;
  while (prefix.length < 2 && "rRbBuUfF".includes(source[at + prefix.length] ?? " ")) {
    prefix += source[at + prefix.length];
  }
  return prefix;
}

function prefixed(quote: Quote, prefix: string): Quote {
  return {
    ...quote,
    escapes: prefix.includes("r") ? "verbatim" : quote.escapes,
    interpolation: prefix.includes("f") ? "brace" : quote.interpolation,
  };
}

/** Python joins string literals that stand side by side. */
function joinAdjacent({ tokens, lexicon }: Scanner): void {
  const last = tokens.at(-1);
  const before = tokens.at(-2);
  if (!lexicon.stringPrefixes || last?.kind !== "string" || before?.kind !== "string") return;
  tokens.length -= 2;
  tokens.push({ ...before, pieces: [...before.pieces, ...last.pieces] });
}
