// One event of an approval, as it is recorded.

import type { ApprovalEvent } from "../core/approval.ts";
import { newId } from "../core/ids.ts";
import { type ApprovalRecord, recordVersion } from "../core/record.ts";

/** @param nowMs milliseconds since the epoch */
export function approvalRecord(
  of: { readonly approval: string; readonly step: number; readonly event: ApprovalEvent },
  nowMs: number,
): ApprovalRecord {
  return { v: recordVersion, id: newId(nowMs), at: nowMs, type: "approval", ...of };
}
