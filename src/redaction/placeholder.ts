// What stands in the place of a secret: one word that means nothing to a shell.

export interface Placeholders {
  /** The same secret gets the same one; a second one of a type bears a number. */
  of(type: string, secret: string): string;
  isOne(text: string): boolean;
}

/** @param types every type there is: nothing else that looks like a placeholder is one */
export function createPlaceholders(types: ReadonlySet<string>): Placeholders {
  const given = new Map<string, string>();
  const numbers = new Map<string, number>();
  return {
    of: (type, secret) => {
      const name = `${type}\0${secret}`;
      const known = given.get(name);
      if (known !== undefined) return known;
      const number = (numbers.get(type) ?? 0) + 1;
      const fresh = `REDACTED_${type.toUpperCase()}${number === 1 ? "" : `_${number}`}`;
      numbers.set(type, number);
      given.set(name, fresh);
      return fresh;
    },
    isOne: (text) => {
      const type = /^REDACTED_([A-Z_]+?)(?:_[1-9][0-9]{0,8})?$/.exec(text.slice(0, 64))?.[1];
      return text.length <= 64 && type !== undefined && types.has(type.toLowerCase());
    },
  };
}
