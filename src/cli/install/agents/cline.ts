// Cline: scripts that are named after their events, as it documents them.

import { join } from "node:path";
import {
  guardedShell,
  type Installer,
  type Places,
  type Scope,
  shellOf,
  wordsOf,
} from "../installer.ts";
import { ownMark } from "../piece.ts";

function folderOf(scope: Scope, { home, project }: Places): string {
  switch (scope) {
    case "managed":
    case "user":
      return join(home, ".cline", "hooks");
    case "project":
      return join(project, ".clinerules", "hooks");
  }
}

const refusal = JSON.stringify({
  cancel: true,
  errorMessage: "the guard of this session, proctor, could not be started",
});

function script(command: string): string {
  return `#!/bin/sh\n# ${ownMark} cline\`.\n${command}\n`;
}

export const cline: Installer = {
  name: "cline",
  title: "Cline",
  evidence: "documented",
  pieces(scope, hook, places) {
    const folder = folderOf(scope, places);
    const question = guardedShell(hook, "cline", `echo '${refusal}'`);
    const report = shellOf(wordsOf(hook, "cline", "report"));
    return [
      { kind: "file", path: join(folder, "PreToolUse"), text: script(question), executable: true },
      { kind: "file", path: join(folder, "PostToolUse"), text: script(report), executable: true },
    ];
  },
  switches: (places) => [folderOf("user", places), folderOf("project", places)],
  afterwards: [],
  holes: [
    "Built to its documentation: nobody has seen it work with the program itself.",
    "A denial ends the whole run, and the model is told nothing: its hooks know no other.",
    "What happens when a hook is too late is not documented; proctor's own deadline is short.",
  ],
};
