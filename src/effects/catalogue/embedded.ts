// The embedded tools. They resolve paths lexically and never overwrite when they move.

import type { Catalogue } from "./catalogue.ts";

export const embedded: Catalogue = {
  reading: "exact",
  tools: {
    read_text_file: { read: "$.path", harmless: ["head", "tail"] },
    read_media_file: { read: "$.path" },
    read_multiple_files: { read: "$.paths[*]" },
    write_file: { overwrite: "$.path", harmless: ["content"] },
    edit_file: {
      harmless: ["edits"],
      switch: {
        on: "$.dryRun",
        cases: { true: { read: "$.path" }, false: { write: "$.path" } },
        absent: { write: "$.path" },
      },
    },
    create_directory: { create: "$.path" },
    list_directory: { list: "$.path" },
    list_directory_with_sizes: { list: "$.path", harmless: ["sortBy"] },
    directory_tree: { list: "$.path", recursive: true, harmless: ["excludePatterns"] },
    move_file: { move: { from: "$.source", to: "$.destination", overwrites: "no" } },
    archive_file: { move: { from: "$.path", to: "archive/**", overwrites: "no" } },
    delete_file: { delete: "$.path", recursive: "$.recursive?" },
    search_files: {
      list: "$.path",
      recursive: true,
      harmless: ["pattern", "excludePatterns"],
    },
    get_file_info: { list: "$.path", permissions: true },
    list_allowed_directories: { inspects: true },
    bash: { bash: "$.command", cwd: "$.workdir?", harmless: ["timeoutMs"] },
  },
};
