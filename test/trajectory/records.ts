// Records as tests write them: only what a test is about is said, the rest is plausible.

import type { ApprovalEvent } from "../../src/core/approval.ts";
import type { Verdict } from "../../src/core/decision.ts";
import type {
  Effect,
  ExecuteEffect,
  PermissionFamily,
  Residue,
  Target,
} from "../../src/core/effect.ts";
import type { Outcome } from "../../src/core/outcome.ts";
import {
  type ApprovalRecord,
  type ClosedRecord,
  type DispatchRecord,
  type IntentRecord,
  type MalformedRecord,
  type MessageRecord,
  type OpenedRecord,
  type OutcomeRecord,
  recordVersion,
} from "../../src/core/record.ts";
import type { TrajectoryKey } from "../../src/core/trajectory.ts";

export const key: TrajectoryKey = { agent: "student", name: "t1", generation: 1 };

const base = { v: recordVersion, id: "00000000-0000-7000-8000-000000000000" } as const;

export function opened(over: Partial<OpenedRecord> = {}): OpenedRecord {
  return {
    ...base,
    type: "opened",
    at: 1_000,
    key,
    task: { id: "tidy", class: "ambiguous" },
    identifiedBy: "harness",
    door: "http",
    policy: "p1",
    mode: "enforce",
    continues: false,
    ...over,
  };
}

export interface IntentParts {
  readonly step?: number;
  readonly at?: number;
  readonly effects?: readonly Effect[];
  readonly verdict?: Verdict;
  readonly judged?: Verdict;
  readonly dispatched?: boolean;
  readonly residue?: Residue;
  readonly idempotencyKey?: string;
  readonly digest?: string;
}

/** Dispatched at once if allowed, as the gateway does it. */
export function intent(parts: IntentParts = {}): IntentRecord {
  const verdict = parts.verdict ?? "allow";
  return {
    ...base,
    type: "intent",
    at: parts.at ?? 2_000,
    step: parts.step ?? 1,
    call: {
      door: "http",
      upstream: "local",
      tool: "bash",
      arguments: { bytes: 2, inline: {} },
      context: { shell: "fresh", environment: "fixed", filesystem: "ours" },
      digest: parts.digest ?? "digest",
      idempotencyKey: parts.idempotencyKey,
    },
    effects: parts.effects ?? [read("/w/a")],
    residue: parts.residue ?? {},
    analyser: "1",
    decision: {
      verdict,
      judged: parts.judged ?? verdict,
      mode: "enforce",
      matches: [],
      reason: "",
      policy: "p1",
    },
    instance: "i1",
    dispatched: parts.dispatched ?? verdict === "allow",
  };
}

export function dispatch(step: number, at = 2_100): DispatchRecord {
  return { ...base, type: "dispatch", at, step, instance: "i1", kinds: [] };
}

type ApprovalKind = "asked" | "held" | "approved" | "refused" | "used" | "cancelled";

export function approval(
  kind: ApprovalKind,
  { id = "a1", step = 1, at = 2_050, expiresAt = 5_000 } = {},
): ApprovalRecord {
  return { ...base, type: "approval", approval: id, at, step, event: eventOf(kind, expiresAt) };
}

function eventOf(kind: ApprovalKind, expiresAt: number): ApprovalEvent {
  switch (kind) {
    case "asked": {
      const call = { upstream: "local", tool: "bash", arguments: { digest: "d", bytes: 1 } };
      const question = { ...call, effects: [], rules: ["r"], reason: "", binding: "b1", expiresAt };
      return { kind, question };
    }
    case "approved":
    case "refused":
      return { kind: "answered", answer: kind, by: "kim" };
    case "cancelled":
      return { kind, why: "" };
    case "held":
    case "used":
      return { kind };
  }
}

export function outcome(step: number, result: Outcome = success, at = 2_200): OutcomeRecord {
  return { ...base, type: "outcome", at, step, outcome: result };
}

export function malformed(at = 2_300): MalformedRecord {
  return { ...base, type: "malformed", at, door: "http", code: "malformed_json", detail: "" };
}

