// An approval as the admin API shows it.

import type { ApprovalView } from "../../../src/gateway/approvals.ts";

export function view(
  id: string,
  given: { readonly path: string } = { path: "a.txt" },
): ApprovalView {
  return {
    id,
    status: "waiting",
    agent: "student",
    trajectory: "student/t",
    step: 3,
    askedAt: 1_000_000,
    expiresAt: 1_900_000,
    upstream: "local",
    tool: "delete_file",
    arguments: { bytes: 16, inline: { ...given } },
    effects: [
      {
        kind: "read",
        certainty: "certain",
        via: "delete_file",
        target: at("/w"),
        recursive: false,
      },
      {
        kind: "delete",
        certainty: "certain",
        via: "delete_file",
        target: at(`/w/${given.path}`),
        recursive: false,
      },
    ],
    rules: ["delete-unseen"],
    reason: "List or read it first.",
  };
}

function at(path: string) {
  return { form: "resolved", path } as const;
}
