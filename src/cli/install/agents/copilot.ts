// GitHub Copilot CLI: a file of our own among its hooks. A hook that fails denies; one that is too late does not.

import { join } from "node:path";
import type { JsonObject } from "../../../core/json.ts";
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
  preToolUse: "question",
  postToolUse: "report",
  postToolUseFailure: "report",
  userPromptSubmitted: "report",
  agentStop: "report",
  sessionEnd: "report",
} as const;

function folderOf({ home, env }: Places): string {
  return join(env.COPILOT_HOME ?? join(home, ".copilot"), "hooks");
}

function fileOf(scope: Scope, places: Places): string {
  switch (scope) {
    case "managed":
      return "/etc/github-copilot/policy.d/proctor.json";
    case "user":
      return join(folderOf(places), "proctor.json");
    case "project":
      return join(places.project, ".github", "hooks", "proctor.json");
  }
}

function entryOf(hook: HookCommand, purpose: Purpose): JsonObject {
  const bash = guardedLine(hook, "copilot", purpose);
  return { type: "command", bash, timeoutSec: timeoutS(purpose) };
}

export const copilot: Installer = {
  name: "copilot",
  title: "GitHub Copilot CLI",
  evidence: "run",
  pieces: (scope, hook, places) => [
    {
      kind: "settings",
      path: fileOf(scope, places),
      base: { version: 1 },
      events: entriesFor(events, (purpose) => entryOf(hook, purpose)),
    },
  ],
  switches: (places) => [folderOf(places), join(places.project, ".github", "hooks")],
  afterwards: [
    "Hooks of a project run only where its folder is trusted; those of the user always do.",
  ],
  holes: [
    "A hook that is killed when its time is over lets the call through; proctor's own deadline is shorter.",
    "Text typed into a running program (write_bash) is judged as what nobody can know.",
    "Calls have no ids: two alike that run at once are told apart by their order.",
  ],
};