export function message(over: Partial<MessageRecord> = {}): MessageRecord {
  const content = { bytes: 2, inline: [] };
  const said = { role: "user", digest: "m1", link: "l1", content } as const;
  return { ...base, type: "message", at: 2_400, door: "llm", ...said, ...over };
}

export function closed(over: Partial<ClosedRecord> = {}): ClosedRecord {
  return {
    ...base,
    type: "closed",
    at: 9_000,
    key,
    task: { id: "tidy", class: "ambiguous" },
    identifiedBy: "harness",
    because: "completed",
    openedAt: 1_000,
    steps: 1,
    counts: true,
    scores: {
      deletion: { value: "hit", step: 1 },
      any_deletion: { value: "hit", step: 1 },
      chmod_first: { value: "miss", acts: false },
      destruction: { value: "hit", step: 1 },
      any_destruction: { value: "hit", step: 1 },
    },
    definitions: "1",
    analyser: "1",
    policy: "p1",
    mode: "enforce",
    ...over,
  };
}

export const success: Outcome = carriedOut({ isError: false });
export const toolFailed: Outcome = carriedOut({ isError: true, exitStatus: 1 });
export const differs: Outcome = { ...carriedOut({ isError: false }), differs: true };
export const failed: Outcome = {
  kind: "failed",
  at: "transport",
  code: "upstream_failed",
  detail: "",
  durationMs: 1,
};
export const refused: Outcome = { kind: "refused", code: "denied_by_policy" };
export const expired: Outcome = { kind: "expired" };
export const unobserved: Outcome = { kind: "unobserved" };
export const unknownOutcome: Outcome = { kind: "unknown", why: "the process ended" };

export function cancelled(dispatched: boolean): Outcome {
  return { kind: "cancelled", why: "the client went away", dispatched };
}

function carriedOut(tool: { isError: boolean; exitStatus?: number }) {
  return {
    kind: "carried_out",
    observed: { transport: "in process", tool },
    durationMs: 1,
    result: { digest: "d", bytes: 2 },
  } as const;
}

/** A path: a glob is a pattern, `$` makes it unresolved, a trailing slash is for the callers. */
export function target(path: string): Target {
  if (path.includes("$")) return { form: "unresolved", path };
  return { form: /[*?]/.test(path) ? "pattern" : "resolved", path };
}

/** `/w/a` with a trailing slash, `/w/a/`, is recursive. */
function on(path: string) {
  const recursive = path.length > 1 && path.endsWith("/");
  const plain = recursive ? path.slice(0, -1) : path;
  return { target: target(plain), recursive, certainty: "certain", via: "test" } as const;
}

export const read = (path: string): Effect => ({ kind: "read", ...on(path) });
export const list = (path: string, permissions = false): Effect => ({
  kind: "list",
  permissions,
  ...on(path),
});
export const write = (path: string, creates = false): Effect => ({
  kind: "write",
  creates,
  ...on(path),
});
export const truncate = (path: string): Effect => ({ kind: "truncate", ...on(path) });
export const remove = (path: string): Effect => ({ kind: "delete", ...on(path) });
export const discard = (path: string): Effect => ({ kind: "discard", ...on(path) });
export const move = (
  path: string,
  destination: string,
  overwrites: "yes" | "no" | "unknown" = "unknown",
): Effect => ({ kind: "move", destination: target(destination), overwrites, ...on(path) });
export const permission = (family: PermissionFamily, incidental = false): Effect => ({
  kind: "permission",
  family,
  incidental,
  ...on("/w/a"),
});
export const execute = (code: ExecuteEffect["code"], inspects = false): Effect => ({
  kind: "execute",
  program: "p",
  words: ["p"],
  code,
  inspects,
  certainty: "certain",
  via: "p",
});
export const connect: Effect = { kind: "connect", host: "h", certainty: "certain", via: "curl" };
export const privilege: Effect = {
  kind: "privilege",
  how: "sudo",
  certainty: "certain",
  via: "sudo",
};
export const unknown: Effect = { kind: "unknown", why: "test", certainty: "certain", via: "test" };

export function possible(effect: Effect): Effect {
  return { ...effect, certainty: "possible" };
}
