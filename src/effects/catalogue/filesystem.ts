// @modelcontextprotocol/server-filesystem (2026.8.31 read). It has no tool that deletes; move_file
// overwrote what was at the destination in earlier versions, and checks before it renames in later ones.

import type { Catalogue } from "./catalogue.ts";

const readText = { read: "$.path", harmless: ["head", "tail"] };

export const filesystem: Catalogue = {
  reading: "expanding",
  tools: {
    read_file: readText,
    read_text_file: readText,
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
    move_file: { move: { from: "$.source", to: "$.destination", overwrites: "unknown" } },
    search_files: {
      list: "$.path",
      recursive: true,
      harmless: ["pattern", "excludePatterns"],
    },
    get_file_info: { list: "$.path", permissions: true },
    list_allowed_directories: { inspects: true },
  },
};
