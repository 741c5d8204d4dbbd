// Gemini CLI: settings.json. A hook that fails without a word, or is too late, lets the call through.

import { join } from "node:path";
import {
  entriesFor,
  guardedLine,
  type HookCommand,
  type Installer,
  type Places,
  type Purpose,
  type Scope,
  timeoutS,
} from "../installer.ts";

const events = {
  BeforeTool: "question",
  AfterTool: "report",
  BeforeAgent: "report",
  AfterAgent: "report",
  SessionEnd: "report",
} as const;

function fileOf(scope: Scope, { home, project }: Places): string {
  switch (scope) {
    case "managed":
      return "/etc/gemini-cli/settings.json";
    case "user":
      return join(home, ".gemini", "settings.json");
    case "project":
      return join(project, ".gemini", "settings.json");
  }
}

function entryOf(hook: HookCommand, purpose: Purpose) {
  const command = guardedLine(hook, "gemini-cli", purpose);
  // Milliseconds here.
  const timeout = timeoutS(purpose) * 1_000;
  return { hooks: [{ type: "command", name: "proctor", command, timeout }] };
}

export const geminiCli: Installer = {
  name: "gemini-cli",
  title: "Gemini CLI",
  evidence: "run",
  pieces: (scope, hook, places) => [
    {
      kind: "settings",
      path: fileOf(scope, places),
      events: entriesFor(events, (purpose) => entryOf(hook, purpose)),
    },
  ],
  switches: (places) => [fileOf("user", places), fileOf("project", places)],
  afterwards: [],
  holes: [
    "A hook that is killed when its time is over lets the call through; proctor's own deadline is shorter.",
    "Settings of a project stand before the user's, and may switch hooks off.",
    "Calls have no ids: two alike that run at once are told apart by their order.",
  ],
};
