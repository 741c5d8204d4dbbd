// Client tools of OpenAI's Responses API. Arguments are the call item's own members.

import type { Catalogue } from "./catalogue.ts";

export const openai: Catalogue = {
  reading: "unsure",
  tools: {
    shell: {
      bash: "$.action.commands[*]",
      harmless: ["$.action.timeout_ms", "$.action.max_output_length"],
    },
    local_shell: {
      argv: "$.action.command",
      cwd: "$.action.working_directory?",
      // `env` may be empty and `user` null: any other variable, or any user, is doubt.
      harmless: ["$.action.type", "$.action.timeout_ms", "$.action.env.TERM", "$.action.user._"],
    },
    apply_patch: {
      harmless: ["$.operation.diff"],
      switch: {
        on: "$.operation.type",
        cases: {
          create_file: { overwrite: "$.operation.path" },
          update_file: { write: "$.operation.path" },
          delete_file: { delete: "$.operation.path" },
        },
      },
    },
  },
};
