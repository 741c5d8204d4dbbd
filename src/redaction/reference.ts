// What stands in the place of a secret without being one.

const maxReferenceLength = 256;

/** A variable, a template, a placeholder in angle brackets: `$PASS`, `${{ x }}`, `<token>`, `%s`, `***`. */
export function isReference(value: string): boolean {
  if (value.length > maxReferenceLength) return false;
  return /^[$<{%*`]/.test(value) || /^(?:[*._-]+|x{3,})$/i.test(value);
}

/** Words that say of a secret what it is, or that there is none. */
const words = new Set(
  [
    "true false yes no on off null nil none undefined void empty unset",
    "string str text number int integer boolean bool bytes object array any unknown never optional",
    "required default redacted hidden masked secret password passwd passphrase token key value",
    "bearer basic digest changeme example placeholder",
  ].flatMap((line) => line.split(" ")),
);

export function isPlainWord(value: string): boolean {
  return words.has(value.toLowerCase());
}
