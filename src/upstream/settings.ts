// What upstreams of every kind are configured by.

import { z } from "zod";
import { unfitHeader } from "./http/headers.ts";

const headerName = z.string().superRefine((text, context) => {
  const problem = unfitHeader(text);
  if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
});
const headerValue = z.string().regex(/^[\t\x20-\x7e]*$/, "must be printable ASCII");

/** Headers that are sent with every request, by name. */
export const sentHeaders = z
  .record(z.string(), headerValue)
  // Not as a schema of the keys: what that finds, zod reports as "Invalid key in record".
  .superRefine(function checkNames(headers, context) {
    for (const name of Object.keys(headers)) {
      const problem = unfitHeader(name);
      if (problem !== undefined)
        context.addIssue({ code: "custom", path: [name], message: problem });
    }
  })
  .default({});

/** Names of the client's headers that go on. */
export const forwardedHeaders = z
  .array(headerName.refine((text) => text.toLowerCase() !== "authorization", "is proctor's own"))
  .default([]);

export const startingFolder = z
  .string()
  .startsWith("/")
  .optional()
  .describe("Folder that relative paths in arguments start from; absent: not known");
