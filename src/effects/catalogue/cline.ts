// Cline CLI (3.0.65).

import type { Catalogue } from "./catalogue.ts";

export const cline: Catalogue = {
  reading: "unsure",
  tools: {
    run_commands: { bash: "$.commands[*]" },
    read_files: {
      read: "$.files[*].path",
      harmless: ["$.files[*].start_line", "$.files[*].end_line"],
    },
    apply_patch: { patch: "$.input" },
    search_codebase: { read: ".", recursive: true, harmless: ["queries"] },
    fetch_web_content: {
      connect: "$.requests[*].url",
      harmless: ["$.requests[*].prompt"],
    },
  },
};
