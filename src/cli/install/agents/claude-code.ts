// Claude Code: settings.json. `onFailure: "block"` (2.1.295 and later) denies where the hook itself fails.

import { join } from "node:path";
import type { JsonObject } from "../../../core/json.ts";
import {
  entriesFor,
  type HookCommand,
  type Installer,
  type Places,
  type Purpose,
  type Scope,
  timeoutS,
  wordsOf,
} from "../installer.ts";

const events = {
  PreToolUse: "question",
  PostToolUse: "report",
  PostToolUseFailure: "report",
  UserPromptSubmit: "report",
  Stop: "report",
  SessionEnd: "report",
} as const;

function folderOf({ home, env }: Places): string {
  return env.CLAUDE_CONFIG_DIR ?? join(home, ".claude");
}

function fileOf(scope: Scope, places: Places): string {
  switch (scope) {
    case "managed":
      return "/etc/claude-code/managed-settings.json";
    case "user":
      return join(folderOf(places), "settings.json");
    case "project":
      return join(places.project, ".claude", "settings.json");
  }
}

function entryOf(hook: HookCommand, purpose: Purpose): JsonObject {
  // Without a shell: nothing is read twice.
  const [command = "", ...args] = wordsOf(hook, "claude-code", purpose);
  const timeout = timeoutS(purpose);
  const blocks = purpose === "question" && !hook.dangerouslyFailOpen;
  const entry: JsonObject = { type: "command", command, args, timeout };
  return { hooks: [blocks ? { ...entry, onFailure: "block" } : entry] };
}

export const claudeCode: Installer = {
  name: "claude-code",
  title: "Claude Code",
  evidence: "run",
  pieces: (scope, hook, places) => [
    {
      kind: "settings",
      path: fileOf(scope, places),
      events: entriesFor(events, (purpose) => entryOf(hook, purpose)),
      // Nobody else's hook answers first, and no project switches this one off.
      ...(scope === "managed" && { base: { allowManagedHooksOnly: true } }),
    },
  ],
  switches: (places) => [
    join(folderOf(places), "settings.json"),
    join(places.project, ".claude", "settings.json"),
    join(places.project, ".claude", "settings.local.json"),
  ],
  afterwards: [],
  holes: [
    "Files that a person names with @ are read without a hook.",
    "`disableAllHooks` in any of its settings files switches the hooks off, unless they are managed.",
    "Versions before 2.1.295 do not know onFailure: there a hook that cannot be started lets calls through.",
  ],
};
