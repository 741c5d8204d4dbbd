// What a config may add: secrets of one's own, and the form of one's own tokens.

import { z } from "zod";
import type { Alphabet } from "./characters.ts";
import { alphabets } from "./characters.ts";
import type { TokenForm } from "./detectors/index.ts";

const alphabetNames = Object.keys(alphabets) as [Alphabet, ...Alphabet[]];

const token = z.strictObject({
  /** In the placeholder and in metrics: `acme_token` becomes `REDACTED_ACME_TOKEN`. */
  name: z.string().regex(/^[a-z][a-z_]{0,39}$/),
  /** How every such token begins. */
  prefix: z.string().min(3).max(64),
  /** What follows. */
  characters: z.enum(alphabetNames).default("base64url"),
  minLength: z.int().min(1).max(4096),
  maxLength: z.int().min(1).max(4096).optional(),
});

/**
 * No regular expressions: a beginning, a set of characters and a length are looked for in one pass
 * with the built-in ones, so that nothing that stands here can make redaction slow.
 */
export const redactionSchema = z.strictObject({
  /** Taken out wherever they stand. */
  literals: z.array(z.string().min(6).max(4096)).max(1000).default([]),
  tokens: z.array(token).max(1000).default([]),
});

export type RedactionConfig = z.output<typeof redactionSchema>;

export function tokenFormsOf(tokens: RedactionConfig["tokens"]): readonly TokenForm[] {
  return tokens.map(({ name, prefix, characters, minLength, maxLength }) => ({
    type: name,
    prefixes: [prefix],
    characters,
    minLength,
    ...(maxLength === undefined ? {} : { maxLength }),
  }));
}
