// What a model is told of a call that is not carried out: what, why, and what to do instead.

import { type ErrorCode, errorTable } from "../core/errors.ts";
import type { RefusedAnswer } from "../gateway.ts";

/** Never empty. */
export function toldOfError({
  code,
  message,
}: {
  readonly code: ErrorCode;
  readonly message: string;
}): string {
  const { title, fix } = errorTable[code];
  return `${title} ${message}\nWhat to do: ${fix} (${code})`;
}

export function toldOfRefusal({ code, detail, decision }: RefusedAnswer): string {
  return toldOfError({ code, message: detail ?? decision.reason });
}
