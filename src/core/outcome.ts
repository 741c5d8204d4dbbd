// What came of a call.

import type { ErrorCode } from "./errors.ts";
import type { Json } from "./json.ts";

/** Redacted contents, in the record, as a blob, or gone. `bytes`: of their JSON text in UTF-8. */
export type ContentRef =
  | { readonly bytes: number; readonly inline: Json }
  /** Of a blob, keyed: HMAC-SHA-256, hex. */
  | { readonly bytes: number; readonly digest: string }
  /** Erased, by retention or because somebody asked for it. */
  | { readonly bytes: number; readonly erased: true };

/** The three layers of an answer, told apart: a 200 may carry a protocol error, and that a failed tool. */
export interface Observed {
  readonly transport: "ok" | "in process";
  /** HTTP status or JSON-RPC error code, where the transport has one. */
  readonly protocol?: { readonly status?: number; readonly errorCode?: number };
  readonly tool: {
    readonly isError: boolean;
    readonly exitStatus?: number;
    readonly signal?: string;
    readonly timedOut?: boolean;
    readonly truncated?: boolean;
  };
}

export type Outcome =
  | { readonly kind: "refused"; readonly code: ErrorCode }
  | { readonly kind: "expired" }
  /** `why`: the client went away, said so, or the process that held it ended before dispatch. */
  | { readonly kind: "cancelled"; readonly why: string; readonly dispatched: boolean }
  | {
      readonly kind: "carried_out";
      readonly observed: Observed;
      readonly durationMs: number;
      readonly result: ContentRef;
      /** The input that was carried out is not the one that was judged. */
      readonly differs?: true;
      /**
       * The result is none yet: it asks for input, with which the call is sent again. Keyed digest of the
       * call and of the state that it is sent again with: HMAC-SHA-256, hex.
       */
      readonly interim?: string;
      /**
       * A task ended so, as its server says, and `result` is what it said: the tool's own result was not
       * seen, and supersedes this outcome when it is.
       */
      readonly resultUnseen?: true;
    }
  /** No answer of the tool: `at` says which layer failed. */
  | {
      readonly kind: "failed";
      readonly at: "transport" | "protocol" | "executor";
      readonly code: ErrorCode;
      readonly detail: string;
      readonly durationMs: number;
    }
  /** A door that carries out itself never reported. */
  | { readonly kind: "unobserved" }
  /** Dispatched, and then the process that knew died. */
  | { readonly kind: "unknown"; readonly why: string };

export type OutcomeKind = Outcome["kind"];

const kinds: Readonly<Record<OutcomeKind, true>> = {
  carried_out: true,
  refused: true,
  expired: true,
  cancelled: true,
  failed: true,
  unobserved: true,
  unknown: true,
};
/** Every one of them. */
export const outcomeKinds = Object.keys(kinds) as readonly OutcomeKind[];

/** May the call have had its effects? */
export function mayHaveHappened(outcome: Outcome): boolean {
  switch (outcome.kind) {
    case "refused":
    case "expired":
      return false;
    case "cancelled":
      return outcome.dispatched;
    case "carried_out":
    case "failed":
    case "unobserved":
    case "unknown":
      return true;
  }
}

/** Did the call succeed, as far as its own tool says? Only this feeds matchers that permit. */
export function succeeded(outcome: Outcome): boolean {
  if (outcome.kind !== "carried_out") return false;
  return !outcome.observed.tool.isError && !outcome.differs && outcome.interim === undefined;
}
