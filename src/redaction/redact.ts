// Secrets out, before any sink.

import type { Json } from "../core/json.ts";

export interface Redacted<Value extends Json> {
  readonly value: Value;
  /** Detector name -> how many it replaced. */
  readonly counts: ReadonlyMap<string, number>;
}

/** Replaces each secret by a typed, shell-inert, one-word placeholder. Total; linear in the input. */
export interface Redactor {
  redact<Value extends Json>(value: Value): Redacted<Value>;
}
