// Claude Code (2.1.330, sdk-tools.d.ts). Tools that start agents or workflows stay undescribed: what
// those do is judged where their own calls are seen.

import type { Catalogue } from "./catalogue.ts";

const nothing = { inspects: true };
const search = [
  "pattern",
  "glob",
  "output_mode",
  "-A",
  "-B",
  "-C",
  "context",
  "-n",
  "-i",
  "-o",
  "type",
  "head_limit",
  "offset",
  "multiline",
];

export const claudeCode: Catalogue = {
  reading: "unsure",
  tools: {
    Bash: {
      bash: "$.command",
      harmless: ["timeout", "description", "run_in_background"],
      switch: {
        on: "$.dangerouslyDisableSandbox",
        cases: { true: { privilege: "outside of the harness's sandbox" }, false: {} },
        absent: {},
      },
    },
    Monitor: {
      bash: "$.command?",
      connect: "$.ws.url?",
      harmless: ["description", "timeout_ms", "persistent", "$.ws.protocols"],
    },
    Read: { read: "$.file_path", harmless: ["offset", "limit", "pages", "allow_large"] },
    Write: { overwrite: "$.file_path", harmless: ["content"] },
    Edit: { write: "$.file_path", harmless: ["old_string", "new_string", "replace_all"] },
    MultiEdit: { write: "$.file_path", harmless: ["edits"] },
    NotebookRead: { read: "$.notebook_path", harmless: ["cell_id"] },
    NotebookEdit: {
      write: "$.notebook_path",
      harmless: ["cell_id", "new_source", "cell_type", "edit_mode"],
    },
    Glob: { list: "$.path ?? .", recursive: true, harmless: ["pattern"] },
    Grep: { read: "$.path ?? .", recursive: true, harmless: search },
    LS: { list: "$.path", harmless: ["ignore"] },
    WebFetch: { connect: "$.url", harmless: ["prompt", "offset"] },
    WebSearch: { connect: "*", harmless: ["query", "allowed_domains", "blocked_domains"] },
    TaskStop: { execute: "kill", harmless: ["task_id", "shell_id"] },
    KillShell: { execute: "kill", harmless: ["shell_id"] },
    BashOutput: { ...nothing, harmless: ["bash_id", "filter"] },
    TaskOutput: { ...nothing, harmless: ["task_id", "block", "timeout"] },
    TodoWrite: { ...nothing, harmless: ["todos"] },
    TaskCreate: { ...nothing, harmless: ["subject", "description", "activeForm", "metadata"] },
    TaskGet: { ...nothing, harmless: ["taskId"] },
    TaskList: nothing,
    TaskUpdate: {
      ...nothing,
      harmless: [
        "taskId",
        "subject",
        "description",
        "activeForm",
        "status",
        "addBlocks",
        "addBlockedBy",
        "owner",
        "metadata",
      ],
    },
    AskUserQuestion: { ...nothing, harmless: ["questions", "answers", "metadata"] },
    EnterPlanMode: nothing,
    ExitPlanMode: { ...nothing, harmless: ["plan", "allowedPrompts"] },
    ToolSearch: { ...nothing, harmless: ["query", "max_results"] },
  },
};
