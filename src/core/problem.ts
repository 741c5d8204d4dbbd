// Errors as they leave over HTTP: problem details, RFC 9457.

import { type ErrorCode, errorTable } from "./errors.ts";

export interface Problem {
  /** Stable identifier of the kind of error. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  /** What happened to this request. */
  readonly detail: string;
  readonly code: ErrorCode;
  /** What can be done about it. */
  readonly fix: string;
}

export const problemMediaType = "application/problem+json";

export function problemOf(code: ErrorCode, detail: string): Problem {
  const { title, status, fix } = errorTable[code];
  return { type: `urn:proctor:error:${code}`, title, status, detail, code, fix };
}
