// Golden calls of every catalogued tool: what they would do, in the order that it happens.

import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../src/core/json.ts";
import {
  type CatalogueName,
  catalogueNames,
  catalogues,
} from "../../src/effects/catalogue/index.ts";
import { mappingSchema } from "../../src/effects/mapping.ts";
import { catalogued, confined, effectsOf } from "./calls.ts";

type Row = [tool: string, given: JsonObject, ...effects: string[]];

const patch = [
  "*** Begin Patch",
  "*** Add File: new.ts",
  "+*** Delete File: not-this.ts",
  "*** Update File: src/a.ts",
  "*** Move to: src/b.ts",
  "@@ function",
  "-old",
  "+new",
  "*** Delete File: gone.ts",
  "*** End Patch",
].join("\n");

const patched = [
  "write /w/new.ts",
  "truncate? /w/new.ts",
  "write /w/src/a.ts",
  "move /w/src/a.ts to /w/src/b.ts, overwrites unknown",
  "delete /w/gone.ts",
];

const typed = "unknown: text typed into a running program";

const golden: Record<CatalogueName, Row[]> = {
  embedded: [
    ["read_text_file", { path: "a", head: 3 }, "read /w/a"],
    ["read_text_file", { path: "~/a" }, "read /w/~/a"],
    ["read_text_file", { path: "link/../a" }, "read /w/a"],
    ["read_media_file", { path: "/w/a.png" }, "read /w/a.png"],
    ["read_multiple_files", { paths: ["a", "../b"] }, "read /w/a", "read /b"],
    ["write_file", { path: "a", content: "rm -rf /" }, "write /w/a", "truncate? /w/a"],
    ["edit_file", { path: "a", edits: [{ oldText: "", newText: "" }] }, "write /w/a"],
    ["edit_file", { path: "a", edits: [], dryRun: false }, "write /w/a"],
    ["edit_file", { path: "a", edits: [], dryRun: true }, "read /w/a"],
    [
      "edit_file",
      { path: "a", edits: [], dryRun: "yes" },
      "unknown: what argument $.dryRun says is not described",
      "unknown: argument path is not described",
    ],
    ["create_directory", { path: "a/b" }, "write /w/a/b new"],
    ["list_directory", { path: "." }, "list /w"],
    ["list_directory_with_sizes", { path: "a", sortBy: "size" }, "list /w/a"],
    ["directory_tree", { path: "a", excludePatterns: ["x"] }, "list /w/a -r"],
    ["search_files", { path: ".", pattern: "**" }, "list /w -r"],
    ["move_file", { source: "a", destination: "b" }, "move /w/a to /w/b, overwrites no"],
    ["archive_file", { path: "a/b" }, "move /w/a/b to glob:/w/archive/**, overwrites no"],
    ["delete_file", { path: "a" }, "delete /w/a"],
    ["delete_file", { path: "a", recursive: true }, "delete /w/a -r"],
    ["get_file_info", { path: "a" }, "list /w/a with modes"],
    ["list_allowed_directories", {}, "execute list_allowed_directories, looks"],
    ["bash", { command: "rm a", timeoutMs: 5 }, "delete /w/a"],
    ["bash", { command: "rm a", workdir: "sub" }, "delete /w/sub/a"],
    ["bash", { command: "rm ../a", workdir: "sub" }, "delete /w/a"],
    ["bash", { command: 7 }, "unknown: argument $.command is no text"],
    ["bash", {}, "unknown: argument $.command is missing"],
    [
      "write_file",
      { path: "a", content: "", mode: "0777" },
      "unknown: argument mode is not described",
      "write /w/a",
      "truncate? /w/a",
    ],
    ["chmod_file", { path: "a" }, "unknown: no mapping describes it"],
  ],
  filesystem: [
    ["read_file", { path: "~/a" }, "read /home/me/a"],
    ["read_text_file", { path: "/etc/x/../y" }, "read /etc/y"],
    ["read_media_file", { path: "a" }, "read /w/a"],
    ["read_multiple_files", { paths: ["a"] }, "read /w/a"],
    ["write_file", { path: "a", content: "" }, "write /w/a", "truncate? /w/a"],
    ["edit_file", { path: "a", edits: [], dryRun: true }, "read /w/a"],
    ["edit_file", { path: "a", edits: [] }, "write /w/a"],
    ["create_directory", { path: "a" }, "write /w/a new"],
    ["list_directory", { path: "a" }, "list /w/a"],
    ["list_directory_with_sizes", { path: "a" }, "list /w/a"],
    ["directory_tree", { path: "a" }, "list /w/a -r"],
    ["move_file", { source: "a", destination: "b" }, "move /w/a to /w/b, overwrites unknown"],
    ["search_files", { path: "a", pattern: "x" }, "list /w/a -r"],
    ["get_file_info", { path: "a" }, "list /w/a with modes"],
    ["list_allowed_directories", {}, "execute list_allowed_directories, looks"],
  ],
  "mcp-server-commands": [
    ["run_command", { command: "rm a", workdir: "/x" }, "delete /x/a"],
    ["run_command", { command: "bash", stdin: "rm a" }, "delete /w/a"],
    ["run_command", { command: "cat > f", stdin: "rm a" }, "write /w/f", "truncate? /w/f"],
    [
      "run_command",
      { command: "sh", stdin: "# STDIN_\nrm a # STDIN\nrm b" },
      "delete /w/a",
      "delete /w/b",
    ],
  ],
  shell: [
    ["bash", { command: "rm a" }, "delete /w/a"],
    ["bash", { command: "bash -c 'rm \"$1\"' x.sh a", file: "x.sh" }, "delete /w/a"],
  ],
  "desktop-commander": [
    ["start_process", { command: "rm a", timeout_ms: 5 }, "delete /w/a"],
    ["start_process", { command: "rm a", timeout_ms: 5, shell: "bash" }, "delete /w/a"],
    [
      "start_process",
      { command: "rm a", shell: "powershell" },
      "unknown: the shell's language is not the one that was analysed",
      "delete /w/a",
    ],
    ["interact_with_process", { pid: 1, input: "rm a" }, typed],
    ["force_terminate", { pid: 1 }, "execute kill"],
    ["kill_process", { pid: 1 }, "execute kill"],
    ["read_process_output", { pid: 1 }, "execute read_process_output, looks"],
    ["read_file", { path: "~/a", offset: 0 }, "read /home/me/a"],
    ["read_file", { path: "https://x.org/a", isUrl: true }, "connect x.org"],
    ["read_multiple_files", { paths: ["a"] }, "read /w/a"],
    ["write_file", { path: "a", content: "" }, "write /w/a", "truncate? /w/a"],
    ["write_file", { path: "a", content: "", mode: "append" }, "write /w/a"],
    ["write_pdf", { path: "a", content: "" }, "write /w/a", "truncate? /w/a"],
    [
      "write_pdf",
      { path: "a", content: "", outputPath: "b" },
      "read /w/a",
      "write /w/b",
      "truncate? /w/b",
    ],
    ["edit_block", { file_path: "a", old_string: "", new_string: "" }, "write /w/a"],
    ["move_file", { source: "a", destination: "b" }, "move /w/a to /w/b, overwrites unknown"],
    ["start_search", { path: "a", pattern: "x" }, "list /w/a -r"],
    [
      "start_search",
      { path: "a", pattern: "x", searchType: "content" },
      "read /w/a -r",
      "list /w/a -r",
    ],
    [
      "set_config_value",
      { key: "blockedCommands", value: [] },
      "unknown: it can lift the server's own restrictions",
    ],
  ],
  "claude-code": [
    ["Bash", { command: "rm a", description: "x", run_in_background: true }, "delete /w/a"],
    [
      "Bash",
      { command: "rm a", dangerouslyDisableSandbox: true },
      "privilege outside of the harness's sandbox",
      "delete /w/a",
    ],
    ["Read", { file_path: "/x/a", offset: 1 }, "read /x/a"],
    ["Read", { file_path: "~/a" }, "read ~~/a~"],
    ["Write", { file_path: "/x/a", content: "" }, "write /x/a", "truncate? /x/a"],
    ["Edit", { file_path: "/x/a", old_string: "", new_string: "" }, "write /x/a"],
    ["Edit", { file_path: "/x/b/../a", old_string: "", new_string: "" }, "write ~/x/b/../a~"],
    ["NotebookEdit", { notebook_path: "/x/a", new_source: "", edit_mode: "delete" }, "write /x/a"],
    ["Glob", { pattern: "**" }, "list /w -r"],
    ["Grep", { pattern: "rm", path: "/x", "-n": true }, "read /x -r"],
    ["WebFetch", { url: "https://X.org:8443/a", prompt: "" }, "connect x.org"],
    [
      "WebFetch",
      { url: "file:///etc/passwd", prompt: "" },
      "unknown: an address that names no host",
    ],
    ["WebSearch", { query: "x" }, "connect *"],
    ["TodoWrite", { todos: [{ content: "rm" }] }, "execute TodoWrite, looks"],
    ["Monitor", { description: "", timeout_ms: 1, command: "rm a" }, "delete /w/a"],
    ["Monitor", { description: "", ws: { url: "wss://x.org" } }, "connect x.org"],
    ["Agent", { prompt: "delete everything" }, "unknown: no mapping describes it"],
    ["Task", { prompt: "x" }, "unknown: no mapping describes it"],
  ],
  codex: [
    ["exec_command", { cmd: "rm a", workdir: "/x", yield_time_ms: 1, tty: true }, "delete /x/a"],
    ["exec_command", { cmd: "rm a", workdir: null }, "delete /w/a"],
    [
      "exec_command",
      { cmd: "rm a", sandbox_permissions: "require_escalated", justification: "" },
      "privilege outside of the harness's sandbox",
      "delete /w/a",
    ],
    ["shell", { command: ["bash", "-lc", "rm 'a b'"] }, "delete /w/a b"],
    [
      "shell",
      { command: ["rm", "a;b", "$HOME", "it's"] },
      "delete /w/a;b",
      "delete /w/$HOME",
      "delete /w/it's",
    ],
    ["shell", { command: "rm a" }, "unknown: a command that is no array of texts"],
    ["shell_command", { command: "rm a" }, "delete /w/a"],
    ["Bash", { command: "rm a" }, "delete /w/a"],
    ["write_stdin", { session_id: 1, chars: "rm a\n" }, typed],
    ["write_stdin", { session_id: 1, chars: "" }, "execute write_stdin, looks"],
    ["apply_patch", { input: patch }, ...patched],
    ["apply_patch", { command: patch }, ...patched],
    ["apply_patch", {}, "unknown: nothing that it does is described"],
    ["view_image", { path: "a" }, "read /w/a"],
    ["update_plan", { plan: [] }, "execute update_plan, looks"],
  ],
  "gemini-cli": [
    [
      "run_shell_command",
      { command: "rm a", dir_path: "d", is_background: false },
      "delete /w/d/a",
    ],
    ["read_file", { file_path: "a", start_line: 1 }, "read /w/a"],
    ["write_file", { file_path: "a", content: "" }, "write /w/a", "truncate? /w/a"],
    ["replace", { file_path: "a", old_string: "", new_string: "", instruction: "" }, "write /w/a"],
    ["list_directory", { dir_path: "a" }, "list /w/a"],
    ["glob", { pattern: "*" }, "list /w -r"],
    ["grep_search", { pattern: "x", dir_path: "a" }, "read /w/a -r"],
    [
      "read_many_files",
      { include: ["a", "src/**", "b{1,2}"] },
      "read /w/a -r",
      "read glob:/w/src/** -r",
      "read ~b{1,2}~ -r",
    ],
    ["web_fetch", { prompt: "https://x.org" }, "connect *"],
  ],
  copilot: [
    ["bash", { command: "rm a", description: "" }, "delete /w/a"],
    ["write_bash", { shellId: "1", input: "rm a" }, typed],
    ["view", { path: "a" }, "read /w/a"],
    ["create", { path: "a", file_text: "" }, "write /w/a", "truncate? /w/a"],
    ["apply_patch", { input: patch }, ...patched],
    [
      "str_replace_editor",
      { command: "create", path: "a", file_text: "" },
      "write /w/a",
      "truncate? /w/a",
    ],
  ],
  opencode: [
    ["bash", { command: "rm a", description: "" }, "delete /w/a"],
    ["read", { filePath: "a" }, "read /w/a"],
    ["write", { filePath: "a", content: "" }, "write /w/a", "truncate? /w/a"],
    ["edit", { filePath: "a", oldString: "", newString: "" }, "write /w/a"],
    ["apply_patch", { patchText: patch }, ...patched],
    ["webfetch", { url: "https://x.org/" }, "connect x.org"],
  ],
  cline: [
    ["run_commands", { commands: ["rm a", "rm b"] }, "delete /w/a", "delete /w/b"],
    [
      "read_files",
      { files: [{ path: "a", start_line: 1 }, { path: "b" }] },
      "read /w/a",
      "read /w/b",
    ],
    [
      "read_files",
      { files: [{ path: "a" }, {}] },
      "unknown: argument $.files[*].path is missing",
      "read /w/a",
    ],
    ["apply_patch", { input: patch }, ...patched],
    ["fetch_web_content", { requests: [{ url: "https://x.org/" }] }, "connect x.org"],
  ],
  cursor: [
    ["Shell", { command: "rm a", working_directory: "/x" }, "delete /x/a"],
    ["Delete", { path: "a" }, "delete /w/a"],
    ["Write", { file_path: "a", contents: "" }, "write /w/a", "truncate? /w/a"],
    ["Read", {}, "unknown: nothing that it does is described"],
  ],
  anthropic: [
    ["bash", { command: "rm a" }, "delete /w/a"],
    ["bash", { restart: true }],
    ["bash", { restart: true, command: "rm a" }, "unknown: argument command is not described"],
    [
      "str_replace_based_edit_tool",
      { command: "view", path: "a", view_range: [1, 2] },
      "read /w/a",
    ],
    [
      "str_replace_based_edit_tool",
      { command: "create", path: "a", file_text: "" },
      "write /w/a",
      "truncate? /w/a",
    ],
    [
      "str_replace_based_edit_tool",
      { command: "str_replace", path: "a", old_str: "x" },
      "write /w/a",
    ],
    [
      "str_replace_editor",
      { command: "insert", path: "a", insert_line: 1, new_str: "" },
      "write /w/a",
    ],
    [
      "str_replace_based_edit_tool",
      { command: "remove", path: "a" },
      "unknown: what argument $.command says is not described",
      "unknown: argument path is not described",
    ],
    ["memory", { command: "delete", path: "/memories/a" }, "delete /memories/a -r"],
    [
      "memory",
      { command: "rename", old_path: "/memories/a", new_path: "/memories/b" },
      "move /memories/a to /memories/b, overwrites unknown",
    ],
  ],
  openai: [
    [
      "shell",
      { action: { commands: ["rm a", "rm b"], timeout_ms: 1 } },
      "delete /w/a",
      "delete /w/b",
    ],
    [
      "local_shell",
      {
        action: {
          type: "exec",
          command: ["rm", "a"],
          env: {},
          working_directory: "/x",
          user: null,
        },
      },
      "delete /x/a",
    ],
    [
      "local_shell",
      { action: { type: "exec", command: ["ls"], env: { PATH: "/x" }, user: "root" } },
      "unknown: argument action.env.PATH is not described",
      "unknown: argument action.user is not described",
      "list /w",
    ],
    ["apply_patch", { operation: { type: "delete_file", path: "a" } }, "delete /w/a"],
    ["apply_patch", { operation: { type: "update_file", path: "a", diff: "" } }, "write /w/a"],
    [
      "apply_patch",
      { operation: { type: "create_file", path: "a", diff: "" } },
      "write /w/a",
      "truncate? /w/a",
    ],
  ],
};

/** That the shell or program itself ran is tested where shells are. */
function withoutShell(effects: string[]): string[] {
  return effects.filter((effect) => !/^execute (bash|sh|cat)(, looks)?$/.test(effect));
}

describe.each(catalogueNames)("catalogue %s", (name) => {
  const analyser = catalogued(name);
  const context = name === "embedded" ? confined : undefined;

  it.each(golden[name])("%s %j", (tool, given, ...effects) => {
    expect(withoutShell(effectsOf(analyser, tool, given, context))).toEqual(effects);
  });

  it("is written in the mapping language", () => {
    for (const [tool, mapping] of Object.entries(catalogues[name].tools)) {
      const parsed = mappingSchema.safeParse(mapping);
      expect(parsed.error, tool).toBeUndefined();
    }
  });
});
