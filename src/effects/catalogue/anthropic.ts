// Client tools of Anthropic's API, with the names that their types prescribe.

import type { Catalogue } from "./catalogue.ts";
import { textEditor } from "./text-editor.ts";

export const anthropic: Catalogue = {
  reading: "unsure",
  tools: {
    // bash_20241022, bash_20250124
    bash: {
      switch: {
        on: "$.restart",
        cases: { true: { inspects: true }, false: { bash: "$.command" } },
        absent: { bash: "$.command" },
      },
    },
    str_replace_based_edit_tool: textEditor,
    str_replace_editor: textEditor,
    // memory_20250818; folders are deleted with what is in them.
    memory: {
      switch: {
        on: "$.command",
        cases: {
          view: { read: "$.path", harmless: ["view_range"] },
          create: { overwrite: "$.path", harmless: ["file_text"] },
          str_replace: { write: "$.path", harmless: ["old_str", "new_str"] },
          insert: { write: "$.path", harmless: ["insert_line", "insert_text"] },
          delete: { delete: "$.path", recursive: true },
          rename: { move: { from: "$.old_path", to: "$.new_path" } },
        },
      },
    },
  },
};
