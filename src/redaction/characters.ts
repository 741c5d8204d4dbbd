// Sets of ASCII characters, each a bit, so that membership is one look-up.

/** What a token is written in. */
export const alphabets = {
  digits: 1 << 0,
  hex: 1 << 1,
  upperAlphanumeric: 1 << 2,
  alphanumeric: 1 << 3,
  /** Letters, digits, `-` and `_` (RFC 4648, section 5). */
  base64url: 1 << 4,
  /** Letters, digits, `+`, `/` and `=` (RFC 4648, section 4). */
  base64: 1 << 5,
  /** Whatever a credential in a header may have (`token68`, RFC 9110, section 11.2). */
  token68: 1 << 6,
} as const;

export type Alphabet = keyof typeof alphabets;

/** Parts of names: of variables, of options, of members. */
export const nameCharacter = 1 << 7;
/** What placeholders are written in. */
export const placeholderCharacter = 1 << 10;
/** Letters, digits and `_`: what stands at a boundary of words for a regular expression. */
export const wordCharacter = 1 << 8;
/** What means something to a shell, separates its words, or could open or close a quote. */
export const structural = 1 << 9;

const letters = "abcdefghijklmnopqrstuvwxyz";
const digits = "0123456789";
const alphanumeric = letters + letters.toUpperCase() + digits;

const members: readonly (readonly [set: number, characters: string])[] = [
  [alphabets.digits, digits],
  [alphabets.hex, `${digits}abcdefABCDEF`],
  [alphabets.upperAlphanumeric, letters.toUpperCase() + digits],
  [alphabets.alphanumeric, alphanumeric],
  [alphabets.base64url, `${alphanumeric}-_`],
  [alphabets.base64, `${alphanumeric}+/=`],
  [alphabets.token68, `${alphanumeric}-._~+/=`],
  [nameCharacter, `${alphanumeric}_-.`],
  [wordCharacter, `${alphanumeric}_`],
  [placeholderCharacter, `${letters.toUpperCase()}${digits}_`],
  [structural, " \t\n\r\v\f\0\"'`\\$;&|<>()#"],
];

const sets = new Uint16Array(128);
for (const [set, characters] of members) {
  for (const character of characters) {
    const code = character.charCodeAt(0);
    sets[code] = (sets[code] ?? 0) | set;
  }
}

/** Is the character at the offset in the set? No character beyond the text or beyond ASCII is. */
export function isIn(set: number, text: string, offset: number): boolean {
  const code = text.charCodeAt(offset);
  return code < 128 && ((sets[code] ?? 0) & set) !== 0;
}

/** The first offset from `start` on, at most `limit`, whose character is not in the set. */
export function endOfRun(set: number, text: string, start: number, limit = text.length): number {
  let end = start;
  while (end < limit && isIn(set, text, end)) end += 1;
  return end;
}

/** The last offset before `end`, at least `limit`, whose characters up to `end` are in the set. */
export function startOfRun(set: number, text: string, end: number, limit: number): number {
  let start = end;
  while (start > limit && start > 0 && isIn(set, text, start - 1)) start -= 1;
  return start;
}
