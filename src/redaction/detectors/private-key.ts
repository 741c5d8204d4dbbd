// Private keys in PEM (RFC 7468), of OpenSSH and of PGP: what stands between the two lines.

import { alphabets, endOfRun } from "../characters.ts";
import type { Detector } from "./detector.ts";
import { nothing } from "./detector.ts";

const begin = "-----BEGIN ";
const end = "-----END ";
const maxLabelLength = 40;
/** A full line has 64 characters or more. */
const minLineLength = 40;
const maxHeaderLength = 200;

export const privateKey: Detector = {
  types: ["private_key"],
  triggers: ["private key-----", "private key block-----"],
  find({ text }, start, after) {
    const before = text.slice(Math.max(0, start - maxLabelLength), start);
    const at = before.lastIndexOf(begin);
    if (at < 0 || before.includes("\n", at)) return nothing;
    const last = bodyEnd(text, after);
    return last > after ? [{ start: after, end: last, type: "private_key" }] : nothing;
  },
};

/**
 * Where a key's body ends: before its last line; where that is missing, behind the last of the long
 * lines that it begins with; `start` where no key follows.
 */
function bodyEnd(text: string, start: number): number {
  let last = start;
  let lastLong = start;
  for (let at = skip(text, start); at < text.length; at = skip(text, last)) {
    const run = endOfRun(alphabets.base64, text, at);
    const line = headerEnd(text, at) ?? run;
    if (line === at) return text.startsWith(end, at) ? last : lastLong;
    if (run - at >= minLineLength) lastLong = run;
    last = line;
  }
  return lastLong;
}

/** Blanks, ends of lines as they are or escaped, and what joins the lines of a key in a program. */
function skip(text: string, start: number): number {
  let at = start;
  for (;;) {
    if (text.charAt(at) === "\\" && "nrt".includes(text.charAt(at + 1))) at += 2;
    else if (at < text.length && " \t\r\n\"',\\".includes(text.charAt(at))) at += 1;
    else return at;
  }
}

/** `Proc-Type: 4,ENCRYPTED`, `Comment: ...`: to the end of its line. */
function headerEnd(text: string, start: number): number | undefined {
  const name = /^[A-Z][A-Za-z-]{1,30}: /.exec(text.slice(start, start + 33));
  if (name === null) return undefined;
  const limit = Math.min(text.length, start + maxHeaderLength);
  let at = start;
  while (at < limit && text.charAt(at) !== "\n" && text.charAt(at) !== "\\") at += 1;
  return at;
}
