// Passwords in URLs: `scheme://user:password@host` (RFC 3986, section 3.2.1).

import { isIn, structural } from "../characters.ts";
import { isReference } from "../reference.ts";
import type { Detector } from "./detector.ts";
import { nothing } from "./detector.ts";

const maxAuthorityLength = 1024;
/** A name of such a length that has a digit is a token: `https://TOKEN@host/`. */
const minTokenLength = 20;

export const urlPassword: Detector = {
  types: ["url_password"],
  triggers: ["://"],
  find({ text }, _, start) {
    const authority = text.slice(start, authorityEnd(text, start));
    const at = authority.lastIndexOf("@");
    if (at < 0) return nothing;
    const colon = authority.slice(0, at).indexOf(":");
    const value = authority.slice(colon + 1, at);
    if (value === "" || isReference(value)) return nothing;
    if (colon < 0 && (value.length < minTokenLength || !/[0-9]/.test(value))) return nothing;
    return [{ start: start + colon + 1, end: start + at, type: "url_password" }];
  },
};

function authorityEnd(text: string, start: number): number {
  const limit = Math.min(text.length, start + maxAuthorityLength);
  let end = start;
  while (end < limit && !ends(text, end)) end += 1;
  return end;
}

/** A `$` may be a part of a password; what a shell would take for more than a word is not. */
function ends(text: string, at: number): boolean {
  const character = text.charAt(at);
  if (character === "/" || character === "?") return true;
  return isIn(structural, text, at) && character !== "$" && character !== "&";
}
