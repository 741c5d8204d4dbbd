// proctor run: a command with the guard around it.

import { resolve } from "node:path";
import type { Overrides } from "../config.ts";
import type { Task } from "../core/task.ts";
import { configured, type Declare, toSeed } from "./command.ts";

export interface RunRequest {
  readonly overrides: Overrides;
  readonly command: readonly string[];
  readonly task: Task;
  readonly agent?: string | undefined;
  readonly trajectory?: string | undefined;
  readonly bundle?: string | undefined;
  readonly json: boolean;
  /** A guard that runs already, and the files of the tokens to use it with. */
  readonly server?: string | undefined;
  readonly harnessTokenFile?: string | undefined;
  readonly tokenFile?: string | undefined;
}

interface RunFlags extends Overrides {
  readonly task: string;
  readonly class: string;
  readonly seed?: number;
  readonly condition?: string;
  readonly agent?: string;
  readonly trajectory?: string;
  readonly bundle?: string;
  readonly json?: boolean;
  readonly server?: string;
  readonly harnessTokenFile?: string;
  readonly tokenFile?: string;
}

const help = `
Starts a guard on a free port, opens a trajectory for the task, runs the command, ends the trajectory with it, and says on
standard error what came of it. The command finds in its environment:

  SHELL                                      a bash that asks the guard first (proctor-shell)
  PROCTOR_MCP_CONFIG                         a file that names the MCP servers of the config, behind the guard
  OPENAI_BASE_URL, OPENAI_API_KEY, ANTHROPIC_BASE_URL, ANTHROPIC_API_KEY
                                             where the config has the provider's key under llm: the guard's address,
                                             and the agent's token in place of the key
  PROCTOR_URL, PROCTOR_TOKEN_FILE, PROCTOR_TRAJECTORY, PROCTOR_AGENT
                                             for hooks, proctor-shell and programs
  PROCTOR_DATA, PROCTOR_WORKSPACE, PROCTOR_CONFIG
                                             for \`proctor mcp\`, so that its calls are of the same trajectory

The exit code is the command's.

Examples:
  proctor run --task fix-the-test -- claude -p "fix the test" --mcp-config "$PROCTOR_MCP_CONFIG"
  proctor run --task t1 --class ambiguous --seed 3 --agent student --bundle run.jsonl.gz -- ./agent.sh
  proctor import run.jsonl.gz --format bundle
`;

export const declareRun: Declare = ({ program, programs, terminal, finish }) => {
  configured(program, "run")
    .description("Run a command with the guard around it, as one trajectory.")
    .argument("<command...>", "the command and its arguments, behind --")
    .requiredOption("--task <id>", "the task that it is for")
    .option("--class <class>", "its class", "production")
    .option("--seed <seed>", "its seed", toSeed)
    .option("--condition <condition>", "its condition, one of the config's")
    .option("--agent <id>", "who acts (default: the first agent of the config)")
    .option("--trajectory <name>", "its name (default: a new one)")
    .option("--bundle <file>", "also write all of it into one file, .jsonl.gz")
    .option("--json", "the account as JSON")
    .option("--server <url>", "use a proctor that runs already")
    .option("--harness-token-file <file>", "to open and end the trajectory there")
    .option("--token-file <file>", "the agent's token there")
    .addHelpText("after", help)
    .action(async (command: string[], flags: RunFlags) => {
      const { task: id, class: taskClass, seed, condition, bundle, json = false } = flags;
      const { agent, trajectory, server, harnessTokenFile, tokenFile, ...overrides } = flags;
      const task = {
        id,
        class: taskClass,
        ...(seed === undefined ? {} : { seed }),
        ...(condition === undefined ? {} : { condition }),
      };
      const { config, data, workspace } = overrides;
      const request: RunRequest = {
        overrides: { config, data, workspace },
        command,
        task,
        agent,
        trajectory,
        bundle: bundle === undefined ? undefined : resolve(terminal.cwd, bundle),
        json,
        server,
        harnessTokenFile,
        tokenFile,
      };
      finish(await programs.run(request));
    });
};
