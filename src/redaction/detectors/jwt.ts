// JSON Web Tokens: three parts of base64url, the first two of them JSON objects (RFC 7519).

import { alphabets, endOfRun, isIn } from "../characters.ts";
import type { Detector } from "./detector.ts";
import { nothing } from "./detector.ts";

/** `{"` in base64url. */
const objectBegins = "eyJ";
const minPartLength = 10;

export const jwt: Detector = {
  types: ["jwt"],
  triggers: [objectBegins.toLowerCase()],
  find({ text }, start) {
    // Only where a part begins: inside of a part every further `eyJ` would be walked along again.
    if (isIn(alphabets.base64url, text, start - 1) && !isEscape(text, start)) return nothing;
    const header = partEnd(text, start);
    const claims = header === undefined ? undefined : partEnd(text, header + 1);
    if (claims === undefined) return nothing;
    const end = endOfRun(alphabets.base64url, text, claims + 1);
    return [{ start, end, type: "jwt" }];
  },
};

/** Where the dot behind a part that is an object stands. */
function partEnd(text: string, start: number): number | undefined {
  if (!text.startsWith(objectBegins, start)) return undefined;
  const end = endOfRun(alphabets.base64url, text, start);
  return end - start >= minPartLength && text.charAt(end) === "." ? end : undefined;
}

/** The `n` of a `\n` in a quoted text. */
function isEscape(text: string, start: number): boolean {
  return text.charAt(start - 2) === "\\" && "nrt".includes(text.charAt(start - 1));
}
