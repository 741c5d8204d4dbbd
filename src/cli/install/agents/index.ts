// The agents that hooks can be installed for. A new one is a file here and a line in this list.

import type { HookAgentName } from "../../../frontends/hooks/forms.ts";
import type { Installer } from "../installer.ts";
import { claudeCode } from "./claude-code.ts";
import { cline } from "./cline.ts";
import { codex } from "./codex.ts";
import { copilot } from "./copilot.ts";
import { cursor } from "./cursor.ts";
import { geminiCli } from "./gemini-cli.ts";
import { opencode } from "./opencode.ts";

export const installers: Readonly<Record<HookAgentName, Installer>> = {
  "claude-code": claudeCode,
  codex,
  "gemini-cli": geminiCli,
  opencode,
  copilot,
  cursor,
  cline,
};
