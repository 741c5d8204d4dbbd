// The commands about hooks: proctor hook, install and doctor.

import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { Overrides } from "../config.ts";
import { ProctorError } from "../core/errors.ts";
import { type HookAgentName, hookAgentNames, isHookAgent } from "../frontends/hooks/forms.ts";
import { type CommandLine, configured } from "./command.ts";
import { doctor } from "./doctor.ts";
import { install } from "./install/install.ts";
import type { HookCommand, Places, Scope } from "./install/installer.ts";

interface HookFlags extends Overrides {
  readonly url?: string;
  readonly tokenFile?: string;
  readonly dangerouslyFailOpen?: boolean;
  readonly json?: boolean;
}

interface InstallFlags extends HookFlags {
  readonly project?: boolean;
  readonly user?: boolean;
  readonly managed?: boolean;
  readonly remove?: boolean;
  readonly yes?: boolean;
}

/** Looked at before the program is loaded; here for the list of commands. */
export function declareHook({ program }: CommandLine): void {
  program
    .command("hook")
    .usage("AGENT [options]")
    .description("What an agent's hooks run for each tool call; `proctor hook --help` says more.")
    .action(() => {
      throw new ProctorError("invalid_request", "`hook` must be the first word");
    });
}

/** proctor install, and proctor doctor, which looks at what it wrote. */
export function declareInstall({ program, terminal, programs, finish }: CommandLine): void {
  configured(program, "install")
    .description("Have a coding agent ask proctor before each of its tool calls.")
    .argument("<agent>", hookAgentNames.join(", "))
    .option("--user", "for all that the user does (the default)")
    .option("--project", "for the project in this folder")
    .option("--managed", "print the administrator's file for a fleet, and touch nothing")
    .option("--remove", "take it out again; what others wrote stays")
    .option("--url <url>", "agent listener of proctor, if not that of the config")
    .option(
      "--token-file <file>",
      "file with the agent's token (default: agent.token in the data folder)",
    )
    .option("--dangerously-fail-open", "let calls through when proctor gives no answer")
    .option("-y, --yes", "write without asking")
    .option("--json", "what is changed as JSON; implies no question")
    .addHelpText(
      "after",
      `
The change is shown first, and written after a yes. What is there stays; a second time changes nothing.

Examples:
  proctor install claude-code
  proctor install codex --project --yes
  proctor install copilot --managed > proctor.json
  proctor install claude-code --remove

Exit codes: 0 as asked, 1 nothing was written, 2 wrong usage, or a file that cannot be changed.
`,
    )
    .action(async (agent: string, flags: InstallFlags) => {
      const config = programs.loadConfig(flags);
      const { remove = false, yes = false, json = false } = flags;
      finish(
        await install(terminal, {
          agent: agentNamed(agent),
          scope: scopeOf(flags),
          remove,
          yes,
          json,
          hook: hookOf(flags, config),
          places: placesOf(),
          data: config.data,
        }),
      );
    });

  function placesOf(): Places {
    return { home: homedir(), project: terminal.cwd, env: terminal.env };
  }

  function hookOf(
    { url, tokenFile, dangerouslyFailOpen = false }: HookFlags,
    { data, agentListener: { host, port } }: ReturnType<typeof programs.loadConfig>,
  ): HookCommand {
    const named = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
    const own = `http://${named.includes(":") ? `[${named}]` : named}:${port}`;
    const file =
      tokenFile === undefined ? join(data, "agent.token") : resolve(terminal.cwd, tokenFile);
    return { program: programs.self, url: url ?? own, tokenFile: file, dangerouslyFailOpen };
  }

  configured(program, "doctor")
    .description(
      "Say which coding agents are guarded, what gets past each, and what protects proctor.",
    )
    .option("--url <url>", "agent listener of proctor, if not that of the config")
    .option(
      "--token-file <file>",
      "file with the agent's token (default: agent.token in the data folder)",
    )
    .option("--json", "the findings as JSON")
    .addHelpText(
      "after",
      "\nExit codes: 0 what is installed is whole and proctor answers, 1 something is wrong.\n",
    )
    .action(async (flags: HookFlags) => {
      const config = programs.loadConfig(flags);
      finish(
        await doctor(terminal, {
          json: flags.json ?? false,
          hook: hookOf(flags, config),
          places: placesOf(),
          data: config.data,
          uid: programs.uid,
        }),
      );
    });
}

/** @throws ProctorError `invalid_request` */
function agentNamed(name: string): HookAgentName {
  if (isHookAgent(name)) return name;
  throw new ProctorError(
    "invalid_request",
    `no agent "${name}" is known; there are ${hookAgentNames.join(", ")}`,
  );
}

/** @throws ProctorError `invalid_request` where several are asked for */
function scopeOf({ project = false, user = false, managed = false }: InstallFlags): Scope {
  const asked = Object.entries({ project, user, managed }).filter(([, is]) => is);
  if (asked.length > 1) {
    throw new ProctorError("invalid_request", "give one of --project, --user and --managed");
  }
  if (project) return "project";
  return managed ? "managed" : "user";
}
