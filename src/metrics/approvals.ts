// What is counted of approvals.

import type { ApprovalStatus } from "../core/approval.ts";
import { closedLabel } from "./label.ts";
import type { MetricRegistry } from "./registry.ts";

const statuses: Record<ApprovalStatus, true> = {
  waiting: true,
  approved: true,
  refused: true,
  used: true,
  expired: true,
  cancelled: true,
};

export interface ApprovalMetrics {
  /** An approval has come to this status, as this process saw it. */
  approval(status: ApprovalStatus): void;
  /** An attempt to tell the webhook. */
  webhook(result: "ok" | "failed"): void;
}

export function addApprovals(
  registry: MetricRegistry,
  waitingApprovals: () => number,
): ApprovalMetrics {
  const changes = registry.counter({
    name: "proctor_approvals_total",
    help: "Approvals that came to this status, as this process saw it; expiry is not an event.",
    labels: { status: closedLabel(Object.keys(statuses)) },
  });
  registry.polledGauge(
    {
      name: "proctor_approvals_waiting",
      help: "Calls that wait for a person now, in the store.",
      labels: {},
    },
    async (set) => set({}, waitingApprovals()),
  );
  const deliveries = registry.counter({
    name: "proctor_webhook_deliveries_total",
    help: "Attempts to tell the webhook that a call waits.",
    labels: { result: closedLabel(["ok", "failed"]) },
  });
  return {
    approval: (status) => changes({ status }),
    webhook: (result) => deliveries({ result }),
  };
}
