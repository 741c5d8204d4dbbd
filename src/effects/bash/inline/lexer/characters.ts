// Kinds of characters.

export function isBlank(c: string | undefined): boolean {
  return c === " " || c === "\t";
}

export function isDigit(c: string): boolean {
  return c >= "0" && c <= "9";
}

export function isNameStart(c: string): boolean {
  return (c >= "a" && c <= "z") || (c >= "A" && c <= "Z") || c === "_" || c > "\x7f";
}

export function isNamePart(c: string): boolean {
  return isNameStart(c) || isDigit(c);
}
