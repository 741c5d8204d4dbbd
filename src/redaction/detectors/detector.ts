// What a detector is.

import type { Source } from "../source.ts";

/** A secret: from `start` up to, not including, `end`. */
export interface Span {
  readonly start: number;
  readonly end: number;
  /** In the placeholder and in metrics: `github_token`. */
  readonly type: string;
}

export interface Detector {
  /** Every type that it can report. */
  readonly types: readonly string[];
  /** Words of which one stands in or before whatever it finds; case does not count here. */
  readonly triggers: readonly string[];
  /**
   * Secrets at one occurrence of a trigger that stands in none of this detector's secrets so far.
   * What it looks at without finding anything is bounded, so that time is linear in the text.
   */
  find(source: Source, start: number, end: number): readonly Span[];
}

export const nothing: readonly Span[] = [];
