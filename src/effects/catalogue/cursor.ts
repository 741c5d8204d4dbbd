// Cursor (3.x), whose tools are known from its hooks only: paths go by several names.

import type { Catalogue } from "./catalogue.ts";

const path = ["$.path?", "$.file_path?", "$.target_file?"];

export const cursor: Catalogue = {
  reading: "unsure",
  tools: {
    Shell: {
      bash: "$.command",
      cwd: "$.working_directory?",
      harmless: ["description", "timeout", "block_until_ms", "sandbox"],
    },
    Read: { read: path, harmless: ["offset", "limit"] },
    Write: { overwrite: path, harmless: ["content", "contents"] },
    Delete: { delete: path },
    Grep: {
      read: "$.path ?? .",
      recursive: true,
      harmless: [
        "pattern",
        "glob",
        "output_mode",
        "type",
        "-i",
        "-n",
        "-A",
        "-B",
        "-C",
        "multiline",
        "head_limit",
        "offset",
      ],
    },
  },
};
