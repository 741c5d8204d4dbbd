// The catalogues, by the name that an upstream's config gives. A new one is a file here, a line in
// this list and its golden calls.

import { anthropic } from "./anthropic.ts";
import type { Catalogue } from "./catalogue.ts";
import { claudeCode } from "./claude-code.ts";
import { cline } from "./cline.ts";
import { codex } from "./codex.ts";
import { copilot } from "./copilot.ts";
import { cursor } from "./cursor.ts";
import { embedded } from "./embedded.ts";
import { filesystem } from "./filesystem.ts";
import { geminiCli } from "./gemini-cli.ts";
import { openai } from "./openai.ts";
import { opencode } from "./opencode.ts";
import { shell } from "./shell.ts";
import { desktopCommander, mcpServerCommands } from "./shell-servers.ts";

export const catalogueNames = [
  "embedded",
  "filesystem",
  "mcp-server-commands",
  "desktop-commander",
  "shell",
  "claude-code",
  "codex",
  "gemini-cli",
  "copilot",
  "opencode",
  "cline",
  "cursor",
  "anthropic",
  "openai",
] as const;

export type CatalogueName = (typeof catalogueNames)[number];

export const catalogues: Readonly<Record<CatalogueName, Catalogue>> = {
  embedded,
  filesystem,
  "mcp-server-commands": mcpServerCommands,
  "desktop-commander": desktopCommander,
  shell,
  "claude-code": claudeCode,
  codex,
  "gemini-cli": geminiCli,
  copilot,
  opencode,
  cline,
  cursor,
  anthropic,
  openai,
};
