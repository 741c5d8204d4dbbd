// Cursor: hooks.json, as it documents it.

import { join } from "node:path";
import type { JsonObject } from "../../../core/json.ts";
import {
  entriesFor,
  type HookCommand,
  type Installer,
  type Places,
  type Purpose,
  type Scope,
  shellOf,
  timeoutS,
  wordsOf,
} from "../installer.ts";

const events = {
  preToolUse: "question",
  postToolUse: "report",
  postToolUseFailure: "report",
  beforeSubmitPrompt: "report",
  stop: "report",
  sessionEnd: "report",
} as const;

function fileOf(scope: Scope, { home, project }: Places): string {
  switch (scope) {
    case "managed":
      return "/etc/cursor/hooks.json";
    case "user":
      return join(home, ".cursor", "hooks.json");
    case "project":
      return join(project, ".cursor", "hooks.json");
  }
}

function entryOf(hook: HookCommand, purpose: Purpose): JsonObject {
  const isQuestion = purpose === "question";
  const command = shellOf(wordsOf(hook, "cursor", purpose));
  const timeout = timeoutS(purpose);
  const entry: JsonObject = { type: "command", command, timeout };
  return isQuestion && !hook.dangerouslyFailOpen ? { ...entry, failClosed: true } : entry;
}

export const cursor: Installer = {
  name: "cursor",
  title: "Cursor",
  evidence: "documented",
  pieces: (scope, hook, places) => [
    {
      kind: "settings",
      path: fileOf(scope, places),
      base: { version: 1 },
      events: entriesFor(events, (purpose) => entryOf(hook, purpose)),
    },
  ],
  switches: (places) => [fileOf("user", places), fileOf("project", places)],
  afterwards: [],
  holes: [
    "Built to its documentation: nobody has seen it work with the program itself.",
    "It may also run the hooks of Claude Code; where both are installed each call is judged twice.",
    "Which MCP server a tool belongs to is not told: such calls are asked about.",
  ],
};
