// Credentials in headers of HTTP: `Authorization`, `Cookie`, and `Bearer` wherever it stands.

import { alphabets, endOfRun, isIn, wordCharacter } from "../characters.ts";
import { isPlainWord, isReference } from "../reference.ts";
import { delimiterAt, valueAt } from "../value.ts";
import type { Detector } from "./detector.ts";
import { nothing } from "./detector.ts";

const maxBlanks = 4;

/** Schemes of RFC 9110, section 11, with one credential behind them, and what is used like one. */
const schemes = new Set(
  "bearer basic token apikey api-key key negotiate ntlm digest oauth dpop hoba hawk aws4-hmac-sha256".split(
    " ",
  ),
);
/** Without a scheme, and without a digit, it takes this to tell a credential from prose. */
const minPlainLength = 16;

export const authorization: Detector = {
  types: ["authorization"],
  triggers: ["authorization"],
  find(source, _, end) {
    const at = headerValueAt(source.text, end);
    if (at === undefined) return nothing;
    const scheme = schemeAt(source.text, at);
    const value = valueAt(source, scheme ?? at, true);
    if (value === undefined) return nothing;
    const secret = source.text.slice(value.start, value.end);
    if (isReference(secret) || isPlainWord(secret)) return nothing;
    if (scheme === undefined && !/[0-9]/.test(secret) && secret.length < minPlainLength) {
      return nothing;
    }
    return [{ start: value.start, end: value.end, type: "authorization" }];
  },
};

export const cookie: Detector = {
  types: ["cookie"],
  triggers: ["cookie"],
  find({ text }, _, end) {
    const at = headerValueAt(text, end);
    if (at === undefined || text.charAt(end) !== ":") return nothing;
    const last = lineEnd(text, at);
    // Prose has no `name=value`.
    return /^[^\s=;]{1,64}=/.test(text.slice(at, Math.min(last, at + 65)))
      ? [{ start: at, end: last, type: "cookie" }]
      : nothing;
  },
};

const minBearerLength = 16;

export const bearer: Detector = {
  types: ["bearer_token"],
  triggers: ["bearer "],
  find({ text }, start, end) {
    if (isIn(wordCharacter, text, start - 1)) return nothing;
    const last = endOfRun(alphabets.token68, text, end);
    const secret = text.slice(end, Math.min(last, end + 64));
    if (last - end < minBearerLength || !/[0-9]/.test(secret)) return nothing;
    return [{ start: end, end: last, type: "bearer_token" }];
  },
};

/** Behind the name, perhaps its closing quote, the sign and blanks, perhaps an opening quote. */
function headerValueAt(text: string, nameEnd: number): number | undefined {
  const closing = delimiterAt(text, nameEnd)?.length ?? 0;
  const sign = skipBlanks(text, nameEnd + closing);
  if (!":=,".includes(text.charAt(sign) || " ")) return undefined;
  const at = skipBlanks(text, sign + 1);
  return at + (delimiterAt(text, at)?.length ?? 0);
}

/** Where the credential behind a known scheme begins. */
function schemeAt(text: string, at: number): number | undefined {
  const word = /^[A-Za-z0-9-]{2,20}(?= )/.exec(text.slice(at, at + 21))?.[0];
  if (word === undefined || !schemes.has(word.toLowerCase())) return undefined;
  return skipBlanks(text, at + word.length);
}

function skipBlanks(text: string, start: number): number {
  let at = start;
  while (at < start + maxBlanks && text.charAt(at) === " ") at += 1;
  return at;
}

const maxLineLength = 4096;

function lineEnd(text: string, start: number): number {
  const limit = Math.min(text.length, start + maxLineLength);
  let at = start;
  while (at < limit && !"\r\n\"'\\".includes(text.charAt(at))) at += 1;
  return at;
}
