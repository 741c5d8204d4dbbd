// Building blocks of the policy file's schema: each refusal says what to write instead.

import { z } from "zod";

/** An object that refuses keys it does not know, and names those that it does. */
export function shape<Fields extends z.ZodRawShape>(fields: Fields) {
  const known = Object.keys(fields).join(", ");
  return z.strictObject(fields, {
    error: ({ code, input }) => {
      if (code === "unrecognized_keys") return `Use only: ${known}.`;
      return input === undefined ? `Add it, with: ${known}.` : `Write a mapping with: ${known}.`;
    },
  });
}

/** One value or a list of values, at least one; becomes a list. */
export function oneOrMore<Item extends z.ZodType>(item: Item) {
  return z.preprocess(
    (value) => (value === undefined || Array.isArray(value) ? value : [value]),
    z.array(item, "Name at least one.").min(1, "Name at least one."),
  );
}

/** A name, or a list of names, in place of the mapping `{ [key]: names }`. */
export function shorthand<Schema extends z.ZodType>(key: string, schema: Schema) {
  return z.unknown().transform((value, context): z.output<Schema> => {
    const isShort = typeof value === "string" || Array.isArray(value);
    const { data, error } = schema.safeParse(isShort ? { [key]: value } : value);
    for (const issue of error?.issues ?? []) {
      // The key is not in the file.
      context.addIssue(carriedOver(isShort ? { ...issue, path: issue.path.slice(1) } : issue));
    }
    return error === undefined ? data : z.NEVER;
  });
}

/** Text of at least one character. */
export const text = z.string("Write text.").min(1, "Write at least one character.");

const durationPattern = /^([1-9][0-9]{0,5})(s|m|h)$/;
const unitMs = { s: 1_000, m: 60_000, h: 3_600_000 };

/** `90s`, `10m`, `24h`; becomes milliseconds. At most a day, as far as the history of agents goes. */
export const duration = z
  .string("Write a duration, such as 10m.")
  .regex(durationPattern, "Write a whole number and s, m or h, such as 10m.")
  .transform((source) => {
    const [, count = "", unit = ""] = durationPattern.exec(source) ?? [];
    return Number(count) * (unit === "s" ? unitMs.s : unit === "m" ? unitMs.m : unitMs.h);
  })
  .refine((ms) => ms <= 24 * unitMs.h, "Write at most 24h: more is not remembered.");

/** `2026-12-31`; becomes the end of that day in UTC, milliseconds since the epoch. */
export const day = z
  .string('Write a quoted day, such as "2026-12-31".')
  .regex(/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/, 'Write a day, such as "2026-12-31".')
  .transform((source) => Date.parse(`${source}T24:00:00Z`))
  .refine((ms) => !Number.isNaN(ms), "Write a day that exists.");

/** An issue of a schema that was run within another. */
export function carriedOver(issue: z.core.$ZodIssue) {
  return {
    code: "custom" as const,
    message: issue.message,
    path: [...issue.path],
    params: { keys: unknownKeysOf(issue) },
  };
}

/** The keys that an object must not have; empty: the issue is another one. */
export function unknownKeysOf(issue: z.core.$ZodIssue): readonly string[] {
  if (issue.code === "unrecognized_keys") return issue.keys;
  return issue.code === "custom" && Array.isArray(issue.params?.keys) ? issue.params.keys : [];
}
