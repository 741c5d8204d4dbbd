// The agents whose hooks proctor answers. A new one is a file here, a line in this list and in `forms.ts`, and its
// golden events.

import type { HookAgent } from "../agent.ts";
import type { HookAgentName } from "../forms.ts";
import { claudeCode } from "./claude-code.ts";
import { cline } from "./cline.ts";
import { codex } from "./codex.ts";
import { copilot } from "./copilot.ts";
import { cursor } from "./cursor.ts";
import { geminiCli } from "./gemini-cli.ts";
import { opencode } from "./opencode.ts";

export const hookAgents: Readonly<Record<HookAgentName, HookAgent>> = {
  "claude-code": claudeCode,
  codex,
  "gemini-cli": geminiCli,
  opencode,
  copilot,
  cursor,
  cline,
};
