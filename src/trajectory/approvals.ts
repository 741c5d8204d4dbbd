// Approvals of one trajectory that can still be answered or used: a bounded fold over its records.

import type { ApprovalAnswer } from "../core/approval.ts";
import type { ApprovalRecord } from "../core/record.ts";

/** An approval that is neither spent nor cancelled. Whether it has expired is for the reader to say. */
export interface OpenApproval {
  readonly id: string;
  /** The last call that asked or waited for it. While that has no outcome, nobody else may use it. */
  readonly step: number;
  readonly binding: string;
  readonly rules: readonly string[];
  readonly expiresAt: number;
  readonly answer?: ApprovalAnswer;
  /** Name of the token that answered. */
  readonly by?: string;
  readonly note?: string;
}

/** The oldest beyond are forgotten: then nobody can answer or use them. */
export const maxOpenApprovals = 256;

/** In place. An event that does not fit what came before changes nothing. */
export function applyApproval(open: Map<string, OpenApproval>, record: ApprovalRecord): void {
  const { approval: id, step, event } = record;
  const known = open.get(id);
  switch (event.kind) {
    case "asked":
      if (known === undefined) ask(open, record);
      return;
    case "held":
      if (known !== undefined) open.set(id, { ...known, step });
      return;
    case "answered":
      if (known === undefined || known.answer !== undefined) return;
      open.set(id, { ...known, answer: event.answer, by: event.by, note: event.note });
      return;
    case "used":
    case "cancelled":
      open.delete(id);
      return;
    case "overruled":
      return;
  }
}

function ask(open: Map<string, OpenApproval>, { approval: id, step, at, event }: ApprovalRecord) {
  if (event.kind !== "asked") return;
  const { binding, rules, expiresAt } = event.question;
  for (const [old, { expiresAt: end }] of open) if (end <= at) open.delete(old);
  for (const oldest of open.keys()) {
    if (open.size < maxOpenApprovals) break;
    open.delete(oldest);
  }
  open.set(id, { id, step, binding, rules, expiresAt });
}
