// Values that are secrets by the name that they are given: `PASSWORD=x`, `"token": "x"`,
// `--api-key x`, `secret: x`.

import { endOfRun, nameCharacter, startOfRun, wordCharacter } from "../characters.ts";
import { namedTypeNames, secretWords, typeOfName } from "../names.ts";
import { isPlainWord, isReference } from "../reference.ts";
import type { Source } from "../source.ts";
import type { Value } from "../value.ts";
import { delimiterAt, valueAt } from "../value.ts";
import type { Detector } from "./detector.ts";
import { nothing } from "./detector.ts";

const maxNameLength = 64;
const maxBlanks = 4;

export const named: Detector = {
  types: namedTypeNames,
  triggers: secretWords,
  find(source, start, end) {
    const name = nameAt(source.text, start, end);
    const type = typeOfName(name.text);
    if (type === undefined) return nothing;
    const value = givenTo(source, name, type);
    if (value === undefined) return nothing;
    return [{ start: value.start, end: value.end, type }];
  },
};

interface Name {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** The name that a word is a part of. */
function nameAt(text: string, wordStart: number, wordEnd: number): Name {
  const start = startOfRun(nameCharacter, text, wordStart, Math.max(0, wordStart - maxNameLength));
  const limit = Math.min(text.length, wordEnd + maxNameLength);
  const end = endOfRun(wordCharacter, text, wordEnd, limit);
  return { text: text.slice(start, end), start, end };
}

function givenTo(source: Source, name: Name, type: string): Value | undefined {
  const before = source.text.charAt(name.start - 1);
  // `$TOKEN` and `${TOKEN...}` name a variable.
  if (before === "$" || source.text.startsWith("${", name.start - 2)) return undefined;
  return assigned(source, name, type) ?? optionValue(source, name);
}

// ---- name = value, name: value

/** How a name and its value stand together. */
interface Joint {
  readonly valueAt: number;
  readonly sign: string;
  /** There are blanks around the sign. */
  readonly loose: boolean;
  /** The name stands in quotes of its own, so that a quote behind the sign opens. */
  readonly quotedName: boolean;
}

function assigned(source: Source, name: Name, type: string): Value | undefined {
  const joint = jointAt(source.text, name);
  if (joint === undefined) return undefined;
  // A path: `cat /etc/passwd: No such file`.
  if (joint.sign === ":" && source.text.charAt(name.start - 1) === "/") return undefined;
  const value = valueAt(source, joint.valueAt, joint.quotedName);
  if (value === undefined) return undefined;
  const secret = source.text.slice(value.start, value.end);
  if (isReference(secret)) return undefined;
  if (value.quoted || isSecret(source.text, { name, joint, value, secret, type })) return value;
  return undefined;
}

function jointAt(text: string, name: Name): Joint | undefined {
  const quote = delimiterAt(text, name.end);
  const nameEnd = name.end + (quote?.length ?? 0);
  if (quote !== undefined && !text.startsWith(quote, name.start - quote.length)) return undefined;
  const signAt = skipBlanks(text, nameEnd);
  const sign = signs.find((candidate) => text.startsWith(candidate, signAt));
  if (sign === undefined || noSigns.some((other) => text.startsWith(other, signAt))) {
    return undefined;
  }
  const at = skipBlanks(text, signAt + sign.length);
  const loose = at - nameEnd > sign.length;
  return { valueAt: at, sign, loose, quotedName: quote !== undefined };
}

/** Longer ones first. */
const signs = ["=>", ":=", "?=", "=", ":"];
const noSigns = ["==", "=~", "::", "://"];

function skipBlanks(text: string, start: number): number {
  let at = start;
  while (at < start + maxBlanks && (text.charAt(at) === " " || text.charAt(at) === "\t")) at += 1;
  return at;
}

interface Candidate {
  readonly name: Name;
  readonly joint: Joint;
  readonly value: Value;
  readonly secret: string;
  readonly type: string;
}

/** A long value is one; of a short one it is asked whether it could be code or prose. */
const maxDoubtfulLength = 64;

/**
 * Without quotes `token: abc` may be prose, a type or an expression. `NAME=abc` without a blank is
 * an assignment or an option, and `name: abc` alone on its line is YAML. Elsewhere a secret is what
 * has a digit among its characters.
 */
function isSecret(text: string, { name, joint, value, secret, type }: Candidate): boolean {
  if (secret.length > maxDoubtfulLength) return true;
  if (isPlainWord(secret) || secret.toLowerCase() === name.text.toLowerCase()) return false;
  if (isExpression(secret) || "([".includes(text.charAt(value.end) || " ")) return false;
  if (/^[0-9.,_]+$/.test(secret)) return type === "password" && secret.length >= 4;
  if (joint.sign === "=" && !joint.loose) return true;
  // The number of a placeholder is none of the secret's.
  return (
    /[0-9]/.test(withoutPlaceholders(secret)) ||
    (joint.sign === ":" && isAloneOnLine(text, name, value))
  );
}

function withoutPlaceholders(secret: string): string {
  return secret.replaceAll(/REDACTED_[A-Z0-9_]+/g, "");
}

/** `req.headers.token`, `os.environ["X"`, `SecretStr`. */
function isExpression(secret: string): boolean {
  return (
    /^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+$/.test(secret) ||
    /^[A-Za-z_][\w.]*[[(]/.test(secret) ||
    /^(?:[A-Z][a-z]+){2,}$/.test(secret)
  );
}

function isAloneOnLine(text: string, { start }: Name, { end }: Value): boolean {
  let before = start - 1;
  while (before >= start - maxNameLength && " \t-\"'".includes(text.charAt(before) || "\n")) {
    before -= 1;
  }
  const begins = before < 0 || text.charAt(before) === "\n";
  return begins && (end >= text.length || "\r\n".includes(text.charAt(end)));
}

// ---- --name value

/** What follows the name of an option where a text speaks about it. */
const prose = new Set(
  "is are to the and or for of in on with a an from as if must may can flag option argument".split(
    " ",
  ),
);

function optionValue(source: Source, name: Name): Value | undefined {
  const { text } = source;
  if (!name.text.startsWith("-") || name.text.startsWith("--no-")) return undefined;
  const listed = listedValueAt(text, name);
  const at = listed ?? skipBlanks(text, name.end);
  if (at === name.end || text.charAt(at) === "-") return undefined;
  const value = valueAt(source, at, listed !== undefined);
  if (value === undefined) return undefined;
  const secret = text.slice(value.start, value.end);
  if (isReference(secret)) return undefined;
  if (!value.quoted && (isPlainWord(secret) || prose.has(secret))) return undefined;
  return value;
}

/** `"--token", "abc"`: an option and its value in a list. */
function listedValueAt(text: string, name: Name): number | undefined {
  const quote = delimiterAt(text, name.end);
  if (quote === undefined || !text.startsWith(quote, name.start - quote.length)) return undefined;
  const comma = name.end + quote.length;
  if (text.charAt(comma) !== ",") return undefined;
  const at = skipBlanks(text, comma + 1);
  return text.startsWith(quote, at) ? at : undefined;
}
