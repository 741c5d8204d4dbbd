// What a config may add: secrets of one's own, and the form of one's own tokens.

import { z } from "zod";
import type { Alphabet } from "./characters.ts";
import { alphabets } from "./characters.ts";
import type { TokenForm } from "./detectors/index.ts";

const alphabetNames = Object.keys(alphabets) as [Alphabet, ...Alphabet[]];

const token = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z][a-z_]{0,39}$/)
    .describe("`acme_token` becomes `REDACTED_ACME_TOKEN`"),
  prefix: z.string().min(3).max(64).describe("How every such token begins"),
  characters: z.enum(alphabetNames).default("base64url").describe("What follows"),
  minLength: z.int().min(1).max(4096).describe("Characters that follow, at least"),
  maxLength: z.int().min(1).max(4096).optional().describe("A longer run is something else"),
});

/**
 * No regular expressions: a beginning, a set of characters and a length are looked for in one pass
 * with the built-in ones, so that nothing that stands here can make redaction slow.
 */
export const redactionSchema = z.strictObject({
  literals: z
    .array(z.string().min(6).max(4096))
    .max(1000)
    .default([])
    .describe("Secrets of your own, taken out wherever they stand"),
  tokens: z.array(token).max(1000).default([]).describe("Forms of tokens of your own"),
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
