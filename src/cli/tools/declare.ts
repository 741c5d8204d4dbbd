// Declares proctor tools with its sub-commands.

import type { Overrides } from "../../config.ts";
import { type AccessFlags, accessFrom, createAdminRequest, speaksToAdmin } from "../admin.ts";
import { configured, type Declare } from "../command.ts";
import { acknowledgeTool, listTools, showTool } from "./index.ts";

type ToolFlags = Overrides & AccessFlags & { json?: boolean };

export const declareTools: Declare = ({ program, terminal, programs, finish }) => {
  const tools = program
    .command("tools")
    .description("See and acknowledge tools that a server changed under a running trajectory.")
    .addHelpText(
      "after",
      `
A tool whose name, description, schema or annotations are no longer what a trajectory was offered is
doubt about each of its calls, and refused by the shipped policy, until the admin has looked at both
definitions. The word holds for every trajectory and agent, so it takes the admin token.

Speaks to a running proctor: at --url, PROCTOR_ADMIN_URL, or the admin listener of the config; with
the token in --token-file, PROCTOR_TOKEN, or admin.token in the data folder.

Examples:
  proctor tools list
  proctor tools show 1f0c22ab90d3e4f5
  proctor tools acknowledge 1f0c22ab90d3e4f5 --note "the new release"
  proctor tools list --exit-code --json | my-notifier

Exit codes: 0 done, 1 not found, not allowed or not reachable (list --exit-code: some are not
acknowledged), 2 wrong usage.
`,
    );
  const command = (usage: string, description: string) =>
    speaksToAdmin(configured(tools, usage), "admin").description(description);
  const adminFor = (flags: ToolFlags) =>
    createAdminRequest(accessFrom(flags, terminal.env, programs.loadConfig(flags)));

  command("list", "List what changed and nobody acknowledged, newest first.")
    .option("--all", "also what was acknowledged")
    .option("--exit-code", "end with 1 where there is any that nobody acknowledged")
    .option("--json", "JSON lines")
    .action(
      async ({
        all = false,
        json = false,
        exitCode: check = false,
        ...flags
      }: ToolFlags & { all?: boolean; exitCode?: boolean }) =>
        finish(await listTools(terminal, adminFor(flags), { all, json, check })),
    );
  command("show", "Show one: both digests, and what is different.")
    .argument("<id>", "its id, or the tool's name where it has one change")
    .option("--json", "as JSON, with both definitions")
    .action(async (id: string, { json = false, ...flags }: ToolFlags) =>
      finish(await showTool(terminal, adminFor(flags), { id, json })),
    );
  command("acknowledge", "Say that the tool may be what it is now, in every trajectory.")
    .argument("<id>", "its id, as `list` and `show` have it")
    .option("--note <text>", "for the record: why")
    .option("--json", "as JSON")
    .action(async (id: string, { json = false, note, ...flags }: ToolFlags & { note?: string }) =>
      finish(await acknowledgeTool(terminal, adminFor(flags), { id, note, json })),
    );
};
