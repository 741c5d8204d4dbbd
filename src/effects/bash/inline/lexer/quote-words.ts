// Perl's quotes: `q`, `qq`, `qw`, `qx`, `m`, `qr`, `s`, `tr`, `y` with any delimiter, and `<...>`.

import { isNamePart } from "./characters.ts";
import { codeBlocks, decode } from "./pieces.ts";
import { isBracket, type Scanner } from "./scanner.ts";

const quoteWords = new Set(["q", "qq", "qw", "qx", "qr", "m", "s", "tr", "y"]);

/** UTF-16 code units of what stands between angles, and of a quote's name with the blanks behind it. */
const maxAngleLength = 256;
const maxHeadLength = 40;

/** `<*.o>` is a glob, `<STDIN>` and `<$fh>` read a line; false: none stands here. */
export function readAngle(scanner: Scanner): boolean {
  if (!scanner.lexicon.quoteWords || scanner.peek() !== "<") return false;
  if (!scanner.operandMayFollow()) return false;
  const match = scanner.match(/^<([^<>\n=]*)>/, maxAngleLength);
  if (match === null) return false;
  scanner.at += match[0].length;
  const inner = match[1] ?? "";
  const reads = inner === "" || inner.startsWith("$") || /^[A-Z]+$/.test(inner);
  scanner.push("name", reads ? "readline" : "glob");
  scanner.push("punctuation", "(");
  if (!reads) scanner.push("string", "", decode(inner, { escapes: "c", interpolation: "dollar" }));
  scanner.push("punctuation", ")");
  return true;
}

/** False: none stands here. */
export function readQuoteWord(scanner: Scanner): boolean {
  if (!scanner.lexicon.quoteWords) return false;
  const pattern = /^(?:q[qwxr]?|m|s|tr|y)(?=\s*[^\w\s,;=)>]|\s*=[^>=~])/;
  const name = scanner.match(pattern, maxHeadLength)?.[0];
  if (name === undefined || !quoteWords.has(name)) return false;
  const previous = scanner.source[scanner.at - 1];
  if (previous !== undefined && (isNamePart(previous) || "$@%&>{".includes(previous))) return false;
  scanner.at += name.length;
  scanner.skipBlanks();
  readBody(scanner, name);
  return true;
}

function readBody(scanner: Scanner, name: string): undefined {
  const open = takeCharacter(scanner);
  const text = scanner.takeDelimited(open);
  switch (name) {
    case "q":
      return scanner.push("string", "", decode(text, { escapes: "quote", interpolation: "none" }));
    case "qq":
    case "qx": {
      const interpolation = open === "'" ? "none" : "dollar";
      const pieces = decode(text, { escapes: "c", interpolation });
      return scanner.push(name === "qx" ? "command" : "string", "", pieces);
    }
    case "qw":
      return scanner.pushWords(text);
    case "m":
    case "qr":
      scanner.takeName();
      return scanner.push("pattern", "", codeBlocks(text));
    default:
      return readReplacement(scanner, name, open);
  }
}

/** The second half of `s///`, `s{}{}`, `tr///` and `y///`, with the flags. */
function readReplacement(scanner: Scanner, name: string, first: string): undefined {
  if (isBracket(first)) scanner.skipBlanks();
  const text = scanner.takeDelimited(isBracket(first) ? takeCharacter(scanner) : first);
  const evaluates = scanner.takeName().includes("e");
  if (name !== "s") return scanner.push("pattern", "", []);
  return scanner.push(
    "pattern",
    "",
    evaluates
      ? [{ kind: "code", source: text }]
      : decode(text, { escapes: "c", interpolation: "dollar" }),
  );
}

function takeCharacter(scanner: Scanner): string {
  const character = scanner.peek();
  scanner.at += 1;
  return character;
}
