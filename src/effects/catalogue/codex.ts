// OpenAI Codex CLI (0.169.0), by the names of its wire and of its hooks, which say Bash for exec_command.

import type { Mapping } from "../mapping.ts";
import type { Catalogue } from "./catalogue.ts";

/** The model asks to run without Codex's own sandbox. */
const sandbox = {
  on: "$.sandbox_permissions",
  cases: {
    use_default: {},
    require_escalated: { privilege: "outside of the harness's sandbox" },
    with_escalated_permissions: { privilege: "outside of the harness's sandbox" },
  },
  absent: {},
} satisfies Mapping["switch"];

const waiting = ["yield_time_ms", "max_output_tokens", "timeout_ms", "timeout"];
const asking = ["justification", "prefix_rule"];

export const codex: Catalogue = {
  reading: "unsure",
  tools: {
    exec_command: {
      bash: "$.cmd",
      cwd: "$.workdir?",
      harmless: [...waiting, ...asking, "login", "tty"],
      switch: sandbox,
    },
    shell_command: {
      bash: "$.command",
      cwd: "$.workdir?",
      harmless: [...waiting, ...asking, "login"],
      switch: sandbox,
    },
    shell: {
      argv: "$.command",
      cwd: "$.workdir?",
      harmless: [...waiting, ...asking],
      switch: sandbox,
    },
    Bash: { bash: "$.command" },
    write_stdin: {
      harmless: ["session_id", ...waiting],
      switch: {
        on: "$.chars",
        // Nothing typed: it waits for output.
        cases: { "": { inspects: true } },
        absent: { inspects: true },
        otherwise: { unknown: "text typed into a running program" },
      },
    },
    // A freeform tool: front ends hand its text over as `input`, hooks as `command`.
    apply_patch: { patch: ["$.input?", "$.command?"] },
    view_image: { read: "$.path", harmless: ["detail"] },
    update_plan: { inspects: true, harmless: ["plan", "explanation"] },
    tool_search: { inspects: true, harmless: ["query", "limit"] },
    web_search: { connect: "*", harmless: ["query", "action"] },
  },
};
