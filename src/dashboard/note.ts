// The body of a person's answer: a note, or nothing.

import { bodyLimit } from "hono/body-limit";
import { z } from "zod";
import { ProctorError } from "../core/errors.ts";
import { parseJson } from "../core/json.ts";

const maxBodyBytes = 16 * 1024;
const maxNoteLength = 2_000;

const noteBody = z.strictObject({ note: z.string().max(maxNoteLength).optional() });

export const limitedBody = bodyLimit({
  maxSize: maxBodyBytes,
  onError() {
    throw new ProctorError("too_large", `a body of more than ${maxBodyBytes} bytes`);
  },
});

/** @throws ProctorError `invalid_request`, or as `parseJson` */
export function noteIn(text: string): string | undefined {
  const value = text === "" ? {} : parseJson(text, { maxLength: maxBodyBytes, maxDepth: 4 });
  const body = noteBody.safeParse(value);
  if (!body.success) throw new ProctorError("invalid_request", z.prettifyError(body.error));
  return body.data.note;
}
