// What a person is asked about one call, and what became of it.

import type { Decision } from "./decision.ts";
import type { Effect } from "./effect.ts";
import type { ContentRef } from "./outcome.ts";

/** Everything that a person needs to answer, and what the answer is bound to. */
export interface Question {
  readonly upstream: string;
  readonly tool: string;
  /** Redacted. */
  readonly arguments: ContentRef;
  readonly effects: readonly Effect[];
  /** The rules that ask. An answer waives these and no others. */
  readonly rules: readonly string[];
  readonly reason: string;
  /**
   * HMAC-SHA-256, hex, over the canonical JSON (RFC 8785) of agent, trajectory, upstream, tool,
   * unredacted arguments, context and policy digest.
   */
  readonly binding: string;
  /** Milliseconds since the epoch. From then on neither an answer nor a use is taken. */
  readonly expiresAt: number;
}

/** What is appended of an approval, in this order at most; `held` and `overruled` may repeat. */
export type ApprovalEvent =
  | { readonly kind: "asked"; readonly question: Question }
  /** A later identical call waits for the answer in place of the one that asked. */
  | { readonly kind: "held" }
  | {
      readonly kind: "answered";
      readonly answer: ApprovalAnswer;
      /** Name of the token. */
      readonly by: string;
      /** For the model. */
      readonly note?: string;
    }
  /** Approved, and then the policy said otherwise when the call was decided again. */
  | { readonly kind: "overruled"; readonly decision: Decision }
  /** Spent on the record's step. */
  | { readonly kind: "used" }
  | { readonly kind: "cancelled"; readonly why: string };

export type ApprovalAnswer = "approved" | "refused";

export type ApprovalStatus = "waiting" | ApprovalAnswer | "used" | "expired" | "cancelled";
