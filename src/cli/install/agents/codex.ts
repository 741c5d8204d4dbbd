// OpenAI Codex CLI: hooks.json. A hook that fails or is too late lets the call through, so a shell stands around it.

import { join } from "node:path";
import {
  entriesFor,
  guardedLine,
  type HookCommand,
  type Installer,
  type Places,
  type Purpose,
  timeoutS,
} from "../installer.ts";
import { ownMark } from "../piece.ts";

const events = {
  PreToolUse: "question",
  PostToolUse: "report",
  UserPromptSubmit: "report",
  Stop: "report",
} as const;

function folderOf({ home, env }: Places): string {
  return env.CODEX_HOME ?? join(home, ".codex");
}

function fileOf(scope: "user" | "project", places: Places): string {
  const folder = scope === "user" ? folderOf(places) : join(places.project, ".codex");
  return join(folder, "hooks.json");
}

function hookOf(hook: HookCommand, purpose: Purpose) {
  const command = guardedLine(hook, "codex", purpose);
  return { type: "command", command, timeout: timeoutS(purpose) };
}

/** What the administrator requires is TOML, and trusted without anybody's word. A JSON text is a string there too. */
function requirements(hook: HookCommand): string {
  const tables = Object.entries(events).map(([event, purpose]) => {
    const { type, command, timeout } = hookOf(hook, purpose);
    const members = `type = "${type}"\ncommand = ${JSON.stringify(command)}\ntimeout = ${timeout}`;
    return `[[hooks.${event}]]\n[[hooks.${event}.hooks]]\n${members}\n`;
  });
  return `# ${ownMark} codex --managed\`.\n${tables.join("\n")}`;
}

export const codex: Installer = {
  name: "codex",
  title: "OpenAI Codex CLI",
  evidence: "run",
  pieces(scope, hook, places) {
    if (scope === "managed") {
      return [{ kind: "file", path: "/etc/codex/requirements.toml", text: requirements(hook) }];
    }
    const entry = (purpose: Purpose) => ({ hooks: [hookOf(hook, purpose)] });
    return [{ kind: "settings", path: fileOf(scope, places), events: entriesFor(events, entry) }];
  },
  switches: (places) => [
    join(folderOf(places), "config.toml"),
    join(folderOf(places), "hooks.json"),
    join(places.project, ".codex", "config.toml"),
    join(places.project, ".codex", "hooks.json"),
  ],
  afterwards: [
    "Start codex, and trust the hooks under /hooks: until then, and after each change, it skips them without a word.",
  ],
  holes: [
    "Text typed into a running program (write_stdin) has no hook (openai/codex#46372): starting a shell or interpreter that would read it is asked about instead, and the LLM pass-through sees it.",
    "Hooks that nobody has trusted are skipped. Only hooks that the administrator manages need no trust.",
    "A hook that is killed when its time is over lets the call through; proctor's own deadline is shorter.",
    "Exit statuses are not told: a command that failed is taken to have succeeded.",
  ],
};
