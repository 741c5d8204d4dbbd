// Gemini CLI (0.61.0 read).

import type { Catalogue } from "./catalogue.ts";

const nothing = { inspects: true };
const ignoring = ["respect_git_ignore", "respect_gemini_ignore", "file_filtering_options"];

export const geminiCli: Catalogue = {
  reading: "unsure",
  tools: {
    run_shell_command: {
      bash: "$.command",
      cwd: "$.dir_path?",
      harmless: ["description", "is_background", "delay_ms"],
    },
    read_file: { read: "$.file_path", harmless: ["start_line", "end_line"] },
    write_file: { overwrite: "$.file_path", harmless: ["content"] },
    replace: {
      write: "$.file_path",
      harmless: ["old_string", "new_string", "instruction", "allow_multiple"],
    },
    list_directory: { list: "$.dir_path", harmless: ["ignore", ...ignoring] },
    glob: {
      list: "$.dir_path ?? .",
      recursive: true,
      harmless: ["pattern", "case_sensitive", ...ignoring],
    },
    grep_search: {
      read: "$.dir_path ?? .",
      recursive: true,
      harmless: [
        "pattern",
        "include_pattern",
        "exclude_pattern",
        "names_only",
        "case_sensitive",
        "fixed_strings",
        "context",
        "after",
        "before",
        "no_ignore",
        "max_matches_per_file",
        "total_max_matches",
      ],
    },
    read_many_files: {
      read: "$.include[*]",
      globs: true,
      recursive: true,
      harmless: ["exclude", "recursive", "useDefaultExcludes", ...ignoring],
    },
    // The addresses stand in the prompt.
    web_fetch: { connect: "*", harmless: ["prompt"] },
    google_web_search: { connect: "*", harmless: ["query"] },
    write_todos: { ...nothing, harmless: ["todos"] },
    ask_user: { ...nothing, harmless: ["questions"] },
    enter_plan_mode: { ...nothing, harmless: ["reason"] },
    exit_plan_mode: { ...nothing, harmless: ["plan_filename"] },
    update_topic: { ...nothing, harmless: ["title", "summary", "strategic_intent"] },
    get_internal_docs: { ...nothing, harmless: ["path"] },
    list_background_processes: nothing,
    read_background_output: { ...nothing, harmless: ["pid", "lines", "delay_ms"] },
  },
};
