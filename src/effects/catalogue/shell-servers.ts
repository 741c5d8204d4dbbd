// MCP servers that run commands: mcp-server-commands and desktop-commander.

import type { Catalogue } from "./catalogue.ts";

/** mcp-server-commands (0.5.0 read). */
export const mcpServerCommands: Catalogue = {
  reading: "unsure",
  tools: {
    run_command: { bash: "$.command", cwd: "$.workdir?", stdin: "$.stdin?" },
  },
};

const nothing = { inspects: true };

/** @wonderwhy-er/desktop-commander (0.2.52 read). Paths go through `path.resolve`. */
export const desktopCommander: Catalogue = {
  reading: "expanding",
  tools: {
    start_process: {
      bash: "$.command",
      harmless: ["timeout_ms", "verbose_timing", "origin"],
      // Absent: the configured shell, which is the system's.
      switch: {
        on: "$.shell",
        cases: { bash: {}, sh: {}, "/bin/bash": {}, "/bin/sh": {}, "/usr/bin/bash": {} },
        absent: {},
        otherwise: { unknown: "the shell's language is not the one that was analysed" },
      },
    },
    interact_with_process: {
      unknown: "text typed into a running program",
      harmless: ["pid", "input", "timeout_ms", "wait_for_prompt", "verbose_timing"],
    },
    force_terminate: { execute: "kill", harmless: ["pid"] },
    kill_process: { execute: "kill", harmless: ["pid"] },
    read_process_output: {
      ...nothing,
      harmless: ["pid", "timeout_ms", "offset", "length", "verbose_timing"],
    },
    list_processes: nothing,
    list_sessions: nothing,
    read_file: {
      harmless: ["offset", "length", "sheet", "range", "origin"],
      switch: {
        on: "$.isUrl",
        cases: { true: { connect: "$.path" }, false: { read: "$.path" } },
        absent: { read: "$.path" },
      },
    },
    read_multiple_files: { read: "$.paths[*]" },
    write_file: {
      harmless: ["content", "origin"],
      switch: {
        on: "$.mode",
        cases: { rewrite: { overwrite: "$.path" }, append: { write: "$.path" } },
        absent: { overwrite: "$.path" },
      },
    },
    write_pdf: {
      harmless: ["content"],
      switch: {
        on: "$.outputPath",
        cases: {},
        absent: { overwrite: "$.path" },
        otherwise: { read: "$.path", overwrite: "$.outputPath" },
      },
    },
    edit_block: {
      write: "$.file_path",
      harmless: ["old_string", "new_string", "expected_replacements", "range", "content", "origin"],
    },
    create_directory: { create: "$.path" },
    list_directory: { list: "$.path", recursive: true, harmless: ["depth", "origin"] },
    // It renames, over what is there.
    move_file: { move: { from: "$.source", to: "$.destination", overwrites: "unknown" } },
    get_file_info: { list: "$.path", permissions: true },
    start_search: {
      list: "$.path",
      recursive: true,
      harmless: [
        "pattern",
        "filePattern",
        "ignoreCase",
        "maxResults",
        "includeHidden",
        "contextLines",
        "timeout_ms",
        "earlyTermination",
        "literalSearch",
        "origin",
      ],
      switch: {
        on: "$.searchType",
        cases: { files: {}, content: { read: "$.path", recursive: true } },
        absent: {},
      },
    },
    get_more_search_results: { ...nothing, harmless: ["sessionId", "offset", "length"] },
    stop_search: { ...nothing, harmless: ["sessionId"] },
    list_searches: nothing,
    get_config: { ...nothing, harmless: ["origin"] },
    set_config_value: {
      unknown: "it can lift the server's own restrictions",
      harmless: ["key", "value", "origin"],
    },
    get_usage_stats: nothing,
    get_recent_tool_calls: { ...nothing, harmless: ["maxResults", "toolName", "since"] },
    get_prompts: { ...nothing, harmless: ["action", "promptId"] },
  },
};
