// GitHub Copilot CLI (1.0.102): native names, and the Claude-like ones of its PascalCase hooks.

import type { Catalogue } from "./catalogue.ts";
import { textEditor } from "./text-editor.ts";

const nothing = { inspects: true };

export const copilot: Catalogue = {
  reading: "unsure",
  tools: {
    bash: {
      bash: "$.command",
      harmless: ["description", "shellId", "mode", "initial_wait", "detach"],
    },
    Bash: { bash: "$.command", harmless: ["description"] },
    write_bash: {
      unknown: "text typed into a running program",
      harmless: ["shellId", "input", "delay"],
    },
    read_bash: { ...nothing, harmless: ["shellId", "delay"] },
    stop_bash: { execute: "kill", harmless: ["shellId"] },
    list_bash: nothing,
    view: { read: "$.path", harmless: ["view_range", "forceReadLargeFiles"] },
    Read: { read: "$.path", harmless: ["view_range"] },
    create: { overwrite: "$.path", harmless: ["file_text"] },
    edit: { write: "$.path", harmless: ["old_str", "new_str"] },
    apply_patch: { patch: ["$.input?", "$.patch?"] },
    Edit: { patch: ["$.input?", "$.patch?"] },
    str_replace_editor: textEditor,
    glob: { list: "$.path ?? .", recursive: true, harmless: ["pattern"] },
    grep: {
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
      ],
    },
    rg: {
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
      ],
    },
    web_fetch: { connect: "$.url", harmless: ["max_length", "start_index", "raw"] },
    report_intent: { ...nothing, harmless: ["intent"] },
  },
};
