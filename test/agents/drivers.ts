// How each agent is started without a network, and what its model says to run a command.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { HookAgentName } from "../../src/frontends/hooks/forms.ts";
import type { AskedCall } from "./mock-llm.ts";

export type DrivenAgent = Exclude<HookAgentName, "cursor" | "cline">;

export interface Stage {
  readonly home: string;
  readonly work: string;
  readonly llm: string;
}

export interface Driver {
  /** Below `node_modules`; which versions, `run` says. */
  readonly program: string;
  shell(command: string): AskedCall;
  /** Settings beside the hooks. */
  prepare?(stage: Stage): void;
  readonly argv: readonly string[];
  env(stage: Stage): Readonly<Record<string, string>>;
}

function put(path: string, value: string | object): void {
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, typeof value === "string" ? value : JSON.stringify(value));
}

export const drivers: Readonly<Record<DrivenAgent, Driver>> = {
  "claude-code": {
    program: "@anthropic-ai/claude-code-linux-x64/claude",
    shell: (command) => ({ name: "Bash", input: { command, description: "a command" } }),
    argv: ["-p", "x", "--allowedTools", "Bash"],
    env: ({ llm }) => ({
      ANTHROPIC_BASE_URL: llm,
      ANTHROPIC_API_KEY: "x",
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    }),
  },
  codex: {
    program: ".bin/codex",
    shell: (cmd) => ({ name: "exec_command", input: { cmd } }),
    prepare: ({ home, llm }) =>
      put(
        join(home, ".codex", "config.toml"),
        `model = "mock"\nmodel_provider = "mock"\n[model_providers.mock]\nname = "mock"\nbase_url = "${llm}/v1"\nwire_api = "responses"\nenv_key = "MOCK_KEY"\n`,
      ),
    argv: [
      "exec",
      "--skip-git-repo-check",
      "--dangerously-bypass-approvals-and-sandbox",
      // Nobody is there who could trust the hooks.
      "--dangerously-bypass-hook-trust",
      "x",
    ],
    env: () => ({ MOCK_KEY: "x" }),
  },
  "gemini-cli": {
    program: ".bin/gemini",
    shell: (command) => ({ name: "run_shell_command", input: { command, description: "d" } }),
    prepare: ({ home }) =>
      put(join(home, ".gemini", "settings.json"), {
        security: { auth: { selectedType: "gemini-api-key" }, folderTrust: { enabled: false } },
      }),
    argv: ["-p", "x", "--approval-mode", "yolo", "-m", "gemini-2.5-flash"],
    env: ({ llm }) => ({ GEMINI_API_KEY: "x", GOOGLE_GEMINI_BASE_URL: llm }),
  },
  copilot: {
    program: ".bin/copilot",
    shell: (command) => ({ name: "bash", input: { command, description: "d" } }),
    argv: ["-p", "x", "--allow-all-tools"],
    env: ({ llm }) => ({
      COPILOT_PROVIDER_BASE_URL: `${llm}/v1`,
      COPILOT_PROVIDER_WIRE_API: "responses",
      COPILOT_PROVIDER_API_KEY: "x",
      COPILOT_MODEL: "gpt-5.4",
      COPILOT_OFFLINE: "true",
    }),
  },
  opencode: {
    program: "opencode-linux-x64/bin/opencode",
    shell: (command) => ({ name: "bash", input: { command, description: "d" } }),
    prepare: ({ work, llm }) =>
      put(join(work, "opencode.json"), {
        provider: {
          mock: {
            npm: "@ai-sdk/openai-compatible",
            options: { baseURL: `${llm}/v1`, apiKey: "x" },
            models: { m: { tool_call: true } },
          },
        },
        model: "mock/m",
        permission: "allow",
      }),
    argv: ["run", "x"],
    env: () => ({}),
  },
};
