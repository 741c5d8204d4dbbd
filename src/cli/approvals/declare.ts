// Declares proctor approvals with its sub-commands.

import type { Overrides } from "../../config.ts";
import { ProctorError } from "../../core/errors.ts";
import { type AccessFlags, accessFrom, speaksToAdmin } from "../admin.ts";
import { configured, type Declare } from "../command.ts";
import {
  answerApproval,
  answerInteractively,
  createAdminClient,
  listApprovals,
  showApproval,
  watchApprovals,
} from "./index.ts";

/** Options that name a running proctor and how to speak to it. */
type ApprovalFlags = Overrides & AccessFlags & { json?: boolean };

export const declareApprovals: Declare = ({ program, terminal, programs, finish }) => {
  const { nowMs } = programs;
  const approvals = program
    .command("approvals")
    .description("See and answer what waits for a person.")
    .addHelpText(
      "after",
      `
Speaks to a running proctor: at --url, PROCTOR_ADMIN_URL, or the admin listener of the config; with
the token in --token-file, PROCTOR_TOKEN, or admin.token in the data folder. An id may be its end.

Examples:
  proctor approvals answer                        one by one, with live refresh
  proctor approvals list
  proctor approvals show 4f1c09aa
  proctor approvals approve 4f1c09aa
  proctor approvals refuse 4f1c09aa --note "Move it to old/ instead."
  proctor approvals watch --json | my-notifier

Exit codes: 0 done, 1 not found, settled before or not reachable, 2 wrong usage.
`,
    );
  const command = (usage: string, description: string) =>
    speaksToAdmin(configured(approvals, usage), "approver or admin").description(description);
  const clientFor = (flags: ApprovalFlags) =>
    createAdminClient(accessFrom(flags, terminal.env, programs.loadConfig(flags)));

  command("list", "List what waits, newest first.")
    .option("--all", "also what was settled lately")
    .option("--json", "JSON lines")
    .action(async ({ all = false, json = false, ...flags }: ApprovalFlags & { all?: boolean }) =>
      finish(await listApprovals(terminal, clientFor(flags), { all, json, nowMs })),
    );
  command("show", "Show one: arguments, effects, rules and reason.")
    .argument("<id>", "its id, or the end of it")
    .option("--json", "as JSON")
    .action(async (id: string, { json = false, ...flags }: ApprovalFlags) =>
      finish(await showApproval(terminal, clientFor(flags), { id, json, nowMs })),
    );
  for (const [action, what] of [
    ["approve", "Say yes to exactly this call, once."],
    ["refuse", "Say no; the identical call stays refused until the question would have expired."],
  ] as const) {
    command(action, what)
      .argument("<id>", "its id, or the end of it")
      .option("--note <text>", "for the model: why, and what to do instead")
      .option("--json", "as JSON")
      .action(
        async (id: string, { json = false, note, ...flags }: ApprovalFlags & { note?: string }) =>
          finish(await answerApproval(terminal, clientFor(flags), { id, action, note, json })),
      );
  }
  command("watch", "Print what waits, and each change as it comes.")
    .option("--json", "JSON lines")
    .action(async ({ json = false, ...flags }: ApprovalFlags) =>
      finish(await watchApprovals(terminal, clientFor(flags), { json, nowMs })),
    );
  command("answer", "Answer interactively: a list that refreshes itself. Needs a terminal.").action(
    async (flags: ApprovalFlags) => {
      if (!terminal.interactive) {
        throw new ProctorError(
          "invalid_request",
          "`approvals answer` needs a terminal; use list, approve and refuse",
        );
      }
      finish(await answerInteractively(terminal, clientFor(flags), nowMs));
    },
  );
};
