// Operators by what they mean to the reader, all languages together.

export const assignmentOperators: ReadonlySet<string> = new Set([
  "=", ":=", "+=", "-=", "*=", "/=", ".=", "||=", "&&=", "??=", "%=", "|=", "//=", "**=", "&=", "^=",
]); // biome-ignore format: a list of operators

/** They stand before an operand, and are passed over. */
export const prefixOperators: ReadonlySet<string> = new Set([
  "-", "+", "!", "~", "*", "**", "&", "...", "\\", "++", "--", "@", "%", "$", ":", "<", "->", "#",
]); // biome-ignore format: a list of operators

/** What stands behind them may not be reached. */
export const conditionOperators: ReadonlySet<string> = new Set(["&&", "||", "?", "??", "//"]);
