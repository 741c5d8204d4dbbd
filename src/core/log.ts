// What parts say of themselves while they run: an event's name, and fields.

import type { Json } from "./json.ts";

export type LogFields = { readonly [field: string]: Json | undefined };

/** `event` is a stable name in snake case; what varies goes into the fields. */
export interface Log {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}
