// The commands of Anthropic's text editor tools (20241022 to 20250728), which clients carry out.

import type { Mapping } from "../mapping.ts";

export const textEditor: Mapping = {
  switch: {
    on: "$.command",
    cases: {
      // A file's content, or what is in a folder.
      view: { read: "$.path", harmless: ["view_range", "max_characters"] },
      create: { overwrite: "$.path", harmless: ["file_text"] },
      str_replace: { write: "$.path", harmless: ["old_str", "new_str"] },
      insert: { write: "$.path", harmless: ["insert_line", "insert_text", "new_str"] },
      undo_edit: { write: "$.path" },
    },
  },
};
